import type { KubernetesObject } from "../../src/core/kubernetes.ts";
import { matchingModes } from "../../src/core/podIdentity/installation.ts";
import { PodIdentityWorld } from "../../src/core/podIdentity/match.ts";
import { found } from "./factories.ts";

export type Mode = keyof typeof matchingModes;
export const modes: readonly Mode[] = ["standard", "namespaced", "managed"];
export const namespaced = { "aadpodidentity.k8s.io/Behavior": "namespaced" };

export function world(mode: Mode | readonly Mode[], objects: readonly KubernetesObject[]): PodIdentityWorld {
  const all = typeof mode === "string" ? [mode] : mode;
  return new PodIdentityWorld(
    all.map(one => matchingModes[one]),
    kind => found(objects).filter(one => one.object.kind === kind),
  );
}

/** `IDENTITY by BINDING`, each with its namespace. */
export function matches(
  mode: Mode | readonly Mode[],
  objects: readonly KubernetesObject[],
  namespace: string,
  label?: string,
): string[] {
  return world(mode, objects)
    .match(namespace, label)
    .map(one => `${one.namespace}/${one.name} by ${one.binding.namespace}/${one.binding.name}`);
}

export const everyMode = (objects: readonly KubernetesObject[], namespace: string, label?: string) =>
  Object.fromEntries(modes.map(mode => [mode, matches(mode, objects, namespace, label)]));
