import { isRecord } from "../kubernetes.ts";
import { isEqual } from "./change.ts";

/** What the server keeps for itself: no admission did that. */
const serverKept = new Set([
  "status",
  "metadata.managedFields",
  "metadata.managers",
  "metadata.resourceVersion",
  "metadata.generation",
  "metadata.uid",
  "metadata.creationTimestamp",
  "metadata.name",
  "metadata.generateName",
]);

/**
 * The places where an answer of the server has something else than what was sent, as `spec.containers[app].env[AZURE_CLIENT_ID]`:
 * what defaulting and admission added or changed. Items of lists are told apart by their name.
 */
export function additions(sent: unknown, answered: unknown): string[] {
  const found: string[] = [];
  compare(sent, answered, "", found);
  return found;
}

function compare(sent: unknown, answered: unknown, path: string, found: string[]): void {
  if (serverKept.has(path) || isEqual(sent, answered)) return;
  if (isRecord(sent) && isRecord(answered)) {
    for (const key of Object.keys(answered))
      compare(own(sent, key), answered[key], path === "" ? key : `${path}.${key}`, found);
    return;
  }
  if (Array.isArray(sent) && Array.isArray(answered) && answered.every(isNamed)) {
    for (const item of answered) {
      const before = sent.find(one => isNamed(one) && one.name === item.name);
      compare(before, item, `${path}[${item.name}]`, found);
    }
    return;
  }
  if (sent === undefined && Array.isArray(answered) && answered.every(isNamed)) {
    for (const item of answered) found.push(`${path}[${item.name}]`);
    return;
  }
  found.push(path);
}

function own(object: Record<string, unknown>, key: string): unknown {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}

function isNamed(value: unknown): value is { name: string } {
  return isRecord(value) && typeof value.name === "string";
}
