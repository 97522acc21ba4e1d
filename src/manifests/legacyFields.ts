import { isRecord } from "../core/kubernetes.ts";
import { podIdentitySpecs, type Shape } from "./shapes.ts";

/** A field of a pod identity object in a spelling that only releases up to 1.5.5 read. */
export interface LegacyField {
  field: string;
  expected: string;
}

/**
 * Renames, in place, the fields of a pod identity object's `spec` to the camelCase that releases since 1.6.0 insist on; any casing counts,
 * as it did for the encoding/json of the older ones. Where both spellings are there the right one stays.
 */
export function renameLegacyFields(object: Record<string, unknown>): LegacyField[] {
  const kind = object.kind;
  const spec = object.spec;
  if (typeof kind !== "string" || !Object.hasOwn(podIdentitySpecs, kind) || !isRecord(spec)) return [];
  const renamed: LegacyField[] = [];
  renameFields(spec, podIdentitySpecs[kind] ?? {}, "spec", renamed);
  return renamed;
}

function renameFields(
  value: Record<string, unknown>,
  fields: Readonly<Record<string, Shape>>,
  path: string,
  renamed: LegacyField[],
): void {
  const byLowerCase = new Map(Object.keys(fields).map(field => [field.toLowerCase(), field]));
  for (const key of Object.keys(value)) {
    const expected = byLowerCase.get(key.toLowerCase());
    if (expected === undefined) continue;
    if (key !== expected) {
      renamed.push({ field: `${path}.${key}`, expected: `${path}.${expected}` });
      value[expected] ??= value[key];
      delete value[key];
    }
    const entry = value[expected];
    const shape = fields[expected];
    if (isRecord(entry) && typeof shape === "object" && "fields" in shape) {
      renameFields(entry, shape.fields, `${path}.${expected}`, renamed);
    }
  }
}
