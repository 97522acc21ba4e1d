import { isRecord, type KubernetesObject } from "../core/kubernetes.ts";
import { ApiError } from "../core/ports.ts";
import { ListBody } from "./listBody.ts";
import { type Resource, resourcePath } from "./resources.ts";
import type { Connection } from "./transport.ts";

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
  request: ListRequest,
  keep: (raw: RawObject, resource: Resource) => KubernetesObject,
): Promise<KubernetesObject[]> {
  const done = new AbortController();
  const signal = request.signal ? AbortSignal.any([request.signal, done.signal]) : done.signal;
  const read = (token?: string) => readPage(connection, { ...request, signal, token }, keep);
  const kept: KubernetesObject[] = [];
  let token: string | undefined;
  let next: Page | undefined = read();
  try {
    while (next) {
      const page: Page = next;
      // The server makes the next page while this one is on its way.
      const ahead: string | undefined = await page.ahead;
      next = ahead === undefined ? undefined : read(ahead);
      const { objects, following } = await page.whole;
      for (const object of objects) kept.push(object);
      // A gateway that answers every page from its cache would never come to an end.
      if (following !== undefined && following === token) throw malformed(resourcePath(request.resource, request));
      token = following;
      // An answer that was lost on the way was asked for anew, and the new one may end elsewhere.
      if (following !== ahead) next = following === undefined ? undefined : read(following);
    }
    return kept;
  } finally {
    done.abort();
  }
}

interface Page {
  /** Where the list seems to go on, as soon as the server has said so; that may be at the page's end. */
  ahead: Promise<string | undefined>;
  whole: Promise<{ objects: KubernetesObject[]; following: string | undefined }>;
}

function readPage(
  connection: Connection,
  { resource, namespace, labelSelector, without, signal, token }: ListRequest & { token: string | undefined },
  keep: (raw: RawObject, resource: Resource) => KubernetesObject,
): Page {
  const path = resourcePath(resource, { namespace });
  const query = { limit: String(pageSize), continue: token, labelSelector };
  let tellAhead: (token: string | undefined) => void = () => undefined;
  const ahead = new Promise<string | undefined>(resolve => {
    tellAhead = resolve;
  });
  let objects: KubernetesObject[] = [];
  const newBody = () => {
    objects = [];
    const take = (item: unknown) => {
      if (!isRawObject(item)) throw malformed(path);
      objects.push(keep(item, resource));
    };
    return new ListBody(take, { without, ahead: metadata => tellAhead(tokenIn(metadata)) });
  };
  const whole = connection.read({ method: "GET", path, query, signal }, newBody).then(list => {
    if (!list) throw malformed(path);
    return { objects, following: tokenIn(list.metadata) };
  });
  // It is awaited with `whole`, which may throw.
  whole.then(
    ({ following }) => tellAhead(following),
    () => tellAhead(undefined),
  );
  return { ahead, whole };
}

function tokenIn(metadata: unknown): string | undefined {
  const token = isRecord(metadata) && metadata.continue !== "" ? metadata.continue : undefined;
  return typeof token === "string" ? token : undefined;
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
