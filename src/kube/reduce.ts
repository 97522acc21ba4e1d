import { type FieldManager, isRecord, type KubernetesObject } from "../core/kubernetes.ts";
import type { RawObject } from "./list.ts";
import { pick, pickKeys, pickPaths } from "./pick.ts";
import { reducePod } from "./reducePod.ts";
import type { Resource } from "./resources.ts";
import { watchedIn } from "./withoutFieldsV1.ts";

/**
 * What is kept of a listed object: the fields that the core or a guard reads. Values are shared with the page they came in,
 * never copied and never invented; only `metadata.managers` and `metadata.fieldManagers` are new, the distinct managers of
 * `managedFields`, and those of the watched fields.
 */
export function reduceObject(raw: RawObject, resource: Resource): KubernetesObject {
  const { apiVersion, kind } = resource;
  const kept = resource.fields
    ? {
        metadata: metadataOf(raw),
        ...pickPaths(raw, resource.fields),
        ...(resource.fields.includes("webhooks") ? webhooksOf(raw) : {}),
      }
    : fieldsOf(raw, kind);
  return { apiVersion, kind, ...kept } as KubernetesObject;
}

function fieldsOf(raw: RawObject, kind: string): Record<string, unknown> {
  switch (kind) {
    case "Pod":
      return reducePod(raw);
    case "ReplicaSet":
    case "Job":
      if (hasController(raw)) return { metadata: metadataOf(raw), ...copiedTemplateOf(raw) };
      return workloadOf(raw);
    case "Deployment":
    case "StatefulSet":
    case "DaemonSet":
    case "ReplicationController":
    case "CronJob":
      return workloadOf(raw);
    case "ServiceAccount":
      return {
        metadata: metadataOf(raw),
        ...pick(raw, ["imagePullSecrets", "automountServiceAccountToken", "secrets"]),
      };
    case "RoleBinding":
    case "ClusterRoleBinding":
      return { metadata: metadataOf(raw), ...pick(raw, ["roleRef", "subjects"]) };
    case "MutatingWebhookConfiguration":
      return { metadata: metadataOf(raw), ...webhooksOf(raw) };
    case "AzureAssignedIdentity":
      return { metadata: metadataOf(raw), ...pick(raw, ["spec", "status"]) };
    default:
      return { metadata: metadataOf(raw), ...pick(raw, ["spec"]) };
  }
}

/** Guards compare exact values and rollouts are judged by status, so that both stay whole. */
function workloadOf(raw: RawObject): Record<string, unknown> {
  return { metadata: metadataOf(raw), ...pick(raw, ["spec", "status"]) };
}

/** Controllers make these objects from their own template: of a copy only the labels and the account say something. */
function copiedTemplateOf(raw: RawObject): Record<string, unknown> {
  const template = isRecord(raw.spec) && isRecord(raw.spec.template) ? raw.spec.template : {};
  const { metadata, spec } = template;
  const kept: Record<string, unknown> = {};
  if (isRecord(metadata) && isRecord(metadata.labels)) kept.metadata = { labels: metadata.labels };
  const account = isRecord(spec) ? pick(spec, ["serviceAccountName", "serviceAccount"]) : {};
  if (Object.keys(account).length > 0) kept.spec = account;
  return Object.keys(kept).length === 0 ? {} : { spec: { template: kept } };
}

function hasController(raw: RawObject): boolean {
  const owners = raw.metadata.ownerReferences;
  return Array.isArray(owners) && owners.some(owner => isRecord(owner) && owner.controller === true);
}

/** Without the certificate bundles, which nobody reads. */
function webhooksOf(raw: RawObject): Record<string, unknown> {
  if (!Array.isArray(raw.webhooks)) return {};
  return {
    webhooks: raw.webhooks.map(webhook => {
      if (!isRecord(webhook) || !isRecord(webhook.clientConfig)) return webhook;
      const { caBundle: _dropped, ...clientConfig } = webhook.clientConfig;
      return { ...webhook, clientConfig };
    }),
  };
}

const metadataKeys = [
  "name",
  "generateName",
  "namespace",
  "uid",
  "resourceVersion",
  "generation",
  "creationTimestamp",
  "deletionTimestamp",
  "labels",
  "ownerReferences",
  "finalizers",
] as const;

function metadataOf(raw: RawObject): Record<string, unknown> {
  const metadata: Record<string, unknown> = pick(raw.metadata, metadataKeys);
  if (isRecord(raw.metadata.annotations)) {
    // kubectl's copy of the whole manifest: as big as the object, and stale.
    const annotations = pickKeys(
      raw.metadata.annotations,
      key => key !== "kubectl.kubernetes.io/last-applied-configuration",
    );
    if (annotations) metadata.annotations = annotations;
  }
  const managers = managersOf(raw.metadata.managedFields);
  if (managers.length > 0) metadata.managers = managers;
  // What a controller makes is changed through its controller, whoever manages its fields.
  const fieldManagers = hasController(raw) ? [] : fieldManagersOf(raw.metadata.managedFields);
  if (fieldManagers.length > 0) metadata.fieldManagers = fieldManagers;
  return metadata;
}

function managersOf(managedFields: unknown): string[] {
  if (!Array.isArray(managedFields)) return [];
  const names = managedFields.map(entry => (isRecord(entry) ? entry.manager : undefined));
  return [...new Set(names.filter(name => typeof name === "string"))];
}

/** The server has those that apply before those that update; here the last to write comes last. */
function fieldManagersOf(managedFields: unknown): FieldManager[] {
  if (!Array.isArray(managedFields)) return [];
  return managedFields
    .flatMap(entry => {
      if (!isRecord(entry) || typeof entry.manager !== "string") return [];
      const { manager, time } = entry;
      const fields = watchedIn(entry);
      return fields.length === 0 ? [] : [{ manager, fields, time: typeof time === "string" ? time : "" }];
    })
    .sort((a, b) => (a.time < b.time ? -1 : a.time > b.time ? 1 : 0))
    .map(({ manager, fields }) => ({ manager, fields }));
}
