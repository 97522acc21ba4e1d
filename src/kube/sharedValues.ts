import { isRecord, type KubernetesObject } from "../core/kubernetes.ts";

/** The parts of a workload that differ from one to the next, while what is in them often does not. */
const wholes = new Set(["metadata", "spec", "status", "template", "jobTemplate", "containers", "initContainers"]);
const wholesOfPod = new Set(["metadata", "spec", "status"]);

/** What no two objects of a kind have in common. */
const ownStrings = new Set(["name", "uid", "podIP"]);

/** Characters of values in memory to compare with. Lists come sorted, so that equal values are near each other. */
const longestMemory = 1_000_000;

/**
 * Equal values of the objects of one list, each kept once: the labels, containers and owner of a Deployment's pods, the probes and
 * managers of all Deployments. Nobody changes an object that was read.
 */
export class SharedValues {
  readonly #known = new Map<string, unknown>();
  #characters = 0;

  /** Replaces parts of this object, which must be the caller's own, by equal ones of objects before it. */
  in(object: KubernetesObject): KubernetesObject {
    const inside = object.kind === "Pod" ? wholesOfPod : wholes;
    for (const [key, value] of Object.entries(object)) {
      if (isRecord(value)) object[key] = (inside.has(key) ? this.#within(value, inside) : this.#one(value)) as never;
    }
    return object;
  }

  #within(whole: Record<string, unknown>, inside: ReadonlySet<string>): Record<string, unknown> {
    for (const key of Object.keys(whole)) {
      const value = whole[key];
      if (typeof value === "string") {
        if (!ownStrings.has(key)) whole[key] = this.#string(value);
      } else if (typeof value !== "object" || value === null) continue;
      else if (!inside.has(key)) whole[key] = this.#one(value);
      else if (isRecord(value)) this.#within(value, inside);
      else if (Array.isArray(value)) for (const item of value) if (isRecord(item)) this.#parts(item);
    }
    return whole;
  }

  /** Of a container, whose name and image are its own: each field, and of lists each item. */
  #parts(container: Record<string, unknown>): void {
    for (const key of Object.keys(container)) {
      const value = container[key];
      if (Array.isArray(value)) {
        for (const [index, item] of value.entries()) if (typeof item === "object") value[index] = this.#one(item);
      } else if (typeof value === "object" && value !== null) container[key] = this.#one(value);
      else if (typeof value === "string") container[key] = this.#string(value);
    }
  }

  #one(value: unknown): unknown {
    try {
      return this.#remember(JSON.stringify(value), value);
    } catch (error) {
      // Nested more deeply than what writes JSON can follow.
      if (error instanceof RangeError) return value;
      throw error;
    }
  }

  #string(value: string): unknown {
    return this.#remember(value, value);
  }

  #remember(text: string, value: unknown): unknown {
    const known = this.#known.get(text);
    // A string may be the text of another value.
    if (known !== undefined && typeof known === typeof value) return known;
    if (this.#characters > longestMemory) {
      this.#known.clear();
      this.#characters = 0;
    }
    this.#known.set(text, value);
    this.#characters += text.length;
    return value;
  }
}
