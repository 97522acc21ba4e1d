import { isEqual } from "../changes/change.ts";
import { isRecord, type Json } from "../kubernetes.ts";
import type { Change } from "../model.ts";

/** One field to change, for people: absent `before` or `after` means no such field. */
export interface ChangedField {
  /** `spec.acme.solvers[0].dns01.azureDNS.managedIdentity.clientID` */
  field: string;
  before?: Json;
  after?: Json;
}

/** The single fields in which changes of whole lists and maps differ, so that a diff of one value is not hidden in the rest. */
export function changedFields(changes: readonly Change[]): ChangedField[] {
  return changes.flatMap(({ path, before, after }) => leaves(fieldName(path), before, after));
}

function leaves(field: string, before: Json | undefined, after: Json | undefined): ChangedField[] {
  if (isEqual(before, after)) return [];
  if (isRecord(before) && isRecord(after)) {
    const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])];
    return keys.flatMap(key => leaves(join(field, key), own(before, key), own(after, key)));
  }
  if (Array.isArray(before) && Array.isArray(after) && before.length === after.length)
    return before.flatMap((item, index) => leaves(`${field}[${index}]`, item, after[index]));
  return [{ field, ...(before === undefined ? {} : { before }), ...(after === undefined ? {} : { after }) }];
}

function fieldName(path: Change["path"]): string {
  return path.reduce<string>((field, part) => {
    if (typeof part === "string") return join(field, part);
    const keys = Object.entries(part.match).map(([key, value]) => `${key}=${value}`);
    return `${field}[${keys.join(",")}]`;
  }, "");
}

/** Keys with dots, as those of labels, are told apart from the path. */
function join(field: string, key: string): string {
  if (!/^[\w-]+$/.test(key)) return `${field}[${JSON.stringify(key)}]`;
  return field === "" ? key : `${field}.${key}`;
}

function own(object: Record<string, unknown>, key: string): Json | undefined {
  return Object.hasOwn(object, key) ? (object[key] as Json) : undefined;
}
