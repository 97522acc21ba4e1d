import { isRecord } from "../../core/kubernetes.ts";
import { BUILT_IN_KINDS, type ServedKind } from "./kinds.ts";
import type { KubernetesObject } from "./object.ts";

/** Maps whose values are texts, by the struct that Go's decoder names in its complaint. */
const TEXT_MAPS: Readonly<Record<string, string>> = {
  labels: "ObjectMeta",
  annotations: "ObjectMeta",
  matchLabels: "LabelSelector",
  nodeSelector: "PodSpec",
};

/**
 * What the API server's decoder says of values of the wrong type, as far as it matters here: labels and annotations that YAML
 * read as true or 1, and the data of ConfigMaps. Undefined when there is nothing to complain of. The schemas of custom kinds
 * are not known here.
 */
export function decodeFault(kind: ServedKind, object: KubernetesObject): string | undefined {
  if (!BUILT_IN_KINDS.includes(kind)) return undefined;
  if (kind.kind === "ConfigMap") {
    const fault = textMapFault(object.data, "ConfigMap", ["data"]);
    if (fault !== undefined) return fault;
  }
  return walk(object, []);
}

function walk(value: unknown, path: string[]): string | undefined {
  if (Array.isArray(value)) {
    for (const item of value) {
      const fault = walk(item, path);
      if (fault !== undefined) return fault;
    }
    return undefined;
  }
  if (!isRecord(value)) return undefined;
  for (const [key, field] of Object.entries(value)) {
    const inMetadata = key !== "labels" && key !== "annotations" ? true : path.at(-1) === "metadata";
    const struct = Object.hasOwn(TEXT_MAPS, key) && inMetadata ? TEXT_MAPS[key] : undefined;
    const next = [...path, key];
    const fault = struct === undefined ? walk(field, next) : textMapFault(field, struct, next);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

function textMapFault(map: unknown, struct: string, path: string[]): string | undefined {
  if (!isRecord(map)) return undefined;
  const wrong = Object.values(map).find(value => value !== null && typeof value !== "string");
  if (wrong === undefined) return undefined;
  const found =
    typeof wrong === "boolean"
      ? "bool"
      : typeof wrong === "number"
        ? "number"
        : Array.isArray(wrong)
          ? "array"
          : "object";
  return `json: cannot unmarshal ${found} into Go struct field ${struct}.${path.join(".")} of type string`;
}
