import { chartUses, podLabelsChart } from "./charts.ts";
import type { Consumer } from "./consumer.ts";
import { type Controller, controllersOf } from "./controllers.ts";
import { textOf } from "./read.ts";
import { releaseKinds } from "./releases.ts";
import { settingsElsewhere, useOf } from "./settings.ts";

/**
 * Argo CD's parts (argo-cd, docs/operator-manual/declarative-setup.md and docs/user-guide/private-repositories.md). No object of it
 * ever named pod identity; what makes it ask for tokens are its Secrets of clusters and repositories, which are not read.
 */
export const argocd: Consumer = {
  name: "argocd",
  kinds: releaseKinds,
  detect(view) {
    const controllers = controllersOf(view, {
      image: /(^|\/)argocd$/,
      labels: { "app.kubernetes.io/part-of": ["argocd"] },
    });
    const chart = podLabelsChart(
      /^argo-cd$/,
      ["global", "podLabels"],
      ...["repoServer", "controller", "server", "applicationSet"].map(part => [part, "podLabels"]),
    );
    const charts = chartUses("argocd", view, controllers, chart);
    const findings = controllers.filter(one => one.usesPodIdentity).flatMap(secretFindings);
    return {
      uses: [...controllers.map(one => useOf("argocd", one)), ...charts.uses],
      findings: [...findings, ...charts.findings],
    };
  },
};

function secretFindings(controller: Controller) {
  const namespace = controller.ref.namespace ?? "default";
  const secrets = (type: string) => `Secret ${namespace}/* (argocd.argoproj.io/secret-type: ${type})`;
  const component = textOf(controller.template, "metadata", "labels", "app.kubernetes.io/name") ?? controller.ref.name;
  if (component.includes("repo-server")) {
    return [
      settingsElsewhere("argocd", controller, {
        object: secrets("repository"),
        before: "no setting: repositories of Azure DevOps and ACR were reached with what IMDS gave",
        after: 'useAzureWorkloadIdentity: "true" in the Secret of each repository of Azure DevOps or ACR',
      }),
    ];
  }
  if (!/application-controller|server/.test(component)) return [];
  return [
    settingsElsewhere("argocd", controller, {
      object: secrets("cluster"),
      before: "AAD_LOGIN_METHOD: msi in execProviderConfig.env",
      after: "AAD_LOGIN_METHOD: workloadidentity",
    }),
  ];
}
