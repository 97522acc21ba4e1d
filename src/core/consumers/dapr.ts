import type { Container } from "../kubernetes.ts";
import type { FoundObject } from "../model.ts";
import type { Consumer, ConsumerUse, ConsumerView } from "./consumer.ts";
import { type Controller, controllerOf } from "./controllers.ts";
import { recordsOf, textOf } from "./read.ts";
import { useThrough } from "./settings.ts";

/**
 * Dapr's components of Azure services (dapr/docs, developing-applications/integrations/azure/azure-authentication): the sidecar of an
 * annotated application asks, with what the application's pods have. A component itself does not change.
 */
export const dapr: Consumer = {
  name: "dapr",
  kinds: [{ group: "dapr.io", kind: "Component", plural: "components", namespaced: true, fields: ["spec", "scopes"] }],
  detect(view) {
    const applications = applicationsOf(view);
    const uses = view.facts.objects.ofKind(view.source, "Component.dapr.io").flatMap(component => {
      const identity = identityOf(component);
      const beside = applications.get(component.ref.namespace ?? "default") ?? [];
      const controllers = beside.filter(one => isFor(component, one)).map(one => one.controller);
      const use = identity && useThrough("dapr", component, controllers);
      return use ? [{ ...use, ...identity } satisfies ConsumerUse] : [];
    });
    return { uses, findings: [] };
  },
};

interface Application {
  id: string;
  controller: Controller;
}

/** By namespace. The sidecar is in live pods only, and so is its version. */
function applicationsOf(view: ConsumerView): ReadonlyMap<string, readonly Application[]> {
  const byNamespace = new Map<string, Application[]>();
  for (const workload of view.workloads) {
    const [template] = workload.templates;
    const annotations = template?.metadata?.annotations ?? {};
    if (!template || !isTruthy(annotations["dapr.io/enabled"])) continue;
    const sidecar = workload.pods
      .flatMap(({ object }) => recordsOf(object, "spec", "containers"))
      .find(one => one.name === "daprd");
    const image = textOf(sidecar, "image");
    const container: Container = { name: "daprd", ...(image === undefined ? {} : { image }) };
    const controller = controllerOf(view, workload, { template, container });
    if (!controller) continue;
    const { namespace = "default", name } = workload.found.ref;
    const beside = byNamespace.get(namespace) ?? [];
    byNamespace.set(namespace, beside);
    beside.push({ id: annotations["dapr.io/app-id"] ?? name, controller });
  }
  return byNamespace;
}

/** dapr/dapr, pkg/injector/patcher/sidecar.go:setValueFromString, by dapr/kit's IsTruthy. */
function isTruthy(value: unknown): boolean {
  return typeof value === "string" && /^(y|yes|true|t|on|1)$/i.test(value.trim());
}

/** Components count in their own namespace, and for the applications in `scopes` where it names some. */
function isFor({ object: { scopes } }: FoundObject, { id }: Application): boolean {
  return !Array.isArray(scopes) || scopes.length === 0 || scopes.includes(id);
}

/** What a component signs in with: undefined where it has a secret of its own, or nothing to do with Azure. */
function identityOf({ object }: FoundObject): { clientID?: string } | undefined {
  const metadata = recordsOf(object, "spec", "metadata").map(one => ({
    name: (textOf(one, "name") ?? "").toLowerCase(),
    value: textOf(one, "value"),
    isSecret: one.secretKeyRef !== undefined,
  }));
  const hasSecret = metadata.some(
    ({ name, isSecret }) => (isSecret && name !== "azureclientid") || secretNames.test(name),
  );
  const clientID = metadata.find(({ name }) => name === "azureclientid");
  const isAzure = clientID !== undefined || /(^|\.)azure\./.test(textOf(object, "spec", "type") ?? "");
  if (hasSecret || !isAzure) return undefined;
  return clientID?.value === undefined ? {} : { clientID: clientID.value };
}

const secretNames = /secret$|certificate|connectionstring|(account|master|access|storage)key$|sastoken|password/;
