import { isRecord } from "../../core/kubernetes.ts";
import { apiVersionOf } from "./catalogue.ts";
import type { ServedKind } from "./kinds.ts";
import { copy, type KubernetesObject, type Pod, timestamp } from "./object.ts";
import { cause, conflict, invalid, notFound } from "./status.ts";
import type { Storage } from "./storage.ts";
import { resourceOf } from "./systemFields.ts";
import type { Timeline } from "./timeline.ts";

export type PropagationPolicy = "Orphan" | "Background" | "Foreground";

export interface DeleteOptions {
  dryRun?: boolean;
  uid?: string;
  resourceVersion?: string;
  propagationPolicy?: PropagationPolicy;
  gracePeriodSeconds?: number;
}

/** These answer a DELETE with the object (ReturnDeletedObject in kubernetes pkg/registry), all others with a Status. */
const RETURNED = ["Namespace", "PersistentVolumeClaim", "Pod", "ResourceQuota", "ServiceAccount", "Service"];
const POLICIES = ["Foreground", "Background", "Orphan"] as const;
const isPolicy = (value: unknown): value is PropagationPolicy => POLICIES.some(policy => policy === value);
const POLICY_FINALIZERS: Partial<Record<PropagationPolicy, string>> = {
  Foreground: "foregroundDeletion",
  Orphan: "orphan",
};

/** Reads the options from the body and the query of a DELETE, where the body wins. */
export function readDeleteOptions(body: unknown, query: URLSearchParams): DeleteOptions {
  const given = isRecord(body) ? body : {};
  const preconditions = isRecord(given.preconditions) ? given.preconditions : {};
  const dryRun = Array.isArray(given.dryRun) ? given.dryRun.includes("All") : query.get("dryRun") === "All";
  const policy = given.propagationPolicy ?? query.get("propagationPolicy") ?? undefined;
  const seconds = given.gracePeriodSeconds ?? query.get("gracePeriodSeconds") ?? undefined;
  if (policy !== undefined && !isPolicy(policy)) {
    const refused = cause.unsupported("propagationPolicy", policy, [...POLICIES, "nil"]);
    throw invalid({ group: "meta.k8s.io", resource: "DeleteOptions" }, "", [refused]);
  }
  return {
    dryRun,
    ...(typeof preconditions.uid === "string" ? { uid: preconditions.uid } : {}),
    ...(typeof preconditions.resourceVersion === "string" ? { resourceVersion: preconditions.resourceVersion } : {}),
    ...(policy === undefined ? {} : { propagationPolicy: policy }),
    ...(seconds === undefined ? {} : { gracePeriodSeconds: Number(seconds) }),
  };
}

/** Deletes objects: preconditions, finalizers, graceful end of pods, and the finalizers by which the garbage collector works. */
export class Deletion {
  readonly #storage: Storage;
  readonly #timeline: Timeline;

  constructor(storage: Storage, timeline: Timeline) {
    this.#storage = storage;
    this.#timeline = timeline;
  }

  /** Deletes an object, or marks it for deletion; returns the body of the answer. Throws an ApiError. */
  delete(
    kind: ServedKind,
    { namespace, name }: { namespace: string | undefined; name: string },
    options: DeleteOptions = {},
  ): object {
    const current = this.#storage.get(kind, namespace, name);
    if (!current) throw notFound(resourceOf(kind), name);
    checkPreconditions(kind, current, options);
    const next = copy(current);
    const { metadata } = next;
    const finalizers = [...(metadata.finalizers ?? []), ...policyFinalizer(kind, options)];
    const grace = gracePeriod(kind, current, options);
    if (finalizers.length === 0 && grace === 0 && kind.kind !== "Namespace") {
      if (!options.dryRun) this.#storage.remove(kind, current);
      return RETURNED.includes(kind.kind) ? current : success(kind, current);
    }
    if (metadata.deletionTimestamp === undefined) {
      metadata.deletionTimestamp = timestamp(this.#timeline.now() + grace * 1000);
      metadata.deletionGracePeriodSeconds = grace;
      if (metadata.generation !== undefined) metadata.generation++;
      if (finalizers.length > 0) metadata.finalizers = [...new Set(finalizers)];
      if (kind.kind === "Namespace") next.status = { phase: "Terminating" };
    }
    if (options.dryRun) return next;
    return metadata.deletionTimestamp === current.metadata.deletionTimestamp ? current : this.#storage.put(kind, next);
  }
}

function checkPreconditions(kind: ServedKind, current: KubernetesObject, options: DeleteOptions): void {
  const { uid, resourceVersion } = current.metadata;
  const subject = { group: kind.group, resource: kind.kind };
  const name = current.metadata.name ?? "";
  if (options.uid !== undefined && options.uid !== uid) {
    const why = `the UID in the precondition (${options.uid}) does not match the UID in record (${uid})`;
    throw conflict(subject, name, `${why}. The object might have been deleted and then recreated`);
  }
  if (options.resourceVersion !== undefined && options.resourceVersion !== resourceVersion) {
    const why = `the ResourceVersion in the precondition (${options.resourceVersion}) does not match the ResourceVersion in record (${resourceVersion})`;
    throw conflict(subject, name, `${why}. The object might have been modified`);
  }
}

/** Jobs orphan their pods unless told otherwise (kubernetes pkg/registry/batch/job/strategy.go DefaultGarbageCollectionPolicy). */
function policyFinalizer(kind: ServedKind, options: DeleteOptions): string[] {
  const policy = options.propagationPolicy ?? (kind.kind === "Job" ? "Orphan" : "Background");
  const finalizer = POLICY_FINALIZERS[policy];
  return finalizer === undefined ? [] : [finalizer];
}

function gracePeriod(kind: ServedKind, object: KubernetesObject, options: DeleteOptions): number {
  if (kind.kind !== "Pod") return 0;
  const { spec, status } = object as Pod;
  if (spec.nodeName === undefined || status.phase === "Succeeded" || status.phase === "Failed") return 0;
  return options.gracePeriodSeconds ?? Number(spec.terminationGracePeriodSeconds ?? 30);
}

function success(kind: ServedKind, object: KubernetesObject): object {
  const { name, uid } = object.metadata;
  return {
    kind: "Status",
    apiVersion: apiVersionOf({ group: "", version: "v1" }),
    metadata: {},
    status: "Success",
    details: { name, ...(kind.group === "" ? {} : { group: kind.group }), kind: kind.plural, uid },
  };
}
