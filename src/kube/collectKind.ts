import { type Finding, finding } from "../core/findings/codes.ts";
import { apiGroup, type KubernetesObject, kindKey } from "../core/kubernetes.ts";
import type { SourceId, Unknown } from "../core/model.ts";
import { ApiError } from "../core/ports.ts";
import { commandErrorOf, endsEverything, hintOf, reasonOf } from "./failure.ts";
import { listAll, type RawObject } from "./list.ts";
import { reduceObject } from "./reduce.ts";
import type { Resource } from "./resources.ts";
import { shared } from "./shared.ts";
import type { Connection } from "./transport.ts";

export interface CollectKindOptions {
  source: SourceId;
  /** Where to look instead when the whole cluster may not be listed. */
  namespaces: readonly string[];
  signal: AbortSignal;
}

export interface CollectedKind {
  resource: Resource;
  objects: KubernetesObject[];
  unknown: Unknown[];
  findings: Finding[];
  /** True when every list of it was answered with 403. */
  forbidden: boolean;
}

/**
 * Lists one kind in the whole cluster; where that is forbidden, in the namespaces that the user works in, and says what
 * stays unknown.
 *
 * @throws CommandError when no other list can succeed either: credentials refused, server gone
 */
export async function collectKind(
  connection: Connection,
  resource: Resource,
  { source, namespaces, signal }: CollectKindOptions,
): Promise<CollectedKind> {
  const list = (namespace?: string) => {
    let before: KubernetesObject | undefined;
    const keep = (raw: RawObject) => {
      before = shared(reduceObject(raw, resource), before);
      return before;
    };
    return listAll(connection, { resource, namespace, without: "fieldsV1", signal }, keep);
  };
  const whole = await readable(() => list());
  if (Array.isArray(whole)) return { resource, objects: whole, unknown: [], findings: [], forbidden: false };
  const unknown = (except: string[]): Unknown => ({ source, kind: kindKey(resource), except, reason: reasonOf(whole) });
  if (whole.status !== 403 || !resource.namespaced) {
    return {
      resource,
      objects: [],
      unknown: [unknown([])],
      findings: [notReadable(resource, source, undefined, whole)],
      forbidden: whole.status === 403,
    };
  }
  const parts = await Promise.all(
    namespaces.map(async namespace => ({
      namespace,
      read: await readable(() => list(namespace)),
    })),
  );
  const collected: CollectedKind = { resource, objects: [], unknown: [], findings: [], forbidden: true };
  const except: string[] = [];
  for (const { namespace, read } of parts) {
    if (Array.isArray(read)) {
      for (const object of read) collected.objects.push(object);
      except.push(namespace);
    } else collected.findings.push(notReadable(resource, source, namespace, read));
    if (Array.isArray(read) || read.status !== 403) collected.forbidden = false;
  }
  collected.unknown.push(unknown(except));
  return collected;
}

/** The list, or why this one list failed. */
async function readable(list: () => Promise<KubernetesObject[]>): Promise<KubernetesObject[] | ApiError> {
  try {
    return await list();
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    if (endsEverything(error)) throw commandErrorOf(error);
    return error;
  }
}

/**
 * Names the RBAC rule that is missing, where one is: verb `list` on the resource, in the namespace or (without) in the whole
 * cluster. Many teams have rights in their namespaces alone: what is forbidden to them elsewhere is no failure of the command.
 */
function notReadable(resource: Resource, source: SourceId, namespace: string | undefined, error: ApiError): Finding {
  const { apiVersion, kind, plural } = resource;
  const where = namespace === undefined ? {} : { namespace };
  if (!resource.namespaced && error.status === 403) {
    const subject = { source, apiVersion, kind, name: "*" };
    return finding(
      "cluster-kind-not-readable",
      { subject },
      { kind, resource: plural, apiGroup: apiGroup(apiVersion), reason: reasonOf(error) },
    );
  }
  return finding(
    "kind-not-readable",
    { subject: { source, apiVersion, kind, ...where, name: "*" } },
    { kind, resource: plural, apiGroup: apiGroup(apiVersion), ...where, reason: reasonOf(error), ...hintOf(error) },
  );
}
