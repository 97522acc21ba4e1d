import { isRecord } from "../../core/kubernetes.ts";
import { BUILT_IN_KINDS, customKind, type ServedKind, statusOf } from "./kinds.ts";
import type { KubernetesObject } from "./object.ts";

/** Every kind that is served at present: the built-in ones and those of the CustomResourceDefinitions. */
export class Catalogue {
  #kinds: ServedKind[] = [...BUILT_IN_KINDS];

  all(): readonly ServedKind[] {
    return this.#kinds;
  }

  /** By the parts of a request's path. */
  byPath(group: string, version: string, plural: string): ServedKind | undefined {
    return this.#kinds.find(kind => kind.group === group && kind.version === version && kind.plural === plural);
  }

  /** By what an object says of itself. */
  byObject(object: { apiVersion: string; kind: string }): ServedKind | undefined {
    return this.#kinds.find(kind => apiVersionOf(kind) === object.apiVersion && kind.kind === object.kind);
  }

  /** By kind alone, the built-in ones first. Throws when there is none. */
  byKind(name: string): ServedKind {
    const found = this.#kinds.find(kind => kind.kind === name);
    if (!found) throw new Error(`the simulated cluster serves no kind ${name}`);
    return found;
  }

  /** Whether Kubernetes itself serves the group, rather than a CustomResourceDefinition. */
  isBuiltInGroup(group: string): boolean {
    return BUILT_IN_KINDS.some(kind => kind.group === group);
  }

  /** Takes a CustomResourceDefinition into account, a second time too, when it changed. */
  define(definition: KubernetesObject): void {
    this.undefine(definition);
    this.#kinds.push(...kindsOf(definition));
  }

  /** Forgets what a CustomResourceDefinition added. */
  undefine(definition: KubernetesObject): void {
    const gone = kindsOf(definition);
    this.#kinds = this.#kinds.filter(
      kind =>
        BUILT_IN_KINDS.includes(kind) || !gone.some(other => kind.group === other.group && kind.kind === other.kind),
    );
  }

  /**
   * Serves the kind of a custom object whose CustomResourceDefinition was not given (manifests seldom hold it). Plural and
   * scope cannot be known from an object: the plural follows the English rule that all known definitions follow, and a
   * kind called Cluster... without a namespace counts as cluster wide.
   */
  guess(object: KubernetesObject): ServedKind {
    const slash = object.apiVersion.indexOf("/");
    const group = slash < 0 ? "" : object.apiVersion.slice(0, slash);
    const version = object.apiVersion.slice(slash + 1);
    const namespaced = object.metadata.namespace !== undefined || !CLUSTER_WIDE.test(object.kind);
    const kind = customKind({ group, version, kind: object.kind, plural: pluralOf(object.kind) }, { namespaced });
    this.#kinds.push(kind);
    return kind;
  }
}

/** `v1`, `apps/v1`. */
export function apiVersionOf({ group, version }: { group: string; version: string }): string {
  return group === "" ? version : `${group}/${version}`;
}

const CLUSTER_WIDE =
  /^Cluster|^(PersistentVolume|StorageClass|CSIDriver|CSINode|IngressClass|PriorityClass|RuntimeClass|APIService)$/;

function pluralOf(kind: string): string {
  const singular = kind.toLowerCase();
  if (/(s|x|ch|sh)$/.test(singular)) return `${singular}es`;
  return /[^aeiou]y$/.test(singular) ? `${singular.slice(0, -1)}ies` : `${singular}s`;
}

function kindsOf(definition: KubernetesObject): ServedKind[] {
  const spec = isRecord(definition.spec) ? definition.spec : {};
  const names = isRecord(spec.names) ? spec.names : {};
  const versions = Array.isArray(spec.versions) ? spec.versions.filter(isRecord) : [];
  return versions
    .filter(version => version.served !== false)
    .map(version => {
      const kind = String(names.kind);
      const hasStatus = isRecord(version.subresources) && "status" in version.subresources;
      return customKind(
        { group: String(spec.group), version: String(version.name), kind, plural: String(names.plural) },
        {
          namespaced: spec.scope !== "Cluster",
          singular: typeof names.singular === "string" ? names.singular : kind.toLowerCase(),
          shortNames: strings(names.shortNames),
          categories: strings(names.categories),
          subresources: hasStatus ? [statusOf(kind)] : [],
        },
      );
    });
}

function strings(value: unknown): string[] {
  return Array.isArray(value) ? value.filter(item => typeof item === "string") : [];
}
