import pLimit from "p-limit";
import type { KubernetesObject } from "../../src/core/kubernetes.ts";
import { resourceOf, resourcePath } from "../../src/kube/resources.ts";
import type { Connection } from "../../src/kube/transport.ts";
import { namespacesOf, nodes, podIdentityObject } from "./world.ts";

const identity =
  "/subscriptions/5/resourcegroups/r/providers/Microsoft.ManagedIdentity/userAssignedIdentities/sentinel";

/** The namespace of the sentinels. */
export const sentinelNamespace = "sentinel";

/**
 * One pod a node that gets an identity in every mode. MIC makes all assignments of a scale set or machine before it calls any
 * of them Assigned: when the sentinels are, nothing is under way.
 */
const sentinels: readonly KubernetesObject[] = [
  podIdentityObject(
    "AzureIdentity",
    // So that MIC keeps the assignments in this namespace, where they are found without reading all others.
    { ...named("sentinel"), annotations: { "aadpodidentity.k8s.io/Behavior": "namespaced" } },
    { type: 0, resourceID: identity, clientID: "sentinel" },
  ),
  podIdentityObject("AzureIdentityBinding", named("sentinel"), { azureIdentity: "sentinel", selector: "sentinel" }),
  ...nodes.map(nodeName => ({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { ...named(nodeName), labels: { aadpodidbinding: "sentinel" } },
    spec: { nodeName, containers: [{ name: "app", image: "app" }] },
  })),
];

function named(name: string) {
  return { namespace: sentinelNamespace, name };
}

/** Creates the nodes and the sentinels of an empty cluster. */
export async function plantNodes(connection: Connection): Promise<void> {
  const machines = "azure:///subscriptions/5/resourceGroups/nodes/providers/Microsoft.Compute";
  for (const name of nodes) {
    const [set, number] = name.split("-");
    const providerID =
      set === "pool"
        ? `${machines}/virtualMachineScaleSets/pool/virtualMachines/${number}`
        : `${machines}/virtualMachines/${name}`;
    const body = { apiVersion: "v1", kind: "Node", metadata: { name }, spec: { providerID } };
    await connection.request({ method: "POST", path: "/api/v1/nodes", body });
  }
  await plant(connection, sentinels);
}

/** Creates objects with their namespaces. The API server drops fields that it does not know, as `kubectl` lets it do. */
export async function plant(connection: Connection, objects: readonly KubernetesObject[]): Promise<void> {
  const limit = pLimit(16);
  await Promise.all(
    namespacesOf(objects).map(name =>
      limit(() => {
        const body = { apiVersion: "v1", kind: "Namespace", metadata: { name } };
        return connection.request({ method: "POST", path: "/api/v1/namespaces", body });
      }),
    ),
  );
  await Promise.all(objects.map(object => limit(() => create(connection, object))));
}

async function create(connection: Connection, object: KubernetesObject): Promise<void> {
  const { status, ...body } = object;
  const resource = resourceOf(object);
  const { namespace, name, deletionTimestamp, ...metadata } = object.metadata;
  const query = { fieldValidation: "Ignore" };
  const sent = { ...body, metadata: { ...metadata, namespace, name } };
  await connection.request({ method: "POST", path: resourcePath(resource, { namespace }), query, body: sent });
  const path = resourcePath(resource, { namespace, name });
  if (status !== undefined) {
    const contentType = "application/merge-patch+json";
    await connection.request({ method: "PATCH", path: `${path}/status`, contentType, body: { status } });
  }
  if (deletionTimestamp !== undefined) await connection.request({ method: "DELETE", path });
}
