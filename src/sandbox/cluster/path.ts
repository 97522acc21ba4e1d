import type { Catalogue } from "./catalogue.ts";
import type { ServedKind, Subresource } from "./kinds.ts";

/** What the path of a request for objects names. */
export interface ResourcePath {
  kind: ServedKind;
  namespace?: string;
  name?: string;
  subresource?: Subresource;
}

/** Reads `/api/v1/...` and `/apis/GROUP/VERSION/...`; undefined where nothing is served. */
export function parseResourcePath(catalogue: Catalogue, pathname: string): ResourcePath | undefined {
  const steps = pathname.split("/").slice(1).map(decodeURIComponent);
  const core = steps[0] === "api";
  const [group = "", version = ""] = core ? ["", steps[1]] : [steps[1], steps[2]];
  const rest = steps.slice(core ? 2 : 3);
  const inNamespace = rest[0] === "namespaces" && rest.length > 2 && rest[2] !== "status";
  const namespace = inNamespace ? rest[1] : undefined;
  const [plural = "", name, subresourceName, ...more] = inNamespace ? rest.slice(2) : rest;
  const kind = catalogue.byPath(group, version, plural);
  if (!kind || more.length > 0 || name === "") return undefined;
  if (!kind.namespaced && namespace !== undefined) return undefined;
  if (kind.namespaced && namespace === undefined && name !== undefined) return undefined;
  const subresource = kind.subresources.find(each => each.name === subresourceName);
  if (subresourceName !== undefined && !subresource) return undefined;
  return {
    kind,
    ...(namespace === undefined ? {} : { namespace }),
    ...(name === undefined ? {} : { name }),
    ...(subresource ? { subresource } : {}),
  };
}

/** The verb of a request as authorization and discovery call it; undefined for methods that the path does not take. */
export function verbOf(method: string, path: ResourcePath, watch: boolean): string | undefined {
  const single = path.name !== undefined;
  const verb = {
    GET: single ? "get" : watch ? "watch" : "list",
    POST: single && !path.subresource ? undefined : "create",
    PUT: single ? "update" : undefined,
    PATCH: single ? "patch" : undefined,
    DELETE: single ? "delete" : "deletecollection",
  }[method];
  if (verb === undefined) return undefined;
  const creates = verb === "create" && !path.subresource;
  if (creates && path.kind.namespaced && path.namespace === undefined) return undefined;
  return (path.subresource ?? path.kind).verbs.includes(verb) ? verb : undefined;
}
