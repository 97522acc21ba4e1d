import { type Chart, chartUses, podLabelsChart } from "./charts.ts";
import type { Consumer } from "./consumer.ts";
import { type Controller, controllersOf, imagePathOf } from "./controllers.ts";
import { recordsOf } from "./read.ts";
import { releaseKinds } from "./releases.ts";
import { settingsElsewhere, useOf, useThrough } from "./settings.ts";

const controllerImage = /(^|\/)azure-keyvault-controller$/;
const injectorImage = /(^|\/)azure-keyvault-webhook$/;

/**
 * Azure Key Vault to Kubernetes: the controller that makes Secrets of AzureKeyVaultSecret objects, and the injector, whose old releases
 * put their own label aadpodidbinding on every pod they changed (SparebankenVest/azure-key-vault-to-kubernetes,
 * cmd/azure-keyvault-secrets-webhook). Workload identity since 1.5.0.
 */
export const akv2k8s: Consumer = {
  name: "akv2k8s",
  kinds: [
    { group: "spv.no", kind: "AzureKeyVaultSecret", plural: "azurekeyvaultsecrets", namespaced: true },
    ...releaseKinds,
  ],
  detect(view) {
    const controllers = controllersOf(view, { image: controllerImage });
    const injectors = controllersOf(view, { image: injectorImage });
    const all = [...controllers, ...injectors];
    const charts = chartUses("akv2k8s", view, all, chart);
    const secrets = view.facts.objects.ofKind(view.source, "AzureKeyVaultSecret.spv.no");
    const findings = all.filter(one => one.usesPodIdentity).flatMap(labelFindings);
    return {
      uses: [
        ...all.map(one => useOf("akv2k8s", one, { needsVersion: "1.5.0" })),
        ...secrets.flatMap(found => useThrough("akv2k8s", found, controllers) ?? []),
        ...charts.uses,
      ],
      findings: [...findings, ...charts.findings],
    };
  },
};

const labels = podLabelsChart(
  /^akv2k8s$/,
  ["controller", "podLabels"],
  ["env_injector", "podLabels"],
  ["env_injector", "webhook", "podLabels"],
);

const chart: Chart = {
  ...labels,
  settings: [
    {
      path: ["env_injector", "keyVault", "customAuth", "podIdentitySelector"],
      becomes: [{ path: ["env_injector", "podLabels", "azure.workload.identity/use"], value: "true" }],
    },
  ],
};

function labelFindings(controller: Controller) {
  const isHandedOn = recordsOf(controller.container, "env").some(one => one.name === "AAD_POD_BINDING_LABEL");
  if (!isHandedOn || !injectorImage.test(imagePathOf(controller.container.image))) return [];
  const { kind, namespace, name } = controller.ref;
  return [
    settingsElsewhere("akv2k8s", controller, {
      object: `pods that ${kind} ${namespace ?? "default"}/${name} injects`,
      before: "AAD_POD_BINDING_LABEL of the injector becomes the label aadpodidbinding of every pod it changes",
      after:
        "each of those workloads with its own service account and label azure.workload.identity/use, before the injector moves",
    }),
  ];
}
