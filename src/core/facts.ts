import { type KubernetesObject, kindKey } from "./kubernetes.ts";
import type {
  AzureFacts,
  AzureIdentityFacts,
  ClusterSource,
  Finding,
  FoundObject,
  ObjectRef,
  Source,
  SourceId,
  Unknown,
} from "./model.ts";

/** Everything that was read. Lives in memory only and is never saved whole. */
export interface Facts {
  sources: Source[];
  objects: ObjectIndex;
  azure: AzureFacts;
  unknown: Unknown[];
  findings: Finding[];
}

const none: readonly FoundObject[] = [];

/** The objects of one kind, in the order they came, and by namespace (none: "") and name. */
interface OfKind {
  list: FoundObject[];
  names: Map<string, Map<string, FoundObject>>;
}

/** All objects, by source and kind (as `kindKey` names it), namespace and name. The first of two equal ones wins. */
export class ObjectIndex {
  // Maps in maps: tens of thousands of names put together would be as big as the objects.
  readonly #sources = new Map<SourceId, Map<string, OfKind>>();

  constructor(objects: Iterable<FoundObject>) {
    for (const found of objects) {
      const { source, namespace = "", name } = found.ref;
      const kinds = emplaced(this.#sources, source, () => new Map<string, OfKind>());
      const { list, names } = emplaced(kinds, kindKey(found.ref), () => ({ list: [], names: new Map() }));
      const named = emplaced(names, namespace, () => new Map<string, FoundObject>());
      if (named.has(name)) continue;
      named.set(name, found);
      list.push(found);
    }
  }

  ofKind(source: SourceId, kind: string): readonly FoundObject[] {
    return this.#sources.get(source)?.get(kind)?.list ?? none;
  }

  /** Whether anything of any kind is in a namespace. */
  hasNamespace(source: SourceId, namespace: string): boolean {
    return [...(this.#sources.get(source)?.values() ?? [])].some(({ names }) => names.has(namespace));
  }

  /** Those of a kind that are in a namespace. */
  inNamespace(source: SourceId, kind: string, namespace: string): FoundObject[] {
    return [...(this.#sources.get(source)?.get(kind)?.names.get(namespace)?.values() ?? none)];
  }

  find(source: SourceId, kind: string, namespace: string | undefined, name: string): FoundObject | undefined {
    return this.#sources
      .get(source)
      ?.get(kind)
      ?.names.get(namespace ?? "")
      ?.get(name);
  }

  get(ref: ObjectRef): KubernetesObject | undefined {
    return this.find(ref.source, kindKey(ref), ref.namespace, ref.name)?.object;
  }
}

function emplaced<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make();
  map.set(key, made);
  return made;
}

/** Whether all objects of a kind (as `kindKey` names it) are known: in one namespace, or (without one) in the whole source. */
export function isKnown(facts: Facts, source: SourceId, kind: string, namespace?: string): boolean {
  return facts.unknown.every(
    gap => gap.source !== source || gap.kind !== kind || (namespace !== undefined && gap.except.includes(namespace)),
  );
}

export function clusterSource(facts: Facts, id: SourceId): ClusterSource | undefined {
  return facts.sources.find((source): source is ClusterSource => source.id === id && source.type === "cluster");
}

/** What ARM says of an identity, by its resource id in lower case; undefined where it was not asked, failed or knows none. */
export function identityFacts(facts: Pick<Facts, "azure">, id: string): AzureIdentityFacts | undefined {
  const seen = facts.azure.identities.get(id);
  return seen === undefined || seen === "notFound" || "failed" in seen ? undefined : seen;
}

/** What exists for a principal, as Azure says: an identity in ARM by its resource id, an application in Graph by its client id. */
export function principalFacts(
  facts: Pick<Facts, "azure">,
  id: string,
): Pick<AzureIdentityFacts, "credentials"> | undefined {
  const application = facts.azure.applications?.get(id);
  if (typeof application === "object" && "credentials" in application) return application;
  return identityFacts(facts, id);
}

/** `Deployment shop/cart`: how an object is named to people. */
export function nameOf(ref: Pick<ObjectRef, "kind" | "namespace" | "name">): string {
  return `${ref.kind} ${ref.namespace === undefined ? "" : `${ref.namespace}/`}${ref.name}`;
}

/** How a cluster is called whose uid cannot be read. */
export function idByAddress(server: string): SourceId {
  return `server:${server}`;
}

/** Stands for a whole cluster, which is no object: facts about it are told whatever `-n` chooses. */
export function clusterRef(source: SourceId): ObjectRef {
  return { source, apiVersion: "v1", kind: "Namespace", name: "kube-system" };
}

/** Whether something is told of a cluster, and not of an object in it. */
export function isClusterRef({ apiVersion, kind, name }: ObjectRef): boolean {
  return apiVersion === "v1" && kind === "Namespace" && name === "kube-system";
}
