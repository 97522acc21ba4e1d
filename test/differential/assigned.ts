import pLimit from "p-limit";
import { isRecord } from "../../src/core/kubernetes.ts";
import { ApiError } from "../../src/core/ports.ts";
import { listAll } from "../../src/kube/list.ts";
import { podIdentityVersion, type Resource, resourcePath } from "../../src/kube/resources.ts";
import type { Connection } from "../../src/kube/transport.ts";
import type { GivenIdentity } from "./answers.ts";

/** An AzureAssignedIdentity: MIC's word that a pod has an identity. */
export interface Assigned {
  /** Of the object. MIC keeps one of each name, in whatever namespace. */
  name: string;
  namespace: string;
  pod: string;
  identity: GivenIdentity;
  isAssigned: boolean;
}

const resource: Resource = {
  apiVersion: podIdentityVersion,
  kind: "AzureAssignedIdentity",
  plural: "azureassignedidentities",
  namespaced: true,
};

/** The AzureAssignedIdentities of a namespace, or of the cluster. */
export async function listAssigned(connection: Connection, namespace?: string): Promise<Assigned[]> {
  const objects = await listAll(connection, { resource, namespace }, raw => ({
    apiVersion: resource.apiVersion,
    kind: resource.kind,
    ...raw,
  }));
  return objects.map(({ metadata, spec, status }) => {
    const identity = part(spec, "azureIdentityRef");
    const binding = nameOf(part(spec, "azureBindingRef"));
    const { type, clientID, resourceID } = part(identity, "spec");
    return {
      name: metadata.name,
      namespace: metadata.namespace ?? "",
      pod: `${text(spec?.podNamespace)}/${text(spec?.pod)}`,
      identity: {
        ...nameOf(identity),
        type: Number(type ?? 0),
        clientID: text(clientID),
        resourceID: text(resourceID),
        binding,
      },
      isAssigned: status?.status === "Assigned",
    };
  });
}

/** Removes all of them, with the finalizer that only MIC would take off; nothing may be running that makes new ones. */
export async function removeAssigned(connection: Connection): Promise<void> {
  const limit = pLimit(16);
  for (let found = await listAssigned(connection); found.length > 0; found = await listAssigned(connection)) {
    await Promise.all(
      found.map(one =>
        limit(async () => {
          const path = resourcePath(resource, one);
          const contentType = "application/merge-patch+json";
          try {
            await connection.request({ method: "PATCH", path, contentType, body: { metadata: { finalizers: null } } });
            await connection.request({ method: "DELETE", path });
          } catch (error) {
            if (!(error instanceof ApiError) || error.status !== 404) throw error;
          }
        }),
      ),
    );
  }
}

function part(of: unknown, key: string): Record<string, unknown> {
  const value = isRecord(of) ? of[key] : undefined;
  return isRecord(value) ? value : {};
}

function nameOf(object: Record<string, unknown>): { namespace: string; name: string } {
  const { namespace, name } = part(object, "metadata");
  return { namespace: text(namespace), name: text(name) };
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}
