import { isRecord, type Json, type JsonObject } from "../kubernetes.ts";
import type { Change, Observation } from "../model.ts";
import type { JsonPatchOperation } from "../ports.ts";

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
 * and lists above it are made by the patch. A missing list item goes to the end of its list, which is guarded as a whole as it
 * was seen: nothing else says that the item is not there. Changes that are done already are left out.
 */
export function patchOf(changes: readonly Change[], seen: JsonObject): JsonPatchOperation[] {
  const operations: JsonPatchOperation[] = [];
  // The object as it is after the operations so far: indexes mean what they mean by then.
  const reached = structuredClone(seen);
  const guardedLists = new Set<string>();
  for (const change of changes) {
    if (isEqual(valueAt(reached, change.path), change.after)) continue;
    operations.push(...operationsOf(change, reached, guardedLists));
    put(reached, change.path, change.after);
    // A list item that goes moves all that are behind it.
    if (change.after === undefined) guardedLists.clear();
  }
  return operations;
}

function operationsOf(change: Change, object: Json, guardedLists: Set<string>): JsonPatchOperation[] {
  const operations: JsonPatchOperation[] = [];
  const pointer: string[] = [];
  let value: unknown = object;
  for (const [depth, part] of change.path.entries()) {
    const next = change.path[depth + 1];
    if (typeof part === "string") {
      pointer.push(part);
      value = isRecord(value) && Object.hasOwn(value, part) ? value[part] : undefined;
      if (next === undefined || (value !== undefined && value !== null)) continue;
      value = typeof next === "string" ? {} : [];
      const path = pointerText(pointer);
      operations.push({ op: "test", path, value: null }, { op: "add", path, value: value as Json });
      if (typeof next !== "string") guardedLists.add(path);
      continue;
    }
    const list: readonly unknown[] = Array.isArray(value) ? value : [];
    const index = indexOf(list, part.match);
    if (index >= 0) {
      pointer.push(String(index));
      value = list[index];
      // Lists have no keys in a patch: the guard holds the item that the index meant when it was seen.
      for (const [key, expected] of Object.entries(part.match)) {
        operations.push({ op: "test", path: pointerText([...pointer, key]), value: expected });
      }
      continue;
    }
    const path = pointerText(pointer);
    if (!guardedLists.has(path)) operations.push({ op: "test", path, value: structuredClone(list) as Json[] });
    guardedLists.add(path);
    value = next === undefined ? change.after : { ...part.match };
    operations.push({ op: "add", path: `${path}/-`, value: value as Json });
    if (next === undefined) return operations;
    pointer.push(String(list.length));
  }
  const path = pointerText(pointer);
  operations.push({ op: "test", path, value: change.before ?? null });
  if (change.after === undefined) operations.push({ op: "remove", path });
  else operations.push({ op: change.before === undefined ? "add" : "replace", path, value: change.after });
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
    if (value !== undefined) place(root, path, structuredClone(value));
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
  const held = Object.hasOwn(holder, part) ? holder[part] : undefined;
  const next = held ?? (typeof rest[0] === "string" ? {} : []);
  if (next !== held) define(holder, part, next);
  place(next, rest, value);
}

/** Sets what is at a path, or (undefined) takes it away. */
function put(into: Json, path: Path, value: Json | undefined): void {
  if (value !== undefined) {
    // What a later change alters in it is not to alter the change.
    place(into, path, structuredClone(value));
    return;
  }
  const last = path.at(-1);
  const holder = path.length === 1 ? into : valueAt(into, path.slice(0, -1));
  if (typeof last === "string" && isRecord(holder)) delete holder[last];
  else if (typeof last === "object" && Array.isArray(holder)) {
    const index = indexOf(holder, last.match);
    if (index >= 0) holder.splice(index, 1);
  }
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

/**
 * Whether everything in `wanted` is in `seen`, which may have more: what the server or admission adds does not count. Items of
 * lists are told apart by their names; lists of other things must be equal.
 */
export function includes(seen: unknown, wanted: unknown): boolean {
  if (Array.isArray(wanted) && wanted.length > 0 && wanted.every(isNamed)) {
    return Array.isArray(seen) && wanted.every(item => includes(seen[indexOf(seen, { name: item.name })], item));
  }
  if (!isRecord(wanted)) return isEqual(seen, wanted);
  return (
    isRecord(seen) &&
    Object.entries(wanted).every(([key, value]) => Object.hasOwn(seen, key) && includes(seen[key], value))
  );
}

function isNamed(value: unknown): value is { name: string } {
  return isRecord(value) && typeof value.name === "string";
}

/** A copy of the object with the changes made, as the patch makes them: list items that are not there are added at the end. */
export function withChanges<T>(object: T, changes: readonly Change[]): T {
  const copy = structuredClone(object);
  for (const { path, after } of changes) put(copy as Json, path, after);
  return copy;
}
