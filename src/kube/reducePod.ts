import { isRecord } from "../core/kubernetes.ts";
import type { RawObject } from "./list.ts";
import { pick, pickKeys } from "./pick.ts";

/**
 * A pod, by far the most frequent object, down to what matching and verification read (PodSpec in core/kubernetes.ts): who owns it, which
 * account it runs as, what the webhook put into it, and whether it is well.
 */
export function reducePod(raw: RawObject): Record<string, unknown> {
  const pod: Record<string, unknown> = { metadata: metadataOf(raw.metadata) };
  if (isRecord(raw.spec)) pod.spec = specOf(raw.spec);
  if (isRecord(raw.status)) pod.status = statusOf(raw.status);
  return pod;
}

const metadataKeys = [
  "name",
  "namespace",
  "uid",
  "generateName",
  "creationTimestamp",
  "labels",
  "ownerReferences",
  "deletionTimestamp",
];

// Workload identity, static pods (kubernetes.io/config.*), and the tools that own objects.
const annotationPattern =
  /^azure\.workload\.identity\/|(^|\.)(kubernetes|k8s)\.io\/config\.|^([\w-]+\.)*(argoproj\.io|fluxcd\.io|cattle\.io|pulumi\.com)\/|^meta\.helm\.sh\//;

function metadataOf(raw: Record<string, unknown>): Record<string, unknown> {
  const metadata = pick(raw, metadataKeys);
  const annotations = isRecord(raw.annotations) && pickKeys(raw.annotations, key => annotationPattern.test(key));
  if (annotations) metadata.annotations = annotations;
  return metadata;
}

const specKeys = ["serviceAccountName", "serviceAccount", "hostNetwork", "nodeName", "nodeSelector", "os"];

function specOf(raw: Record<string, unknown>): Record<string, unknown> {
  const spec = pick(raw, specKeys);
  for (const key of ["containers", "initContainers"]) {
    const containers = raw[key];
    if (Array.isArray(containers)) spec[key] = containers.filter(isRecord).map(containerOf);
  }
  const volumes = Array.isArray(raw.volumes) ? raw.volumes.filter(isRecord).flatMap(volumeOf) : [];
  if (volumes.length > 0) spec.volumes = volumes;
  return spec;
}

function containerOf(raw: Record<string, unknown>): Record<string, unknown> {
  const container = pick(raw, ["name", "image"]);
  if (Array.isArray(raw.env)) {
    container.env = raw.env.filter(isRecord).map(variable => {
      const readable =
        typeof variable.name === "string" && /^AZURE_/.test(variable.name) && !secret.test(variable.name);
      return pick(variable, readable ? ["name", "value"] : ["name"]);
    });
  }
  return container;
}

/** Values that are never kept, whatever the prefix: AZURE_CLIENT_SECRET, AZURE_STORAGE_KEY, connection strings. */
const secret = /SECRET|PASSW|PASSPHRASE|CREDENTIAL|KEY|SAS|CONNECTION|TOKEN$/;

/** What pods mount through pod identity, for those whose template is not seen. */
function volumeOf(raw: Record<string, unknown>): Record<string, unknown>[] {
  const { csi, flexVolume } = raw;
  if (isRecord(csi) && isRecord(csi.volumeAttributes) && "secretProviderClass" in csi.volumeAttributes) {
    const volumeAttributes = pick(csi.volumeAttributes, ["secretProviderClass"]);
    return [{ ...pick(raw, ["name"]), csi: { ...pick(csi, ["driver"]), volumeAttributes } }];
  }
  if (isRecord(flexVolume) && isRecord(flexVolume.options) && "usepodidentity" in flexVolume.options) {
    const options = pick(flexVolume.options, ["usepodidentity"]);
    return [{ ...pick(raw, ["name"]), flexVolume: { ...pick(flexVolume, ["driver"]), options } }];
  }
  return tokenVolumeOf(raw);
}

function tokenVolumeOf(raw: Record<string, unknown>): Record<string, unknown>[] {
  const sources = isRecord(raw.projected) ? raw.projected.sources : undefined;
  if (!Array.isArray(sources)) return [];
  const tokens = sources.filter(source => isRecord(source) && isRecord(source.serviceAccountToken));
  if (tokens.length === 0) return [];
  return [
    {
      ...pick(raw, ["name"]),
      projected: { sources: tokens.map(source => ({ serviceAccountToken: source.serviceAccountToken })) },
    },
  ];
}

function statusOf(raw: Record<string, unknown>): Record<string, unknown> {
  const status = pick(raw, ["phase", "podIP"]);
  if (Array.isArray(raw.conditions)) {
    const ready = raw.conditions.filter(condition => isRecord(condition) && condition.type === "Ready");
    if (ready.length > 0) status.conditions = ready.map(condition => pick(condition, ["type", "status", "reason"]));
  }
  for (const key of ["containerStatuses", "initContainerStatuses"]) {
    const statuses = raw[key];
    if (Array.isArray(statuses)) status[key] = statuses.filter(isRecord).map(containerStatusOf);
  }
  return status;
}

function containerStatusOf(raw: Record<string, unknown>): Record<string, unknown> {
  const status = pick(raw, ["name", "ready", "restartCount"]);
  const waiting = isRecord(raw.state) ? raw.state.waiting : undefined;
  if (isRecord(waiting)) status.state = { waiting: pick(waiting, ["reason"]) };
  return status;
}
