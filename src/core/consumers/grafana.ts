import { podTemplatePath } from "../kubernetes.ts";
import type { Change, Finding } from "../model.ts";
import { chartUses, podLabelsChart } from "./charts.ts";
import type { Consumer } from "./consumer.ts";
import { type Controller, controllersOf, mountedFrom } from "./controllers.ts";
import { recordsOf, textOf } from "./read.ts";
import { releaseKinds } from "./releases.ts";
import { settingsElsewhere, useOf } from "./settings.ts";

const managed = "GF_AZURE_MANAGED_IDENTITY_ENABLED";
const managedClientID = "GF_AZURE_MANAGED_IDENTITY_CLIENT_ID";
const workload = "GF_AZURE_WORKLOAD_IDENTITY_ENABLED";

/** Grafana with Azure data sources (grafana/grafana, conf/defaults.ini section azure; workload identity since 10.1.4). */
export const grafana: Consumer = {
  name: "grafana",
  kinds: releaseKinds,
  detect(view) {
    const controllers = controllersOf(view, {
      image: /(^|\/)grafana(-enterprise|-oss)?$/,
      labels: { "app.kubernetes.io/name": ["grafana"] },
    });
    const charts = chartUses("grafana", view, controllers, podLabelsChart(/^grafana$/, ["podLabels"]));
    const findings = controllers.filter(one => one.usesPodIdentity).flatMap(settingsFindings);
    return {
      uses: [...controllers.map(grafanaUse), ...charts.uses],
      findings: [...findings, ...charts.findings],
    };
  },
};

function variableOf({ container }: Controller, name: string) {
  return recordsOf(container, "env").find(one => one.name === name);
}

function grafanaUse(controller: Controller) {
  const clientID = textOf(variableOf(controller, managedClientID), "value");
  const changes = changesOf(controller);
  // With the variable still there Grafana asks IMDS, whatever its pods carry.
  const state = changes.length > 0 ? "legacy" : controller.state;
  return useOf("grafana", controller, {
    state,
    changes,
    needsVersion: "10.1.4",
    ...(clientID === undefined ? {} : { clientID }),
  });
}

function changesOf(controller: Controller): Change[] {
  if (textOf(variableOf(controller, managed), "value")?.toLowerCase() !== "true") return [];
  const base = podTemplatePath(controller.found.object) ?? ["spec", "template"];
  const at = (name: string): Change["path"] => [
    ...base,
    "spec",
    "containers",
    { match: { name: controller.container.name } },
    "env",
    { match: { name } },
  ];
  const removed = [managed, managedClientID].flatMap(name => {
    const value = textOf(variableOf(controller, name), "value");
    return value === undefined ? [] : [{ path: at(name), before: { name, value } }];
  });
  return [...removed, { path: at(workload), after: { name: workload, value: "true" } }];
}

/** The `[azure]` section where no variable replaces it, and the data sources, which say themselves how they sign in. */
function settingsFindings(controller: Controller): Finding[] {
  const { ref } = controller;
  const ini = mountedFrom(controller, "/etc/grafana/grafana.ini");
  const provisioned = mountedFrom(controller, "/etc/grafana/provisioning/datasources/datasources.yaml");
  const section = {
    object: ini ?? "file /etc/grafana/grafana.ini",
    before: "managed_identity_enabled = true in [azure]",
    after: "workload_identity_enabled = true in [azure]",
  };
  const sources = {
    object: provisioned ?? `data sources of ${ref.kind} ${ref.namespace ?? "default"}/${ref.name}`,
    before: "azureAuthType: msi in the jsonData of Azure data sources",
    after: "azureAuthType: workloadidentity",
  };
  const isByVariable = variableOf(controller, managed) !== undefined || variableOf(controller, workload) !== undefined;
  return [...(isByVariable ? [] : [section]), sources].map(one => settingsElsewhere("grafana", controller, one));
}
