import { canonicalJson, suffixOf } from "../identifiers.ts";
import { controllerReference, copy, type PodTemplate, type Workload } from "../object.ts";
import { type Control, controlledBy, current, type Reconcile, remove } from "./control.ts";
import { type DeploymentStep, writeDeploymentStatus } from "./deploymentStatus.ts";
import { isActive, isFinished, podsOf } from "./pods.ts";
import { rollingLimits, scaleDownOld, scaleUpNew } from "./rollingUpdate.ts";

const REVISION = "deployment.kubernetes.io/revision";
const HASH = "pod-template-hash";
/** Annotations of a Deployment that its ReplicaSets do not get (pkg/controller/deployment/util annotationsToSkip). */
const NOT_COPIED = [REVISION, "kubectl.kubernetes.io/last-applied-configuration", "deprecated.deployment.rollback.to"];

/** kubernetes pkg/controller/deployment: one ReplicaSet per template, scaled by the strategy. */
export const reconcileDeployment: Reconcile = (control, object) => {
  const deployment = object as Workload;
  if (deployment.metadata.deletionTimestamp !== undefined) return;
  const known = replicaSetsOf(control, deployment);
  const same = known.find(set => templateKey(set.spec.template) === templateKey(deployment.spec.template));
  if (deployment.spec.paused === true) {
    writeDeploymentStatus(control, deployment, { newSet: same, sets: known, step: "paused" });
    return;
  }
  const old = known.filter(set => set !== same);
  let step: DeploymentStep = "none";
  let newSet = same;
  const recreate = (deployment.spec.strategy as { type?: string } | undefined)?.type === "Recreate";
  const oldPodsLeft = old.some(set => podsOf(control, set).some(pod => !isFinished(pod)));
  if (!newSet && !(recreate && oldPodsLeft)) {
    newSet = createReplicaSet(control, deployment, old);
    step = "created";
  }
  if (newSet && same) newSet = adopt(control, deployment, { newSet, old });
  if (recreate) {
    for (const set of old) scale(control, set, 0);
    if (newSet && !oldPodsLeft) scale(control, newSet, deployment.spec.replicas ?? 1);
  } else if (newSet) {
    const limits = rollingLimits(deployment);
    const sets = { newSet, old };
    scale(control, newSet, scaleUpNew(sets, limits));
    for (const [set, replicas] of scaleDownOld(
      { newSet: fresh(control, newSet), old: old.map(set => fresh(control, set)) },
      limits,
    )) {
      scale(control, set, replicas);
    }
  }
  const sets = replicaSetsOf(control, deployment);
  const present = newSet && sets.find(set => set.metadata.uid === newSet.metadata.uid);
  writeDeploymentStatus(control, deployment, { newSet: present, sets, step });
  forgetOld(
    control,
    deployment,
    sets.filter(set => set.metadata.uid !== newSet?.metadata.uid),
  );
};

function replicaSetsOf(control: Control, deployment: Workload): Workload[] {
  return controlledBy(control, deployment, "ReplicaSet") as Workload[];
}

function templateKey(template: PodTemplate): string {
  const { [HASH]: _hash, ...labels } = template.metadata?.labels ?? {};
  return canonicalJson({ labels, annotations: template.metadata?.annotations ?? {}, spec: template.spec });
}

function createReplicaSet(control: Control, deployment: Workload, old: Workload[]): Workload {
  const { name = "", namespace, annotations } = deployment.metadata;
  const template = copy(deployment.spec.template);
  const hash = suffixOf(templateKey(template), 10);
  const labels = { ...template.metadata?.labels, [HASH]: hash };
  template.metadata = { ...template.metadata, labels };
  const created = control.registry.create(control.catalogue.byKind("ReplicaSet"), {
    apiVersion: "apps/v1",
    kind: "ReplicaSet",
    metadata: {
      name: `${name}-${hash}`,
      ...(namespace === undefined ? {} : { namespace }),
      labels,
      annotations: { ...copied(annotations), ...counts(deployment), [REVISION]: String(lastRevision(old) + 1) },
      ownerReferences: [controllerReference(deployment)],
    },
    spec: {
      replicas: 0,
      ...(deployment.spec.minReadySeconds === undefined ? {} : { minReadySeconds: deployment.spec.minReadySeconds }),
      selector: { ...deployment.spec.selector, matchLabels: { ...deployment.spec.selector.matchLabels, [HASH]: hash } },
      template,
    },
  }) as Workload;
  markRevision(control, deployment, created);
  return created;
}

/** Brings the ReplicaSet of the present template up to date: the Deployment's annotations, and a new revision when it was an old one. */
function adopt(
  control: Control,
  deployment: Workload,
  { newSet, old }: { newSet: Workload; old: Workload[] },
): Workload {
  const revision = Math.max(revisionOf(newSet), lastRevision(old) + 1);
  const annotations = {
    ...newSet.metadata.annotations,
    ...copied(deployment.metadata.annotations),
    ...counts(deployment),
    [REVISION]: String(revision),
  };
  const updated = write(control, newSet, set => ({ ...set, metadata: { ...set.metadata, annotations } }));
  markRevision(control, deployment, updated);
  return updated;
}

function markRevision(control: Control, deployment: Workload, newSet: Workload): void {
  const revision = newSet.metadata.annotations?.[REVISION] ?? "1";
  if (deployment.metadata.annotations?.[REVISION] === revision) return;
  const kind = control.catalogue.byKind("Deployment");
  const stored = current(control, deployment);
  if (!stored) return;
  // The real controller writes it together with the status, where annotations raise no generation.
  const marked = copy(stored);
  marked.metadata.annotations = { ...marked.metadata.annotations, [REVISION]: revision };
  control.storage.put(kind, marked);
}

function forgetOld(control: Control, deployment: Workload, old: Workload[]): void {
  const limit = Number(deployment.spec.revisionHistoryLimit ?? 10);
  const idle = old.filter(set => set.spec.replicas === 0 && podsOf(control, set).every(pod => !isActive(pod)));
  const byRevision = idle.toSorted((a, b) => revisionOf(a) - revisionOf(b));
  for (const set of byRevision.slice(0, Math.max(0, idle.length - limit))) remove(control, set);
}

function scale(control: Control, set: Workload, replicas: number): void {
  write(control, set, stored => ({ ...stored, spec: { ...(stored as Workload).spec, replicas } }));
}

function write(control: Control, set: Workload, change: (set: Workload) => object): Workload {
  const kind = control.catalogue.byKind("ReplicaSet");
  const { namespace, name = "" } = set.metadata;
  return control.registry.update(kind, { namespace, name }, stored => change(stored as Workload) as Workload)
    .object as Workload;
}

function fresh(control: Control, set: Workload): Workload {
  return (current(control, set) as Workload | undefined) ?? set;
}

const revisionOf = (set: Workload) => Number(set.metadata.annotations?.[REVISION] ?? 0);
const lastRevision = (sets: Workload[]) => Math.max(0, ...sets.map(revisionOf));

function copied(annotations: Record<string, string> = {}): Record<string, string> {
  return Object.fromEntries(Object.entries(annotations).filter(([key]) => !NOT_COPIED.includes(key)));
}

function counts(deployment: Workload): Record<string, string> {
  const { replicas, maxSurge } = rollingLimits(deployment);
  return {
    "deployment.kubernetes.io/desired-replicas": String(replicas),
    "deployment.kubernetes.io/max-replicas": String(replicas + maxSurge),
  };
}
