import { setImmediate } from "node:timers/promises";
import { isRecord, type KubernetesObject } from "../core/kubernetes.ts";
import { ApiError } from "../core/ports.ts";
import { type ParsedList, parseList } from "./parseList.ts";
import { type Resource, resourcePath } from "./resources.ts";
import type { Connection } from "./transport.ts";
import { withoutFieldsV1 } from "./withoutFieldsV1.ts";

/** An object as the server sent it, not yet known to be more than a name. */
export type RawObject = Record<string, unknown> & { metadata: Record<string, unknown> & { name: string } };

export interface ListRequest {
  resource: Resource;
  /** Absent: the whole cluster. */
  namespace?: string | undefined;
  labelSelector?: string | undefined;
  /** What `keep` does not need: it is cut out before the list is parsed. */
  without?: "fieldsV1" | undefined;
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
  const done = new AbortController();
  const until = signal ? AbortSignal.any([signal, done.signal]) : done.signal;
  const read = (token?: string): Promise<ParsedList> => {
    const query = { limit: String(pageSize), continue: token, labelSelector };
    return connection.read({ method: "GET", path, query, signal: until }, body => {
      const page = parseList(without === "fieldsV1" ? withoutFieldsV1(body) : body);
      if (!page) throw malformed(path);
      return page;
    });
  };
  let token: string | undefined;
  let next: Promise<ParsedList> | undefined = read();
  try {
    while (next) {
      const { metadata, items }: ParsedList = await next;
      const following: unknown = isRecord(metadata) && metadata.continue !== "" ? metadata.continue : undefined;
      // A gateway that answers every page from its cache would never come to an end.
      if (following !== undefined && following === token) throw malformed(path);
      token = typeof following === "string" ? following : undefined;
      next = token === undefined ? undefined : read(token);
      if (next) {
        // It is awaited above, unless this page throws first.
        next.catch(() => undefined);
        // The server makes the next page while this one is parsed.
        await setImmediate();
      }
      for (const item of itemsIn(items, path)) kept.push(keep(item, resource));
    }
    return kept;
  } finally {
    done.abort();
  }
}

function* itemsIn(items: Iterable<unknown>, path: string): Generator<RawObject> {
  try {
    for (const item of items) {
      if (!isRawObject(item)) throw malformed(path);
      yield item;
    }
  } catch (error) {
    if (error instanceof SyntaxError) throw malformed(path);
    throw error;
  }
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
