import { isRecord } from "../../core/kubernetes.ts";
import { apiVersionOf } from "./catalogue.ts";
import { parseFieldSelector } from "./fieldSelector.ts";
import { BUILT_IN_KINDS, type ServedKind } from "./kinds.ts";
import { parseLabelSelector } from "./labelSelector.ts";
import type { KubernetesObject } from "./object.ts";
import { ApiError, badRequest, expired } from "./status.ts";
import { inNamespace, type Storage } from "./storage.ts";

const TOO_OLD =
  "The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list.";

/** Whether an object is selected by the label and field selectors of a query. Throws the server's 400. */
export function selection(kind: ServedKind, query: URLSearchParams): (object: KubernetesObject) => boolean {
  const byLabel = parseLabelSelector(query.get("labelSelector") ?? "");
  const byField = parseFieldSelector(query.get("fieldSelector") ?? "", kind);
  return object => byLabel(object.metadata.labels ?? {}) && byField(object);
}

/**
 * One page of a list. Pages that follow show the state of the first one, and fail with 410 Expired when that is compacted;
 * the token in that answer continues with the present state (apiserver pkg/storage/etcd3/errors.go).
 */
export function list(
  storage: Storage,
  kind: ServedKind,
  namespace: string | undefined,
  query: URLSearchParams,
): object {
  const selected = selection(kind, query);
  const limit = limitOf(query);
  const token = query.get("continue") ?? "";
  const from = token === "" ? undefined : decode(token);
  if (from && query.get("resourceVersion")) {
    throw badRequest("specifying resource version is not allowed when using continue");
  }
  checkResourceVersion(storage, query.get("resourceVersion") ?? "");
  const resourceVersion = from && from.resourceVersion > 0 ? from.resourceVersion : storage.resourceVersion;
  if (from && from.resourceVersion > 0 && from.resourceVersion < storage.compactedResourceVersion) {
    throw expired(TOO_OLD, encode({ resourceVersion: -1, start: from.start }));
  }
  const prefix = namespace === undefined ? "" : `${namespace}/`;
  const start = from && prefix + from.start;
  const entries = storage
    .entries(kind, resourceVersion)
    .filter(([key]) => inNamespace(key, namespace) && (start === undefined || key >= start));
  const matching = entries.filter(([, object]) => selected(object));
  const page = matching.slice(0, limit);
  const last = page.at(-1);
  const more = last !== undefined && matching.length > page.length;
  const unfiltered = !query.get("labelSelector") && !query.get("fieldSelector");
  return {
    kind: `${kind.kind}List`,
    apiVersion: apiVersionOf(kind),
    metadata: {
      resourceVersion: String(resourceVersion),
      ...(BUILT_IN_KINDS.includes(kind) ? {} : { continue: "" }),
      ...(more ? { continue: encode({ resourceVersion, start: `${last[0].slice(prefix.length)}\u0000` }) } : {}),
      ...(more && unfiltered ? { remainingItemCount: matching.length - page.length } : {}),
    },
    items: page.map(([, object]) => item(kind, object)),
  };
}

/** Items of built-in lists carry neither apiVersion nor kind; those of custom kinds do. */
export function item(kind: ServedKind, object: KubernetesObject): object {
  if (!BUILT_IN_KINDS.includes(kind)) return { ...object, apiVersion: apiVersionOf(kind) };
  const { apiVersion: _apiVersion, kind: _kind, ...rest } = object;
  return rest;
}

function limitOf(query: URLSearchParams): number {
  const text = query.get("limit") || "0";
  if (!/^-?\d+$/.test(text)) throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`);
  return Number(text) > 0 ? Number(text) : Number.POSITIVE_INFINITY;
}

function checkResourceVersion(storage: Storage, text: string): void {
  if (text === "") return;
  if (!/^\d+$/.test(text)) {
    const quoted = JSON.stringify(text);
    throw badRequest(
      `invalid resource version: resourceVersion: Invalid value: ${quoted}: strconv.ParseUint: parsing ${quoted}: invalid syntax`,
    );
  }
  if (Number(text) <= storage.resourceVersion) return;
  const message = `Timeout: Too large resource version: ${text}, current: ${storage.resourceVersion}`;
  const causes = [{ reason: "ResourceVersionTooLarge", message: "Too large resource version" }];
  throw new ApiError(504, "Timeout", message, { causes, retryAfterSeconds: 1 });
}

const VERSION = "meta.k8s.io/v1";

interface ContinueToken {
  resourceVersion: number;
  /** The key of the first object that is still to come. */
  start: string;
}

function encode({ resourceVersion, start }: ContinueToken): string {
  return Buffer.from(JSON.stringify({ v: VERSION, rv: resourceVersion, start })).toString("base64url");
}

function decode(token: string): ContinueToken {
  const invalid = (why: string) => badRequest(`invalid continue token: continue key is not valid${why}`);
  const illegal = token.search(/[^A-Za-z0-9_-]/);
  if (illegal >= 0) throw invalid(`: illegal base64 data at input byte ${illegal}`);
  const text = Buffer.from(token, "base64url").toString();
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) throw invalid(`: invalid character '${text[0]}' looking for beginning of value`);
    throw error;
  }
  if (!isRecord(value) || value.v !== VERSION) {
    throw invalid(`: server does not recognize this encoded version ${isRecord(value) ? String(value.v ?? "") : ""}`);
  }
  if (typeof value.rv !== "number" || value.rv === 0) {
    throw invalid(`: incorrect encoded start resourceVersion (version ${VERSION})`);
  }
  if (typeof value.start !== "string" || value.start === "")
    throw invalid(`: encoded start key empty (version ${VERSION})`);
  return { resourceVersion: value.rv, start: value.start };
}
