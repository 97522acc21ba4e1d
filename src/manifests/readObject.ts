import { type Finding, finding } from "../core/findings/codes.ts";
import { isRecord, type KubernetesObject } from "../core/kubernetes.ts";
import type { FileLocation, FoundObject, ObjectRef, SourceId } from "../core/model.ts";
import { renameLegacyFields } from "../core/podIdentity/legacyFields.ts";
import { missingFrom } from "./completeness.ts";
import { conform } from "./conform.ts";
import type { ManifestObject } from "./documents.ts";
import { isNamespaced, isPodIdentityKind, isRead } from "./kinds.ts";
import { placeholderKind, placeholdersIn } from "./placeholders.ts";
import { stringsThatDecide } from "./readFields.ts";
import { shapeOf } from "./shapes.ts";

/** What became of one object of a file: nothing at all where it is of no interest. */
export interface ReadObject {
  found?: FoundObject & { location: FileLocation };
  findings: Finding[];
}

/** Makes of an object of a file what the core expects, with a finding for everything that had to be changed, dropped or assumed. */
export function readObject(
  { value, line, placeholders }: ManifestObject,
  about: { source: SourceId; file: string; defaultNamespace: string },
): ReadObject {
  const at: FileLocation = { file: about.file, line };
  const { apiVersion, kind } = value;
  const incomplete = (reason: string): ReadObject => ({ findings: [finding("object-incomplete", { at }, { reason })] });
  if (typeof kind !== "string") return { findings: [] };
  if (typeof apiVersion !== "string")
    return isPodIdentityKind(kind) ? incomplete("apiVersion is missing") : { findings: [] };
  const unrendered = [...placeholdersIn(kind), ...placeholdersIn(apiVersion)];
  if (unrendered.length > 0) return { findings: [templateNotRendered({ at }, unrendered)] };
  if (!isRead({ apiVersion, kind })) return { findings: [] };
  if (!isRecord(value.metadata)) return incomplete(`${kind} without metadata`);

  const renamed = renameLegacyFields(value);
  const problems = conform(value, shapeOf({ apiVersion, kind }));
  const { metadata } = value;
  const name = metadata.name || metadata.generateName;
  if (typeof name !== "string") return incomplete([`${kind} without metadata.name`, ...problems].join("; "));
  metadata.name = name;
  reduceManagedFields(metadata);

  // conform() has seen to the types of all fields that KubernetesObject names.
  const object = value as unknown as KubernetesObject;
  const ref: ObjectRef = {
    source: about.source,
    apiVersion,
    kind,
    ...(isNamespaced({ apiVersion, kind }) && { namespace: object.metadata.namespace || about.defaultNamespace }),
    name,
  };
  const findings = renamed.map(args => finding("legacy-field-case", { subject: ref, at }, { ...args }));
  const texts = new Set(placeholders);
  for (const text of stringsThatDecide(object)) for (const placeholder of placeholdersIn(text)) texts.add(placeholder);
  if (texts.size > 0) findings.push(templateNotRendered({ subject: ref, at }, [...texts]));
  // A field of another type has been taken out: it is not missing besides.
  const missing = missingFrom(object).filter(
    text => !problems.some(one => one.startsWith(text.replace(/missing$/, ""))),
  );
  const reasons = [...problems, ...missing];
  if (reasons.length > 0)
    findings.push(finding("object-incomplete", { subject: ref, at }, { reason: shortList(reasons, "; ") }));
  return { found: { ref, object, location: at }, findings };
}

/** The finding for a document or object with placeholders, of which it names a few. */
export function templateNotRendered(about: { subject?: ObjectRef; at: FileLocation }, texts: string[]): Finding {
  const kind = texts.some(text => placeholderKind(text) === "helm") ? "helm" : "placeholder";
  const short = texts.map(text => (text.length > 80 ? `${text.slice(0, 77)}...` : text));
  return finding("template-not-rendered", about, { kind, text: shortList(short, ", ") });
}

function shortList(entries: string[], separator: string): string {
  const shown = entries.slice(0, 5).join(separator);
  return entries.length > 5 ? `${shown}${separator}and ${entries.length - 5} more` : shown;
}

/** Dumps of live objects carry `managedFields`: only who owns fields matters, as with a live cluster. */
function reduceManagedFields(metadata: Record<string, unknown>): void {
  const { managedFields } = metadata;
  delete metadata.managedFields;
  if (!Array.isArray(managedFields)) return;
  const managers = managedFields.flatMap((entry: unknown) =>
    isRecord(entry) && typeof entry.manager === "string" ? [entry.manager] : [],
  );
  metadata.managers = [...new Set(managers)];
}
