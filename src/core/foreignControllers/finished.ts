import { valueAt } from "../changes/change.ts";
import type { KubernetesObject } from "../kubernetes.ts";

/** Whether the field of an object has one of these values; without values, whether it is there. */
export function ranOut(path: readonly string[], ...values: readonly string[]): (object: KubernetesObject) => boolean {
  return object => {
    const value = valueAt(object, [...path]);
    return values.length === 0 ? value !== undefined : typeof value === "string" && values.includes(value);
  };
}
