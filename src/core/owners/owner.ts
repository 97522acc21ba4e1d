import type { Facts } from "../facts.ts";
import type { KubernetesObject } from "../kubernetes.ts";
import type { ObjectRef, Owner } from "../model.ts";

/** An object whose owner is asked for, with what may tell of it. */
export interface Asked {
  facts: Facts;
  ref: ObjectRef;
  object: KubernetesObject;
  labels: Record<string, string>;
  annotations: Record<string, string>;
}

/** One kind of evidence: the owner that it shows, or undefined where it is not there. */
export type Evidence = (asked: Asked) => Owner | undefined;

/** A label or annotation as evidence, as it stands on the object. */
export function noted(what: "annotation" | "label", key: string, value: string): string {
  return `${what} ${key}=${value}`;
}
