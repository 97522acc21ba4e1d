import { isRecord } from "../core/kubernetes.ts";
import { placeholdersIn } from "./placeholders.ts";
import type { Shape } from "./shapes.ts";

const dropped = Symbol("dropped");

/**
 * Takes out of `object`, in place, what the API server would refuse, so that nothing downstream meets a type it does not expect,
 * and gives a sentence for each. Where a placeholder stands for a map or a number it goes without a word: it is reported as such.
 */
export function conform(object: Record<string, unknown>, shape: Shape): string[] {
  const problems: string[] = [];
  if (dropUnsafeKeys(object)) problems.push("a key is named __proto__, which no field of Kubernetes is");
  conformValue(object, shape, "", problems);
  return problems;
}

function conformValue(value: unknown, shape: Shape, path: string, problems: string[]): unknown {
  if (typeof shape === "string") return conformScalar(value, shape, path, problems);
  if ("listOf" in shape) {
    if (!Array.isArray(value)) return refuse(value, "a list", path, problems);
    const kept = value
      .map((item, index) => conformValue(item, shape.listOf, `${path}[${index}]`, problems))
      .filter(item => item !== dropped);
    value.splice(0, value.length, ...kept);
    return value;
  }
  if (!isRecord(value)) return refuse(value, "a map", path, problems);
  if ("mapOf" in shape) {
    for (const [key, entry] of Object.entries(value)) {
      // Go reads null as the empty string here.
      keep(value, key, entry === null ? "" : conformValue(entry, shape.mapOf, join(path, key), problems));
    }
    return value;
  }
  for (const [key, field] of Object.entries(shape.fields)) {
    if (!Object.hasOwn(value, key)) continue;
    const entry = value[key];
    // Null is the same as absent for the API server.
    keep(value, key, entry === null ? dropped : conformValue(entry, field, join(path, key), problems));
  }
  if (shape.required !== undefined && !Object.hasOwn(value, shape.required)) {
    problems.push(`${path} has no ${shape.required}`);
    return dropped;
  }
  return value;
}

function conformScalar(
  value: unknown,
  type: "string" | "number" | "boolean",
  path: string,
  problems: string[],
): unknown {
  if (typeof value === type) return value;
  // Read on all the same: AzureIdentity `type: "1"` without its type would count as a managed identity.
  if (type === "number" && typeof value === "string" && /^\d+$/.test(value)) {
    problems.push(`${path} is a string, must be a number (without quotes)`);
    return Number(value);
  }
  // `name: [your name]` is a placeholder that YAML takes for a list.
  if (type === "string" && Array.isArray(value) && value.length === 1 && typeof value[0] === "string") {
    const placeholder = `[${value[0]}]`;
    if (placeholdersIn(placeholder)[0] === placeholder) return placeholder;
  }
  return refuse(value, type === "string" ? "a string" : `a ${type}`, path, problems);
}

function refuse(value: unknown, expected: string, path: string, problems: string[]): typeof dropped {
  if (typeof value === "string" && placeholdersIn(value).length > 0) return dropped;
  const quote =
    expected === "a string" && (typeof value === "number" || typeof value === "boolean") ? " (quote it)" : "";
  problems.push(`${path} is ${typeName(value)}, must be ${expected}${quote}`);
  return dropped;
}

function keep(object: Record<string, unknown>, key: string, value: unknown): void {
  if (value === dropped) delete object[key];
  else object[key] = value;
}

/** No field of the kinds that are read can be named `__proto__`, and code that copies by key would set a prototype with it. */
function dropUnsafeKeys(root: unknown): boolean {
  let found = false;
  // A loop with a memory: through aliases one value can be met many times, and deeper than the call stack reaches.
  const seen = new Set<unknown>([root]);
  for (const value of seen) {
    if (typeof value !== "object" || value === null) continue;
    if (Object.hasOwn(value, "__proto__")) {
      found = true;
      Reflect.deleteProperty(value, "__proto__");
    }
    for (const entry of Object.values(value)) if (typeof entry === "object") seen.add(entry);
  }
  return found;
}

function join(path: string, key: string): string {
  return path === "" ? key : `${path}.${key}`;
}

function typeName(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "a list";
  return typeof value === "object" ? "a map" : `a ${typeof value}`;
}
