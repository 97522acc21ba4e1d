import { isRecord, type Json, type JsonObject } from "./kubernetes.ts";
import type { Change, Observation } from "./model.ts";
import type { JsonPatchOperation } from "./ports.ts";

type Path = Change["path"];

/** The value at a path, or undefined where the object has no such field or list item. */
export function valueAt(object: unknown, path: Path): Json | undefined {
  let value = object;
  for (const part of path) {
    if (typeof part === "string") value = isRecord(value) && Object.hasOwn(value, part) ? value[part] : undefined;
    else value = Array.isArray(value) ? value[indexOf(value, part.match)] : undefined;
    if (value === undefined) return undefined;
  }
  return value as Json;
}

function indexOf(list: readonly unknown[], match: Record<string, string>): number {
  return list.findIndex(item => isRecord(item) && Object.entries(match).every(([key, value]) => item[key] === value));
}

/** `done` where all fields have their new values, `pending` where the rest have their old ones, `drifted` where one has neither. */
export function observeChanges(changes: readonly Change[], object: unknown): Exclude<Observation, "unknown"> {
  let observed: "done" | "pending" = "done";
  for (const change of changes) {
    const value = valueAt(object, change.path);
    if (isEqual(value, change.after)) continue;
    if (!isEqual(value, change.before)) return "drifted";
    observed = "pending";
  }
  return observed;
}

/** The change that takes this one back. */
export function inverse({ path, before, after }: Change): Change {
  return {
    path,
    ...(after === undefined ? {} : { before: after }),
    ...(before === undefined ? {} : { after: before }),
  };
}

/**
 * The JSON Patch that carries out the changes on the object as it was seen, each guarded by the value it replaces. A missing
 * field is guarded by `test` with null, which the API server (evanphx/json-patch) takes to mean "not there"; the missing maps
 * above it are made by the patch. Changes that are done already are left out.
 */
export function patchOf(changes: readonly Change[], seen: JsonObject): JsonPatchOperation[] {
  const operations: JsonPatchOperation[] = [];
  const made = new Set<string>();
  for (const change of changes) {
    if (isEqual(valueAt(seen, change.path), change.after)) continue;
    const pointer: string[] = [];
    let value: unknown = seen;
    for (const [depth, part] of change.path.entries()) {
      const last = depth === change.path.length - 1;
      if (typeof part === "string") {
        pointer.push(part);
        value = isRecord(value) && Object.hasOwn(value, part) ? value[part] : undefined;
        if (value === undefined && !last && !made.has(pointerText(pointer))) {
          made.add(pointerText(pointer));
          operations.push(
            { op: "test", path: pointerText(pointer), value: null },
            { op: "add", path: pointerText(pointer), value: {} },
          );
        }
      } else {
        const index = Array.isArray(value) ? indexOf(value, part.match) : -1;
        pointer.push(String(index));
        value = Array.isArray(value) ? value[index] : undefined;
        // Lists have no keys in a patch: the guard holds the item that the index meant when it was seen.
        for (const [key, expected] of Object.entries(part.match)) {
          operations.push({ op: "test", path: pointerText([...pointer, key]), value: expected });
        }
      }
    }
    const path = pointerText(pointer);
    operations.push({ op: "test", path, value: change.before ?? null });
    if (change.after === undefined) operations.push({ op: "remove", path });
    else operations.push({ op: change.before === undefined ? "add" : "replace", path, value: change.after });
  }
  return operations;
}

/** RFC 6901. */
function pointerText(parts: readonly string[]): string {
  return parts.map(part => `/${part.replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
}

/** Two objects that hold nothing but what changes, before and after: what a diff shows. Undefined where nothing is there. */
export function partialsOf(changes: readonly Change[]): { before: Json | undefined; after: Json | undefined } {
  return {
    before: partialOf(changes.map(({ path, before }) => ({ path, value: before }))),
    after: partialOf(changes.map(({ path, after }) => ({ path, value: after }))),
  };
}

function partialOf(values: readonly { path: Path; value: Json | undefined }[]): Json | undefined {
  const root: JsonObject = {};
  for (const { path, value } of values) {
    if (value !== undefined) place(root, path, value);
  }
  return Object.keys(root).length === 0 ? undefined : root;
}

function place(into: Json, path: Path, value: Json): void {
  const [part, ...rest] = path;
  if (part === undefined) return;
  if (typeof part !== "string") {
    if (!Array.isArray(into)) return;
    let index = indexOf(into, part.match);
    if (index < 0) index = into.push({ ...part.match }) - 1;
    const item = into[index];
    if (rest.length === 0) into[index] = value;
    else if (item !== undefined) place(item, rest, value);
    return;
  }
  if (!isRecord(into)) return;
  const holder = into as JsonObject;
  if (rest.length === 0) {
    define(holder, part, value);
    return;
  }
  if (!Object.hasOwn(holder, part)) define(holder, part, typeof rest[0] === "string" ? {} : []);
  const next = holder[part];
  if (next !== undefined) place(next, rest, value);
}

/** Plain assignment would take a key named __proto__ for the prototype. */
function define(object: JsonObject, key: string, value: Json): void {
  Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true });
}

/** Equality of JSON values: the order of keys does not count, that of list items does. */
export function isEqual(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (Array.isArray(a) || Array.isArray(b)) {
    return (
      Array.isArray(a) && Array.isArray(b) && a.length === b.length && a.every((item, index) => isEqual(item, b[index]))
    );
  }
  if (!isRecord(a) || !isRecord(b)) return false;
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every(key => Object.hasOwn(b, key) && isEqual(a[key], b[key]));
}

/** Whether everything in `wanted` is in `seen`, which may have more: what the server adds does not count. */
export function includes(seen: unknown, wanted: unknown): boolean {
  if (!isRecord(wanted)) return isEqual(seen, wanted);
  return (
    isRecord(seen) &&
    Object.entries(wanted).every(([key, value]) => Object.hasOwn(seen, key) && includes(seen[key], value))
  );
}

/** A copy of the object with the changes made; list items that are not there are added. */
export function withChanges<T>(object: T, changes: readonly Change[]): T {
  const copy = structuredClone(object);
  for (const { path, after } of changes) if (after !== undefined) place(copy as Json, path, after);
  return copy;
}
