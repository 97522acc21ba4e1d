import { goFlags, programContainerOf } from "../goFlags.ts";
import { isRecord, type Json } from "../kubernetes.ts";
import { matchesSelector } from "../labelSelector.ts";
import type { Change, Finding, FoundObject } from "../model.ts";
import { bindingLabel } from "../podIdentity/match.ts";
import { useLabel } from "../workloadIdentity/workloadIdentity.ts";
import { chartUses, podLabelsChart } from "./charts.ts";
import type { Consumer, ConsumerUse, ConsumerView } from "./consumer.ts";
import { type Controller, controllersOf, mayBeUnseen, mountedFrom, unreadOf } from "./controllers.ts";
import { partOf, recordsOf, textOf } from "./read.ts";
import { releaseKinds } from "./releases.ts";
import { settingsElsewhere, useOf } from "./settings.ts";

const group = "monitoring.coreos.com";
const operatedKinds = ["Prometheus", "PrometheusAgent", "ThanosRuler"];

/**
 * Prometheus and the ruler of Thanos, the operator's (prometheus-operator, pkg/apis/monitoring/v1/prometheus_types.go: AzureAD, and
 * v1alpha1/scrapeconfig_types.go: AzureSDConfig) and any other, whose file is not seen. `sdk` takes what the webhook
 * injects, since Prometheus 2.52, and needs no tenant; `workloadIdentity` would need one and Prometheus 3.7.
 */
export const prometheus: Consumer = {
  name: "prometheus",
  kinds: [
    { group, kind: "Prometheus", plural: "prometheuses", namespaced: true },
    { group, kind: "PrometheusAgent", plural: "prometheusagents", namespaced: true },
    { group, kind: "ThanosRuler", plural: "thanosrulers", namespaced: true },
    { group, kind: "ScrapeConfig", plural: "scrapeconfigs", namespaced: true },
    ...releaseKinds,
  ],
  detect(view) {
    const rulers = controllersOf(view, { image: /(^|\/)thanos$/ }).filter(one => ownerOf(one)?.kind === "ThanosRuler");
    const controllers = [...controllersOf(view, { image: /(^|\/)prometheus$/ }), ...rulers];
    const operated = operatedKinds.flatMap(kind =>
      view.facts.objects
        .ofKind(view.source, `${kind}.${group}`)
        .map(found => ({ found, controllers: controllers.filter(one => isMadeBy(one, found)) })),
    );
    const plain = controllers.filter(one => operated.every(({ controllers }) => !controllers.includes(one)));
    const chart = podLabelsChart(/^prometheus$/, ["server", "podLabels"]);
    const charts = chartUses("prometheus", view, plain, chart);
    return {
      uses: [
        ...controllers.map(one => useOf("prometheus", one)),
        ...operated.flatMap(one => operatedUses(view, one)),
        ...scrapeUses(view, operated),
        ...charts.uses,
      ],
      findings: [
        ...plain.filter(one => one.usesPodIdentity).map(fileFinding),
        ...operated.flatMap(operatedFindings),
        ...charts.findings,
      ],
      unread: unreadOf(
        view,
        [...operatedKinds, "ScrapeConfig"].map(kind => `${kind}.${group}`),
        controllers,
      ),
    };
  },
};

interface Operated {
  found: FoundObject;
  controllers: readonly Controller[];
}

/** The operator owns the StatefulSets (and DaemonSets of agents) that it makes. */
function isMadeBy(controller: Controller, { ref }: FoundObject): boolean {
  const owner = ownerOf(controller);
  return owner?.kind === ref.kind && owner.name === ref.name && controller.ref.namespace === ref.namespace;
}

function ownerOf({ found }: Controller) {
  return found.object.metadata.ownerReferences?.find(one => one.controller === true);
}

function versionOf({ found, controllers }: Operated): string | undefined {
  return textOf(found.object, "spec", "version")?.replace(/^v/, "") ?? controllers[0]?.version;
}

function operatedUses(view: ConsumerView, { found, controllers }: Operated): ConsumerUse[] {
  const writes = recordsOf(found.object, "spec", "remoteWrite").flatMap(write => {
    const managed = partOf(write, "azureAd", "managedIdentity");
    const url = textOf(write, "url");
    return isRecord(managed) && url !== undefined ? [{ managed, url, name: textOf(write, "name") }] : [];
  });
  const labels = ["spec", "podMetadata", "labels"];
  const isLabelled = textOf(found.object, ...labels, bindingLabel) !== undefined;
  if (!isLabelled && (writes.length === 0 || (controllers.length === 0 && !mayBeUnseen(view)))) return [];
  const use = textOf(found.object, ...labels, useLabel);
  const label: Change = { path: [...labels, useLabel], ...(use === undefined ? {} : { before: use }), after: "true" };
  const changes = [
    ...(isLabelled && use !== "true" ? [label] : []),
    ...writes.flatMap(({ managed, url, name }) => {
      const at = ["spec", "remoteWrite", { match: { url, ...(name === undefined ? {} : { name }) } }, "azureAd"];
      return [
        { path: [...at, "managedIdentity"], before: managed as Json },
        { path: [...at, "sdk"], after: {} },
      ];
    }),
  ];
  const clientID = writes.map(({ managed }) => textOf(managed, "clientId")).find(id => id !== undefined);
  const version = versionOf({ found, controllers });
  return [
    {
      consumer: "prometheus",
      object: found,
      state: changes.length > 0 ? "legacy" : "migrated",
      ...(version === undefined ? {} : { version }),
      // Thanos counts its own versions, and does not say which one of Prometheus is in it.
      ...(writes.length === 0 || found.ref.kind === "ThanosRuler" ? {} : { needsVersion: "2.52.0" }),
      ...(clientID === undefined ? {} : { clientID }),
      askedBy: controllers.map(one => one.ref),
      changes,
    },
  ];
}

function scrapeUses(view: ConsumerView, operated: readonly Operated[]): ConsumerUse[] {
  const { facts, source } = view;
  return facts.objects.ofKind(source, `ScrapeConfig.${group}`).flatMap(found => {
    const configs = recordsOf(found.object, "spec", "azureSDConfigs").filter(
      one => one.authenticationMethod === "ManagedIdentity" && typeof one.subscriptionID === "string",
    );
    const controllers = operated.filter(one => selects(one, found)).flatMap(one => one.controllers);
    if (configs.length === 0 || (controllers.length === 0 && !mayBeUnseen(view))) return [];
    const changes = configs.map(({ subscriptionID, resourceGroup }): Change => {
      const match = {
        subscriptionID: String(subscriptionID),
        ...(typeof resourceGroup === "string" ? { resourceGroup } : {}),
      };
      const path = ["spec", "azureSDConfigs", { match }, "authenticationMethod"];
      return { path, before: "ManagedIdentity", after: "SDK" };
    });
    const askedBy = controllers.map(one => one.ref);
    return [{ consumer: "prometheus", object: found, state: "legacy", askedBy, changes }];
  });
}

/** Namespaces' labels are not looked at: where a selector of them stands, every namespace may be meant. */
function selects({ found }: Operated, scrape: FoundObject): boolean {
  const { scrapeConfigSelector, scrapeConfigNamespaceSelector } = found.object.spec ?? {};
  if (scrapeConfigNamespaceSelector === undefined && scrape.ref.namespace !== found.ref.namespace) return false;
  return matchesSelector(scrapeConfigSelector, scrape.object.metadata.labels) !== false;
}

function operatedFindings({ found, controllers }: Operated): Finding[] {
  const secret = textOf(found.object, "spec", "additionalScrapeConfigs", "name");
  if (secret === undefined) return [];
  return controllers
    .filter(one => one.usesPodIdentity)
    .map(one =>
      settingsElsewhere("prometheus", one, {
        object: `Secret ${found.ref.namespace ?? "default"}/${secret}`,
        before: "azure_sd_configs with authentication_method: ManagedIdentity",
        after: "authentication_method: SDK",
      }),
    );
}

function fileFinding(controller: Controller): Finding {
  const file = goFlags(programContainerOf(controller.container), flag => flag === "config.file").get("config.file");
  const path = file ?? "/etc/prometheus/prometheus.yml";
  return settingsElsewhere("prometheus", controller, {
    object: mountedFrom(controller, path) ?? `file ${path}`,
    before: "azuread.managed_identity in remote_write, authentication_method: ManagedIdentity in azure_sd_configs",
    after:
      "azuread.sdk (Prometheus 2.52) or azuread.workload_identity with client_id and tenant_id (3.7); authentication_method: SDK",
  });
}
