import { goFlags, programContainerOf } from "../goFlags.ts";
import { chartUses, podLabelsChart } from "./charts.ts";
import type { Consumer } from "./consumer.ts";
import { type Controller, controllersOf, isOnNode, mountedFrom } from "./controllers.ts";
import { recordsOf, textOf } from "./read.ts";
import { releaseKinds } from "./releases.ts";
import { settingsElsewhere, useOf } from "./settings.ts";

/** external-dns with the azure or azure-private-dns provider (kubernetes-sigs/external-dns, provider/azure/config.go). */
export const externalDNS: Consumer = {
  name: "external-dns",
  kinds: releaseKinds,
  detect(view) {
    const shape = { image: /(^|\/)external-dns$/, labels: { "app.kubernetes.io/name": ["external-dns"] } };
    const controllers = controllersOf(view, shape).filter(hasAzureProvider);
    const charts = chartUses("external-dns", view, controllers, podLabelsChart(/^external-dns$/, ["podLabels"]));
    const findings = controllers
      .filter(one => one.usesPodIdentity)
      .map(one => settingsElsewhere("external-dns", one, { object: configFileOf(one), before, after }));
    const uses = controllers.map(one => {
      const clientID = settingOf(one, "azure-user-assigned-identity-client-id");
      return useOf("external-dns", one, { needsVersion, ...(clientID === undefined ? {} : { clientID }) });
    });
    return { uses: [...uses, ...charts.uses], findings: [...findings, ...charts.findings] };
  },
};

/** kubernetes-sigs/external-dns#3906 */
const needsVersion = "0.13.6";
const before = 'azure.json with "useManagedIdentityExtension": true, and "userAssignedIdentityID" where one is named';
const after =
  'azure.json with "useWorkloadIdentityExtension": true, without those two and without "aadClientSecret", which would win';

/** kingpin takes every flag from a variable of its name too. */
function settingOf({ container }: Controller, flag: string): string | undefined {
  const variable = `EXTERNAL_DNS_${flag.toUpperCase().replaceAll("-", "_")}`;
  const value = recordsOf(container, "env").find(one => one.name === variable);
  return goFlags(programContainerOf(container), name => name === flag).get(flag) ?? textOf(value, "value");
}

/** A controller whose provider cannot be seen is labelled for pod identity for no other reason. */
function hasAzureProvider(controller: Controller): boolean {
  return /^azure/.test(settingOf(controller, "provider") ?? "azure");
}

function configFileOf(controller: Controller): string {
  const file = settingOf(controller, "azure-config-file") ?? "/etc/kubernetes/azure.json";
  const where = mountedFrom(controller, file);
  if (where !== undefined) return where;
  // AKS nodes have such a file, which names the kubelet's identity and is nobody's to change.
  return `${isOnNode(controller, file) ? "the node's file" : "file"} ${file}`;
}
