import { clusterSource, nameOf } from "../facts.ts";
import type { ReadKind } from "../kinds.ts";
import { apiGroup } from "../kubernetes.ts";
import type { Change, FoundObject } from "../model.ts";
import { bindingLabel } from "../podIdentity/match.ts";
import { webhookFacts } from "../workloadIdentity/webhookVersions.ts";
import { useLabel } from "../workloadIdentity/workloadIdentity.ts";
import type { Consumer, ConsumerUse, ConsumerView } from "./consumer.ts";
import { type Controller, controllersOf, imagePathOf, mayBeUnseen, unreadOf } from "./controllers.ts";
import { textOf } from "./read.ts";
import { settingsElsewhere, useOf } from "./settings.ts";

/** Those of Azure and of Entra (crossplane-contrib/provider-upjet-azuread, internal/clients/azuread.go) say the same. */
const providerKinds: readonly ReadKind[] = ["azure", "azuread"].flatMap(name => [
  { group: `${name}.upbound.io`, kind: "ProviderConfig", plural: "providerconfigs", namespaced: false },
  { group: `${name}.m.upbound.io`, kind: "ProviderConfig", plural: "providerconfigs", namespaced: true },
  { group: `${name}.m.upbound.io`, kind: "ClusterProviderConfig", plural: "clusterproviderconfigs", namespaced: false },
]);
const configKinds = providerKinds.map(({ group, kind }) => `${kind}.${group}`);

/**
 * Crossplane's Azure providers (crossplane-contrib/provider-upjet-azure, internal/clients/azure.go). Their pods are made by Crossplane
 * from a runtime config, so that the label is to be changed there.
 */
export const crossplane: Consumer = {
  name: "crossplane",
  kinds: [
    ...providerKinds,
    {
      group: "pkg.crossplane.io",
      kind: "DeploymentRuntimeConfig",
      plural: "deploymentruntimeconfigs",
      namespaced: false,
    },
    { group: "pkg.crossplane.io", kind: "ControllerConfig", plural: "controllerconfigs", namespaced: false },
  ],
  detect(view) {
    const controllers = controllersOf(view, { image: /(^|\/)provider-(family-)?azure(ad)?(-[a-z0-9]+)*$/ });
    const configs = configKinds.flatMap(kind => view.facts.objects.ofKind(view.source, kind));
    const askersOf = (config: FoundObject) => controllers.filter(one => isForEntra(one) === isOfEntra(config));
    const findings = configs.flatMap(config =>
      askersOf(config)
        .filter(one => one.usesPodIdentity)
        .flatMap(one => missingFields(one, config)),
    );
    return {
      uses: [
        ...controllers.map(one => useOf("crossplane", one)),
        ...configs.flatMap(one => configUse(view, one, askersOf(one))),
        ...runtimeUses(view, controllers),
      ],
      findings,
      unread: unreadOf(view, configKinds, controllers),
    };
  },
};

function isOfEntra({ ref }: FoundObject): boolean {
  return apiGroup(ref.apiVersion).startsWith("azuread.");
}

function isForEntra({ container }: Controller): boolean {
  return imagePathOf(container.image).endsWith("azuread");
}

const managedIdentitySources = ["UserAssignedManagedIdentity", "SystemAssignedManagedIdentity"];

function sourceOf({ object }: FoundObject): string | undefined {
  return textOf(object, "spec", "credentials", "source");
}

function configUse(view: ConsumerView, object: FoundObject, controllers: readonly Controller[]): ConsumerUse[] {
  const source = sourceOf(object);
  const legacy = source !== undefined && managedIdentitySources.includes(source);
  if (!legacy && source !== "OIDCTokenFile") return [];
  if (controllers.length === 0 && !mayBeUnseen(view)) return [];
  const clientID = textOf(object.object, "spec", "clientID");
  const version = controllers[0]?.version;
  return [
    {
      consumer: "crossplane",
      object,
      state: legacy ? "legacy" : "migrated",
      ...(version === undefined ? {} : { version }),
      ...(clientID === undefined ? {} : { clientID }),
      askedBy: controllers.map(one => one.ref),
      changes: legacy
        ? [
            { path: ["spec", "credentials", "source"], before: source, after: "OIDCTokenFile" },
            ...tokenFileChange(view, object),
          ]
        : [],
    },
  ];
}

/** What the providers looked for until they read AZURE_FEDERATED_TOKEN_FILE (provider-upjet-azure#1281, 2026-08). */
const knownByHeart = "/var/run/secrets/azure/tokens/azure-identity-token";

/** Where the webhook puts the token elsewhere than an older provider looks, the config has to name the place. */
function tokenFileChange({ facts, source }: ConsumerView, { object }: FoundObject): Change[] {
  const cluster = clusterSource(facts, source);
  const path = webhookFacts(cluster?.webhook.version, cluster?.serverVersion)?.tokenFile;
  if (path === undefined || path === knownByHeart) return [];
  const before = textOf(object, "spec", "oidcTokenFilePath");
  return [{ path: ["spec", "oidcTokenFilePath"], ...(before === undefined ? {} : { before }), after: path }];
}

/** Without these fields a provider refuses OIDCTokenFile; what they are is not to be seen here. Entra has no subscriptions. */
function missingFields(controller: Controller, config: FoundObject) {
  const source = sourceOf(config) ?? "";
  const needed = ["clientID", "tenantID", ...(isOfEntra(config) ? [] : ["subscriptionID"])];
  const missing = needed.filter(field => textOf(config.object, "spec", field) === undefined);
  if (!managedIdentitySources.includes(source) || missing.length === 0) return [];
  const settings = {
    object: nameOf(config.ref),
    before: `spec.credentials.source: ${source} without ${missing.join(", ")}`,
    after: `spec.credentials.source: OIDCTokenFile with ${missing.map(field => `spec.${field}`).join(", ")}`,
  };
  return [settingsElsewhere("crossplane", controller, settings)];
}

/** Where the label of the providers' pods stands. ControllerConfig is what DeploymentRuntimeConfig was before Crossplane 1.14. */
const runtimeConfigs: Readonly<Record<string, readonly string[]>> = {
  "DeploymentRuntimeConfig.pkg.crossplane.io": ["spec", "deploymentTemplate", "spec", "template", "metadata", "labels"],
  "ControllerConfig.pkg.crossplane.io": ["spec", "metadata", "labels"],
};

function runtimeUses({ facts, source }: ConsumerView, controllers: readonly Controller[]): ConsumerUse[] {
  return Object.entries(runtimeConfigs).flatMap(([kind, labels]) =>
    facts.objects.ofKind(source, kind).flatMap(object => {
      if (textOf(object.object, ...labels, bindingLabel) === undefined) return [];
      const before = textOf(object.object, ...labels, useLabel);
      const change: Change = {
        path: [...labels, useLabel],
        ...(before === undefined ? {} : { before }),
        after: "true",
      };
      const changes = before === "true" ? [] : [change];
      const askedBy = controllers.filter(one => one.usesPodIdentity).map(one => one.ref);
      const state = changes.length > 0 ? ("legacy" as const) : ("migrated" as const);
      return [{ consumer: "crossplane" as const, object, state, askedBy, changes }];
    }),
  );
}
