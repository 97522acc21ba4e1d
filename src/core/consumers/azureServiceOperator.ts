import type { ReadKind } from "../kinds.ts";
import { kindKey } from "../kubernetes.ts";
import type { Finding } from "../model.ts";
import { bindingLabel } from "../podIdentity/match.ts";
import { type Chart, chartUses } from "./charts.ts";
import type { Consumer, ConsumerUse, ConsumerView } from "./consumer.ts";
import { type Controller, controllersOf, secretOfVariable, unreadOf } from "./controllers.ts";
import { textOf } from "./read.ts";
import { releaseKinds } from "./releases.ts";
import { settingsElsewhere, useOf } from "./settings.ts";

/** Of its hundreds of kinds those that nearly every installation has: their annotations name Secrets. */
const resourceKinds: readonly ReadKind[] = [
  { group: "resources.azure.com", kind: "ResourceGroup", plural: "resourcegroups", namespaced: true },
  {
    group: "managedidentity.azure.com",
    kind: "UserAssignedIdentity",
    plural: "userassignedidentities",
    namespaced: true,
  },
].map(kind => ({ ...kind, fields: [] }));
const resourceKeys = resourceKinds.map(({ group, kind }) => kindKey({ apiVersion: `${group}/v1`, kind }));

/**
 * Azure Service Operator v2, and v1, which never learned workload identity (Azure/azure-service-operator,
 * v2/internal/identity/credential_provider.go). Its credentials are Secrets, which are not read.
 */
export const azureServiceOperator: Consumer = {
  name: "azure-service-operator",
  kinds: [...resourceKinds, ...releaseKinds],
  detect(view) {
    const controllers = controllersOf(view, {
      image: /(^|\/)azure-?serviceoperator$/,
      labels: {
        "app.kubernetes.io/name": ["azure-service-operator"],
        // Both releases name the binding so, whatever image was built.
        [bindingLabel]: ["aso-manager-binding", "aso_manager_binding"],
      },
    });
    const charts = chartUses("azure-service-operator", view, controllers, chart);
    const findings = controllers.filter(one => one.usesPodIdentity).flatMap(one => secretsOf(view, one));
    return {
      uses: [...controllers.map(operatorUse), ...charts.uses],
      findings: [...findings, ...charts.findings],
      unread: unreadOf(view, resourceKeys, controllers),
    };
  },
};

/** v1's manifests say `latest` in places; its binding's name gives it away. */
function operatorUse(controller: Controller): ConsumerUse {
  const isFirst = controller.template.metadata?.labels?.[bindingLabel] === "aso_manager_binding";
  const version = controller.version ?? (isFirst ? "1.0.0" : undefined);
  return useOf("azure-service-operator", controller, {
    needsVersion: "2.0.0",
    ...(version === undefined ? {} : { version }),
  });
}

function secretsOf(view: ConsumerView, controller: Controller): Finding[] {
  const namespace = controller.ref.namespace ?? "default";
  const global = secretOfVariable(controller.container, "AZURE_CLIENT_ID") ?? "aso-controller-settings";
  const scoped = ["Secret */aso-credential", ...annotatedSecrets(view)];
  return [
    settingsElsewhere("azure-service-operator", controller, {
      object: `Secret ${namespace}/${global}`,
      before: "neither AZURE_CLIENT_SECRET nor USE_WORKLOAD_IDENTITY_AUTH",
      after: 'USE_WORKLOAD_IDENTITY_AUTH: "true" beside the keys that are there, which all stay',
    }),
    ...scoped.map(object =>
      settingsElsewhere("azure-service-operator", controller, {
        object,
        before: 'USE_POD_IDENTITY_AUTH: "true"',
        after: "no such key; the others stay, and without a client secret workload identity is what it takes",
      }),
    ),
  ];
}

/** `serviceoperator.azure.com/credential-from` names a Secret, of the same namespace where it names none. */
function annotatedSecrets({ facts, source }: ConsumerView): string[] {
  const names = resourceKeys
    .flatMap(kind => facts.objects.ofKind(source, kind))
    .flatMap(({ object, ref }) => {
      const name = textOf(object, "metadata", "annotations", "serviceoperator.azure.com/credential-from");
      if (!name) return [];
      return [`Secret ${name.includes("/") ? name : `${ref.namespace ?? "default"}/${name}`}`];
    });
  return [...new Set(names)].sort();
}

const chart: Chart = {
  name: /^azure-service-operator$/,
  settings: [
    {
      path: ["aadPodIdentity", "enable"],
      is: true,
      becomes: [{ path: ["useWorkloadIdentityAuth"], value: true }],
    },
  ],
  before: "aadPodIdentity.enable: true",
  after: "useWorkloadIdentityAuth: true beside it; aadPodIdentity goes with the cleanup",
};
