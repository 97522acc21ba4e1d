import { isRecord, kindKey } from "../kubernetes.ts";
import type { FoundObject, Installation } from "../model.ts";
import { isVersionAtLeast } from "../versions.ts";

/** A field of a pod identity object in a spelling that only releases up to 1.5.5 read. */
export interface LegacyField {
  field: string;
  expected: string;
}

/** Fields by their names, with those below them. */
interface Fields {
  readonly [field: string]: Fields;
}

const leaf = {};

const azureIdentity = {
  type: leaf,
  resourceID: leaf,
  clientID: leaf,
  clientPassword: { name: leaf, namespace: leaf },
  tenantID: leaf,
  auxiliaryTenantIDs: leaf,
  adEndpoint: leaf,
  adResourceID: leaf,
  replicas: leaf,
};

const azureIdentityBinding = { azureIdentity: leaf, selector: leaf, weight: leaf };

/** The `spec` of pod identity's kinds in the only spelling that releases since 1.6.0 read (pkg/apis/aadpodidentity/v1/types.go). */
export const podIdentityFields = {
  AzureIdentity: azureIdentity,
  AzureIdentityBinding: azureIdentityBinding,
  AzurePodIdentityException: { podLabels: leaf },
  AzureAssignedIdentity: {
    azureIdentityRef: { spec: azureIdentity },
    azureBindingRef: { spec: azureIdentityBinding },
    pod: leaf,
    podNamespace: leaf,
    nodename: leaf,
  },
} satisfies Record<string, Fields>;

/** Whether NMI or MIC here take a field in any case: up to 1.5.5 encoding/json did, and their own tags were in lower case. */
export function readsLegacyFields(installations: readonly Installation[]): boolean {
  return installations.some(({ nmi, mic }) => [nmi, mic].some(version => isVersionAtLeast(version, "1.6.0") === false));
}

/** A live object as those releases read it; what was read is shared, so that a copy is changed. */
export function asLegacyReleasesRead(found: FoundObject): FoundObject {
  if (!Object.hasOwn(podIdentityFields, kindKey(found.ref)) || !isRecord(found.object.spec)) return found;
  const object = { ...found.object, spec: structuredClone(found.object.spec) };
  renameLegacyFields(object);
  return { ...found, object };
}

/**
 * Renames, in place, the fields of a pod identity object's `spec` to the camelCase that releases since 1.6.0 insist on; any casing counts,
 * as it did for the encoding/json of the older ones. Where both spellings are there the right one stays.
 */
export function renameLegacyFields(object: { readonly [field: string]: unknown }): LegacyField[] {
  const { kind, spec } = object;
  const fields = Object.entries<Fields>(podIdentityFields).find(([name]) => name === kind)?.[1];
  const renamed: LegacyField[] = [];
  if (fields && isRecord(spec)) renameFields(spec, fields, "spec", renamed);
  return renamed;
}

function renameFields(value: Record<string, unknown>, fields: Fields, path: string, renamed: LegacyField[]): void {
  const byLowerCase = new Map(Object.entries(fields).map(([name, below]) => [name.toLowerCase(), { name, below }]));
  for (const key of Object.keys(value)) {
    const expected = byLowerCase.get(key.toLowerCase());
    if (expected === undefined) continue;
    const { name, below } = expected;
    if (key !== name) {
      renamed.push({ field: `${path}.${key}`, expected: `${path}.${name}` });
      value[name] ??= value[key];
      delete value[key];
    }
    const entry = value[name];
    if (isRecord(entry)) renameFields(entry, below, `${path}.${name}`, renamed);
  }
}
