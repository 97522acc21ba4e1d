import { isRecord, type KubernetesObject } from "../core/kubernetes.ts";
import { ApiError } from "../core/ports.ts";
import type { ApiRequest } from "./exchange.ts";
import { type Resource, resourcePath } from "./resources.ts";
import type { Connection } from "./transport.ts";

/** An object as the server sent it, not yet known to be more than a name. */
export type RawObject = Record<string, unknown> & { metadata: Record<string, unknown> & { name: string } };

export interface ListRequest {
  resource: Resource;
  /** Absent: the whole cluster. */
  namespace?: string | undefined;
  labelSelector?: string | undefined;
  /** What `keep` does not need. */
  without?: ApiRequest["without"];
  signal?: AbortSignal | undefined;
}

/** Objects a page; client-go's pager uses the same. */
export const pageSize = 500;

/**
 * All objects of a kind, page by page. Each goes through `keep` as its page arrives, so that what `keep` drops is never held
 * for longer than a page. A list that expires on the way (410) is read once more from its start.
 *
 * @throws ApiError as `Connection.request`, and with reason `MalformedList` for an answer that is not a list of objects
 */
export async function listAll(
  connection: Connection,
  request: ListRequest,
  keep: (raw: RawObject, resource: Resource) => KubernetesObject,
): Promise<KubernetesObject[]> {
  try {
    return await readPages(connection, request, keep);
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 410) throw error;
    return readPages(connection, request, keep);
  }
}

async function readPages(
  connection: Connection,
  { resource, namespace, labelSelector, without, signal }: ListRequest,
  keep: (raw: RawObject, resource: Resource) => KubernetesObject,
): Promise<KubernetesObject[]> {
  const kept: KubernetesObject[] = [];
  const path = resourcePath(resource, { namespace });
  let next: string | undefined;
  do {
    const query = { limit: String(pageSize), continue: next, labelSelector };
    const page = await connection.request({ method: "GET", path, query, without, signal });
    if (!isRecord(page) || !Array.isArray(page.items)) throw malformed(path);
    for (const item of page.items) {
      if (!isRawObject(item)) throw malformed(path);
      kept.push(keep(item, resource));
    }
    const token = isRecord(page.metadata) ? page.metadata.continue : undefined;
    // A gateway that answers every page from its cache would never come to an end.
    if (token === next && next !== undefined) throw malformed(path);
    next = typeof token === "string" && token !== "" ? token : undefined;
  } while (next !== undefined);
  return kept;
}

/** The whole object; items of built-in lists come without their own apiVersion and kind. */
export function keepWhole(raw: RawObject, { apiVersion, kind }: Resource): KubernetesObject {
  return { ...raw, apiVersion, kind } as KubernetesObject;
}

export function isRawObject(value: unknown): value is RawObject {
  return isRecord(value) && isRecord(value.metadata) && typeof value.metadata.name === "string";
}

function malformed(path: string): ApiError {
  return new ApiError(`The answer to GET ${path} is not a list of Kubernetes objects`, { reason: "MalformedList" });
}
