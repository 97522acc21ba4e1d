import { isRecord, type KubernetesObject } from "../../src/core/kubernetes.ts";
import type { ObjectRef } from "../../src/core/model.ts";

/**
 * The object as file number `index` has it, apart from those of all other files: namespaces, names without a namespace, and the
 * label by which bindings reach across namespaces begin with the file's number.
 */
export function apart({ ref, object }: { ref: ObjectRef; object: KubernetesObject }, index: number): KubernetesObject {
  const prefix = `c${index}-`;
  const own = renamed(object, prefix) as KubernetesObject;
  const { metadata } = own;
  return ref.namespace === undefined
    ? { ...own, metadata: { ...metadata, name: `${prefix}${metadata.name}` } }
    : { ...own, metadata: { ...metadata, namespace: `${prefix}${ref.namespace}` } };
}

function renamed(value: unknown, prefix: string, key = "", parent: unknown = undefined): unknown {
  if (Array.isArray(value)) return value.map(item => renamed(item, prefix, key));
  if (isRecord(value))
    return Object.fromEntries(
      Object.entries(value).map(([name, inner]) => [name, renamed(inner, prefix, name, value)]),
    );
  if (typeof value !== "string" || value === "") return value;
  const isSelector = key === "selector" && isRecord(parent) && "azureIdentity" in parent;
  const isSubjectsNamespace = key === "namespace" && isRecord(parent) && "kind" in parent;
  return key === "aadpodidbinding" || isSelector || isSubjectsNamespace ? `${prefix}${value}` : value;
}
