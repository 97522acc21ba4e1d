import { apiGroup, isRecord, type KubernetesObject } from "../core/kubernetes.ts";
import type { SourceId } from "../core/model.ts";
import { ApiError, type ClusterAccess, type WriteOptions } from "../core/ports.ts";
import { ConnectionError } from "./failure.ts";
import { isRawObject, keepWhole, listAll } from "./list.ts";
import { type Resource, resourceOf, resourcePath } from "./resources.ts";
import { accessReviews } from "./reviews.ts";
import type { Connection } from "./transport.ts";

/** What the server writes into managedFields for everything this tool changes. */
export const fieldManager = "azwi-migrate";

/** Reads and writes raw objects of one cluster: nothing typed in between, so that no field is lost on the way. */
export function clusterAccess(connection: Connection, source: SourceId): ClusterAccess {
  const write = async (
    method: "POST" | "PATCH" | "PUT",
    resource: Resource,
    where: { namespace?: string | undefined; name?: string },
    body: unknown,
    options: WriteOptions = {},
  ): Promise<KubernetesObject> => {
    const answer = await connection.request({
      method,
      path: resourcePath(resource, where),
      query: { fieldManager, fieldValidation: "Strict", dryRun: options.dryRun },
      body,
      contentType: method === "PATCH" ? "application/json-patch+json" : "application/json",
      signal: options.signal,
    });
    return objectOf(answer, resource);
  };
  return {
    source,
    async get(ref, options = {}) {
      const resource = resourceOf(ref);
      try {
        const path = resourcePath(resource, ref);
        return objectOf(await connection.request({ method: "GET", path, signal: options.signal }), resource);
      } catch (error) {
        if (isNotFound(error)) return undefined;
        throw error;
      }
    },
    list: ({ namespace, labelSelector, signal, ...kind }) =>
      listAll(connection, { resource: resourceOf(kind), namespace, labelSelector, signal }, keepWhole),
    create: async (object, options) =>
      write("POST", resourceOf(object), { namespace: namespaceOf(object) }, object, options),
    patch: async (ref, operations, options) => write("PATCH", resourceOf(ref), ref, operations, options),
    resourceOf(ref) {
      const { apiVersion, plural } = resourceOf(ref);
      return { group: apiGroup(apiVersion), resource: plural };
    },
    ...accessReviews(connection),
    async requestToken({ namespace, serviceAccount, audience, expirationSeconds }, options = {}) {
      const account = resourceOf({ apiVersion: "v1", kind: "ServiceAccount" });
      const answer = await connection.request({
        method: "POST",
        path: `${resourcePath(account, { namespace, name: serviceAccount })}/token`,
        body: {
          apiVersion: "authentication.k8s.io/v1",
          kind: "TokenRequest",
          spec: { audiences: [audience], expirationSeconds },
        },
        signal: options.signal,
      });
      const status = isRecord(answer) ? answer.status : undefined;
      if (isRecord(status) && typeof status.token === "string") return status.token;
      throw new ApiError(`ServiceAccount ${namespace}/${serviceAccount}: the server's answer is not a TokenRequest`, {
        reason: "MalformedObject",
      });
    },
    async delete({ uid, ...ref }, { gracePeriodSeconds, signal } = {}) {
      try {
        await connection.request({
          method: "DELETE",
          path: resourcePath(resourceOf(ref), ref),
          body: {
            apiVersion: "v1",
            kind: "DeleteOptions",
            preconditions: { uid },
            ...(gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds }),
          },
          signal,
        });
      } catch (error) {
        const isAnother = error instanceof ApiError && error.status === 409;
        if (!isAnother && !isNotFound(error)) throw error;
      }
    },
    replace: async (object, options) =>
      write("PUT", resourceOf(object), { namespace: namespaceOf(object), name: object.metadata.name }, object, options),
  };
}

/** True for the API server's own 404; one from a gateway in between says nothing about the object. */
function isNotFound(error: unknown): boolean {
  return error instanceof ApiError && error.status === 404 && !(error instanceof ConnectionError);
}

function namespaceOf(object: KubernetesObject): string | undefined {
  const resource = resourceOf(object);
  if (resource.namespaced && !object.metadata.namespace) {
    throw new ApiError(`${object.kind} ${object.metadata.name}: no namespace is given`, { reason: "InvalidName" });
  }
  return object.metadata.namespace;
}

function objectOf(answer: unknown, resource: Resource): KubernetesObject {
  if (!isRawObject(answer)) {
    throw new ApiError(`The server's answer is not a ${resource.kind}`, { reason: "MalformedObject" });
  }
  return keepWhole(answer, resource);
}
