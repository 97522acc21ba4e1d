import { isRecord } from "../../core/kubernetes.ts";
import { apiVersionOf, type Catalogue } from "./catalogue.ts";
import { type Deletion, readDeleteOptions } from "./deletion.ts";
import {
  aggregatedGroups,
  aggregatedMediaType,
  coreVersions,
  group,
  groupList,
  isAggregatedWanted,
  resourceList,
} from "./discovery.ts";
import { item, list, selection } from "./lists.ts";
import { type KubernetesObject, timestamp } from "./object.ts";
import { applyPatchBody } from "./patch.ts";
import { parseResourcePath, type ResourcePath, verbOf } from "./path.ts";
import type { Registry } from "./registry.ts";
import type { Authorization } from "./reviews.ts";
import { badRequest, cause, invalid, methodNotAllowed, notFound, unknownPath } from "./status.ts";
import type { Storage } from "./storage.ts";
import { resourceOf } from "./systemFields.ts";
import type { Timeline } from "./timeline.ts";
import type { ServiceAccountIssuer } from "./tokens.ts";

export interface ApiRequest {
  method: string;
  url: URL;
  contentType: string;
  accept: string;
  body: string;
}

/** An answer that is complete, or the path of a watch, which the caller streams. */
export type ApiAnswer = { code: number; body: object | string; contentType?: string } | { watch: ResourcePath };

interface Parts {
  catalogue: Catalogue;
  storage: Storage;
  registry: Registry;
  deletion: Deletion;
  authorization: Authorization;
  issuer: ServiceAccountIssuer;
  timeline: Timeline;
  version: string;
  /** The stored log of a pod's container; empty for pods that wrote nothing. */
  logOf: (namespace: string, pod: string, container: string | undefined) => string;
}

/** The API server without its socket: one request in, one answer out. */
export class Api {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Throws an ApiError for refused requests. */
  answer(request: ApiRequest): ApiAnswer {
    const { catalogue } = this.#parts;
    const path = parseResourcePath(catalogue, request.url.pathname);
    if (!path) return this.#document(request);
    const watch = ["1", "true"].includes(request.url.searchParams.get("watch") ?? "");
    const verb = verbOf(request.method, path, watch);
    if (verb === undefined) throw methodNotAllowed();
    const { kind, namespace, name, subresource } = path;
    const attributes = {
      verb,
      group: kind.group,
      resource: kind.plural,
      subresource: subresource?.name,
      // A request for a namespace is one in it (apiserver pkg/endpoints/request/requestinfo.go).
      namespace: kind.kind === "Namespace" ? name : namespace,
      name,
    };
    if (kind.verbs.includes("get") && !this.#parts.authorization.allows(attributes)) {
      throw this.#parts.authorization.refusal(attributes);
    }
    if (verb === "watch") {
      selection(kind, request.url.searchParams);
      return { watch: path };
    }
    return this.#perform(verb, path, request);
  }

  #perform(verb: string, path: ResourcePath, request: ApiRequest): ApiAnswer {
    const { storage, registry, deletion } = this.#parts;
    const { kind, namespace, name = "", subresource } = path;
    const query = request.url.searchParams;
    const options = {
      dryRun: dryRunOf(query, `${{ create: "Create", update: "Update", patch: "Patch" }[verb] ?? "Delete"}Options`),
      ...(subresource?.name === "status" ? { subresource: "status" as const } : {}),
    };
    switch (verb) {
      case "list":
        return { code: 200, body: list(storage, kind, namespace, query) };
      case "get": {
        const object = this.#existing(path);
        if (subresource?.name !== "log") return this.#object(200, path, object);
        return { code: 200, body: this.#parts.logOf(namespace ?? "", name, query.get("container") ?? undefined) };
      }
      case "create":
        return this.#create(path, request, options);
      case "update": {
        const given = this.#given(path, request);
        const { object, created } = registry.update(kind, { namespace, name }, () => given, {
          ...options,
          replace: true,
        });
        return this.#object(created ? 201 : 200, path, object);
      }
      case "patch": {
        const body = parse(request.body);
        const change = (current: KubernetesObject) => applyPatchBody(current, request.contentType, body);
        return this.#object(200, path, registry.update(kind, { namespace, name }, change, options).object);
      }
      case "delete":
        return { code: 200, body: deletion.delete(kind, { namespace, name }, deleteOptions(request)) };
      default: {
        const selected = storage.list(kind, namespace).filter(selection(kind, query));
        for (const { metadata } of selected) {
          deletion.delete(kind, { namespace: metadata.namespace, name: metadata.name ?? "" }, deleteOptions(request));
        }
        const metadata = { resourceVersion: String(storage.resourceVersion) };
        return {
          code: 200,
          body: {
            kind: `${kind.kind}List`,
            apiVersion: apiVersionOf(kind),
            metadata,
            items: selected.map(each => item(kind, each)),
          },
        };
      }
    }
  }

  #create(path: ResourcePath, request: ApiRequest, options: { dryRun: boolean }): ApiAnswer {
    const { authorization, issuer, registry, timeline } = this.#parts;
    const { kind } = path;
    if (path.subresource?.name === "token") {
      const account = this.#existing(path);
      return { code: 201, body: issuer.answer(parse(request.body), account, timeline.now()) };
    }
    if (kind.kind === "SelfSubjectAccessReview") return { code: 201, body: authorization.review(parse(request.body)) };
    if (kind.kind === "SelfSubjectRulesReview") return { code: 201, body: authorization.rules(parse(request.body)) };
    if (kind.kind === "SelfSubjectReview") return { code: 201, body: authorization.whoAmI(timestamp(timeline.now())) };
    return this.#object(201, path, registry.create(kind, this.#given(path, request), options));
  }

  #existing({ kind, namespace, name = "" }: ResourcePath): KubernetesObject {
    const object = this.#parts.storage.get(kind, namespace, name);
    if (!object) throw notFound(resourceOf(kind), name);
    return object;
  }

  /** The object in a request's body, with the namespace of its path. */
  #given({ kind, namespace }: ResourcePath, request: ApiRequest): KubernetesObject {
    const body = parse(request.body, `the object provided is unrecognized (must be of type ${kind.kind}): `);
    if (!isRecord(body)) throw badRequest(`the object provided is unrecognized (must be of type ${kind.kind})`);
    const expected = apiVersionOf(kind);
    if (body.apiVersion !== undefined && body.apiVersion !== expected) {
      const given = `${String(body.kind ?? kind.kind)} in version ${JSON.stringify(body.apiVersion)}`;
      throw badRequest(
        `${given} cannot be handled as a ${kind.kind}: no kind "${String(body.kind ?? kind.kind)}" is registered for version ${JSON.stringify(body.apiVersion)} in scheme "pkg/runtime/scheme.go:111"`,
      );
    }
    if (body.kind !== undefined && body.kind !== kind.kind) {
      const internal = `(${kind.group === "" ? "core" : kind.group.split(".")[0]}.${kind.kind})`;
      throw badRequest(
        `${String(body.kind)} in version "${kind.version}" cannot be handled as a ${kind.kind}: converting (${kind.version}.${String(body.kind)}) to ${internal}: unknown conversion`,
      );
    }
    const metadata = isRecord(body.metadata) ? body.metadata : {};
    if (namespace !== undefined && (metadata.namespace ?? namespace) !== namespace) {
      throw badRequest("the namespace of the provided object does not match the namespace sent on the request");
    }
    return {
      ...body,
      apiVersion: expected,
      kind: kind.kind,
      metadata: { ...metadata, ...(namespace === undefined ? {} : { namespace }) },
    };
  }

  #object(code: number, { kind }: ResourcePath, object: KubernetesObject): ApiAnswer {
    return { code, body: { ...object, apiVersion: apiVersionOf(kind) } };
  }

  #document({ url, accept }: ApiRequest): ApiAnswer {
    const { catalogue, issuer, version } = this.#parts;
    const groups = /^\/(api|apis)\/?$/.exec(url.pathname)?.[1];
    if (groups !== undefined && isAggregatedWanted(accept)) {
      const body = aggregatedGroups(catalogue, groups === "api" ? "core" : "named");
      return { code: 200, body, contentType: aggregatedMediaType };
    }
    const [root = "", first, second, ...more] = url.pathname.replace(/\/$/, "").split("/").slice(1);
    const fixed: Record<string, () => object | string> = {
      "/version": () => serverVersion(version),
      "/healthz": () => "ok",
      "/livez": () => "ok",
      "/readyz": () => "ok",
      "/.well-known/openid-configuration": () => issuer.configuration(),
      "/openid/v1/jwks": () => issuer.jwks(),
      "/api": () => coreVersions(url.host),
      "/apis": () => groupList(catalogue),
    };
    const document =
      fixed[url.pathname.replace(/\/$/, "")]?.() ??
      (root === "api" && first && second === undefined ? resourceList(catalogue, "", first) : undefined) ??
      (root === "apis" && first && second && more.length === 0 ? resourceList(catalogue, first, second) : undefined) ??
      (root === "apis" && first && second === undefined ? group(catalogue, first) : undefined);
    if (document === undefined && (root === "api" || (root === "apis" && catalogue.isBuiltInGroup(first ?? ""))))
      throw unknownPath();
    if (document === undefined) return { code: 404, body: "404 page not found\n" };
    return { code: 200, body: document };
  }
}

function serverVersion(version: string): object {
  const [major = "1", minor = "36"] = version.replace(/^v/, "").split(".");
  return { major, minor, gitVersion: `v${version.replace(/^v/, "")}`, platform: "linux/amd64" };
}

function dryRunOf(query: URLSearchParams, kind: string): boolean {
  const values = query.getAll("dryRun");
  if (values.every(value => value === "All")) return values.length > 0;
  const refused = cause.unsupported("dryRun", values, ["All"]);
  throw invalid({ group: "meta.k8s.io", resource: kind }, "", [refused]);
}

function deleteOptions(request: ApiRequest) {
  const query = request.url.searchParams;
  dryRunOf(query, "DeleteOptions");
  return readDeleteOptions(request.body.trim() === "" ? undefined : parse(request.body), query);
}

function parse(text: string, what = ""): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    const fault =
      /position|Unexpected token/.test(error.message) && text.length > 2
        ? error.message
        : "unexpected end of JSON input";
    throw badRequest(`${what}couldn't get version/kind; json parse error: ${fault} (${text || "<empty>"})`);
  }
}
