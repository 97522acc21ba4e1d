import { apiGroup, isRecord } from "../core/kubernetes.ts";
import { ApiError } from "../core/ports.ts";
import { commandErrorOf, endsEverything } from "./failure.ts";
import type { Connection } from "./transport.ts";

/** One document for all groups since Kubernetes 1.27; older servers answer with the list of their groups. */
const aggregated = ["v2", "v2beta1"]
  .map(version => `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`)
  .concat("application/json")
  .join(",");

/** A kind of some group, without a version. */
export interface GroupKind {
  group: string;
  kind: string;
}

/**
 * In which apiVersion the server has each of these kinds: the first of the group's versions, in the server's own order, that
 * has it. A kind that is not in the map is not there; a group that could not be read is in `unknown`.
 *
 * @throws CommandError when no other request can succeed either
 */
export async function discover(
  connection: Connection,
  wanted: readonly GroupKind[],
  signal: AbortSignal,
): Promise<{ versions: Map<string, string>; unknown: Set<string> }> {
  const groups = new Set(wanted.map(({ group }) => group));
  const versions = new Map<string, string>();
  const unknown = new Set<string>();
  const learn = (apiVersion: string, kinds: readonly unknown[]) => {
    for (const kind of kinds) {
      const key = `${String(kind)}.${apiGroup(apiVersion)}`;
      if (typeof kind === "string" && !versions.has(key)) versions.set(key, apiVersion);
    }
  };
  const readVersion = async (apiVersion: string) => {
    const list = await get(connection, `/apis/${apiVersion}`, signal);
    if (isRecord(list) && Array.isArray(list.resources)) learn(apiVersion, kindsIn(list.resources));
    else if (!(list instanceof ApiError && list.status === 404)) unknown.add(apiGroup(apiVersion));
  };
  const root = await get(connection, "/apis", signal, aggregated);
  const entries = entriesOf(root);
  if (!entries) return { versions, unknown: groups };
  for (const { group, version, kinds } of entries) {
    if (!groups.has(group)) continue;
    const apiVersion = `${group}/${version}`;
    if (kinds) learn(apiVersion, kinds);
    else await readVersion(apiVersion);
  }
  return { versions, unknown };
}

interface Entry {
  group: string;
  version: string;
  /** Absent where the document does not tell them, or tells old ones. */
  kinds?: string[];
}

/** The versions of each group in the server's order of preference; undefined for what is no discovery document. */
function entriesOf(root: unknown): Entry[] | undefined {
  if (!isRecord(root)) return undefined;
  if (root.kind === "APIGroupDiscoveryList" && Array.isArray(root.items)) {
    return root.items.filter(isRecord).flatMap(item => {
      const group = isRecord(item.metadata) ? item.metadata.name : undefined;
      return versionsOf(item.versions).flatMap(({ version, freshness, resources }): Entry[] => {
        if (typeof group !== "string" || typeof version !== "string") return [];
        const isKnown = freshness !== "Stale" && Array.isArray(resources);
        return [{ group, version, ...(isKnown ? { kinds: kindsIn(resources) } : {}) }];
      });
    });
  }
  if (root.kind === "APIGroupList" && Array.isArray(root.groups)) {
    return root.groups
      .filter(isRecord)
      .flatMap(({ name: group, versions }) =>
        versionsOf(versions).flatMap(({ version }): Entry[] =>
          typeof group === "string" && typeof version === "string" ? [{ group, version }] : [],
        ),
      );
  }
  return undefined;
}

function versionsOf(versions: unknown): Record<string, unknown>[] {
  return Array.isArray(versions) ? versions.filter(isRecord) : [];
}

/** Subresources (`pods/log`) name the kind that they answer with: they are no kinds of their own. */
function kindsIn(resources: readonly unknown[]): string[] {
  return resources.filter(isRecord).flatMap(resource => {
    if (typeof resource.name === "string" && resource.name.includes("/")) return [];
    const kind = isRecord(resource.responseKind) ? resource.responseKind.kind : resource.kind;
    return typeof kind === "string" ? [kind] : [];
  });
}

async function get(
  connection: Connection,
  path: string,
  signal: AbortSignal,
  accept?: string,
): Promise<unknown | ApiError> {
  try {
    return await connection.request({ method: "GET", path, accept, signal });
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    if (endsEverything(error)) throw commandErrorOf(error);
    return error;
  }
}
