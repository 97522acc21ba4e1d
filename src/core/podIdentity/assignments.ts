import { type Facts, isKnown } from "../facts.ts";
import { type Finding, finding } from "../findings/codes.ts";
import { isRecord } from "../kubernetes.ts";
import type { ClusterSource, FoundObject } from "../model.ts";
import { compare } from "../order.ts";
import { isSameClientID } from "../workloadIdentity/workloadIdentity.ts";
import { records } from "../workloads/templateContainers.ts";
import { topOf } from "../workloads/workloads.ts";
import { matchingModes, micAssigns } from "./installation.ts";
import { bindingLabel, type PodIdentityWorld } from "./match.ts";

/** One AzureAssignedIdentity: an identity that MIC has given to a pod, or is about to give or take. */
export interface Assignment {
  name: string;
  /** Absent where the object does not tell. */
  namespace?: string;
  clientID: string;
  /** `Created` and `Unassigned` are on their way; empty (releases up to 1.4) is `Assigned`. */
  state: string;
  /** MIC assigns identities of any type, and NMI refuses those it does not know: nobody uses them. */
  isServed: boolean;
}

/**
 * What MIC wrote about the pods of a cluster in standard mode, beside what is computed. Says nothing where no MIC assigns, and
 * compares nothing where not one AzureAssignedIdentity is there: none at all is no evidence of how single pods are matched.
 */
export class Assignments {
  readonly #world: PodIdentityWorld;
  readonly #byPod = new Map<string, Assignment[]>();
  readonly #podsByTop = new Map<FoundObject, FoundObject[]>();
  readonly #newest: number;

  constructor(facts: Facts, cluster: ClusterSource, world: PodIdentityWorld) {
    this.#world = world;
    this.#newest = newestOf(facts, cluster.id);
    if (!micAssigns(cluster.podIdentity)) return;
    const isComplete = isKnown(facts, cluster.id, "AzureAssignedIdentity");
    for (const found of isComplete ? facts.objects.ofKind(cluster.id, "AzureAssignedIdentity") : []) {
      const { pod, assignment } = readAssignment(found);
      this.#byPod.set(pod, [...(this.#byPod.get(pod) ?? []), assignment]);
    }
    for (const pod of facts.objects.ofKind(cluster.id, "Pod")) {
      // mic.go:createDesiredAssignedIdentityList passes over pods without a node and without a value.
      if (labelOf(pod) === "" || !pod.object.spec?.nodeName) continue;
      const top = topOf(facts, pod);
      const pods = this.#podsByTop.get(top);
      if (pods) pods.push(pod);
      else this.#podsByTop.set(top, [pod]);
    }
  }

  /** One finding at most of each kind for a workload, however many of its pods differ. */
  findingsOf(workload: FoundObject): Finding[] {
    const pods = [...(this.#podsByTop.get(workload) ?? [])].sort((a, b) => compare(a.ref.name, b.ref.name));
    return [...this.#differing(workload, pods), ...this.#holding(workload, pods)];
  }

  #differing(workload: FoundObject, pods: readonly FoundObject[]): Finding[] {
    if (this.#byPod.size === 0) return [];
    const differing = pods.filter(pod => this.#isSettled(pod)).filter(pod => !this.#isAsExpected(pod));
    const [first] = differing;
    if (!first) return [];
    return [
      finding(
        "assignment-differs",
        { subject: workload.ref },
        {
          pod: first.ref.name,
          pods: differing.length,
          expected: this.#expected(first).map(nameOf).sort(compare),
          assigned: this.#assigned(first).map(nameOf).sort(compare),
        },
      ),
    ];
  }

  /** MIC has no filter for phases: a finished pod keeps its identity on the node until somebody deletes the pod. */
  #holding(workload: FoundObject, pods: readonly FoundObject[]): Finding[] {
    const finished = pods.filter(pod => ["Succeeded", "Failed"].includes(String(pod.object.status?.phase)));
    const held = finished
      .map(pod => (this.#byPod.size === 0 ? this.#expected(pod) : this.#assigned(pod).filter(isStanding)))
      .filter(one => one.length > 0);
    if (held.length === 0) return [];
    const identities = [...new Set(held.flat().map(nameOf))].sort(compare);
    return [finding("finished-pods-hold-identity", { subject: workload.ref }, { pods: held.length, identities })];
  }

  #isAsExpected(pod: FoundObject): boolean {
    const assigned = this.#assigned(pod);
    const expected = this.#expected(pod);
    return (
      expected.every(one => assigned.some(other => isSame(one, other))) &&
      assigned.every(one => !one.isServed || one.state === "Unassigned" || expected.some(other => isSame(other, one)))
    );
  }

  #expected(pod: FoundObject): Assignment[] {
    // What NMI drops of it MIC has assigned all the same.
    const modes = this.#world.modes
      .filter(mode => mode.mode === "standard")
      .map(mode => (mode.assignedAcross ? matchingModes.standard : mode));
    const matched = modes.flatMap(mode => this.#world.matchBy(mode, pod.ref.namespace ?? "default", labelOf(pod)));
    const distinct = new Map(matched.map(one => [`${one.namespace}/${one.name}`, one]));
    return [...distinct.values()].map(({ namespace, name, clientID }) => ({
      namespace,
      name,
      clientID,
      state: "",
      isServed: true,
    }));
  }

  #assigned(pod: FoundObject): Assignment[] {
    return this.#byPod.get(`${pod.ref.namespace ?? "default"}/${pod.ref.name}`) ?? [];
  }

  /**
   * Whether MIC must have come to this pod: it runs, stays, and is not among the newest objects of the cluster, by whose age
   * the time of reading is known at least. A sync that changes a scale set takes up to a minute. Where the age is not known,
   * readiness stands in for it.
   */
  #isSettled({ object }: FoundObject): boolean {
    const { status, metadata } = object;
    if (status?.phase !== "Running" || metadata.deletionTimestamp !== undefined) return false;
    if (typeof metadata.creationTimestamp === "string")
      return Date.parse(metadata.creationTimestamp) <= this.#newest - twoMinutes;
    return records(status.conditions).some(one => one.type === "Ready" && one.status === "True");
  }
}

const twoMinutes = 120_000;

function newestOf(facts: Facts, source: string): number {
  let newest = "";
  for (const kind of ["Pod", "ReplicaSet", "Job", "AzureAssignedIdentity"]) {
    for (const { object } of facts.objects.ofKind(source, kind)) {
      const { creationTimestamp } = object.metadata;
      if (typeof creationTimestamp === "string" && creationTimestamp > newest) newest = creationTimestamp;
    }
  }
  return Date.parse(newest);
}

/** mic.go:makeAssignedIDs: the object embeds the AzureIdentity, and its own name is `POD-PODNAMESPACE-IDENTITY`. */
function readAssignment({ ref, object }: FoundObject): { pod: string; assignment: Assignment } {
  const spec = object.spec ?? {};
  const pod = text(spec.pod);
  const podNamespace = text(spec.podNamespace);
  const identity = isRecord(spec.azureIdentityRef) ? spec.azureIdentityRef : {};
  const metadata = isRecord(identity.metadata) ? identity.metadata : {};
  const prefix = `${pod}-${podNamespace}-`;
  const fromName = ref.name.startsWith(prefix) ? ref.name.slice(prefix.length) : ref.name;
  const namespace = text(metadata.namespace);
  const identitySpec = isRecord(identity.spec) ? identity.spec : {};
  return {
    pod: `${podNamespace}/${pod}`,
    assignment: {
      name: text(metadata.name) || fromName,
      ...(namespace === "" ? {} : { namespace }),
      clientID: text(identitySpec.clientID),
      state: text(object.status?.status),
      isServed: [undefined, null, 0, 1, 2].includes(identitySpec.type as number | null | undefined),
    },
  };
}

/** An identity on its way to or from the node explains what its copy of the AzureIdentity still says. */
function isSame(expected: Assignment, assigned: Assignment): boolean {
  return (
    expected.name === assigned.name &&
    (assigned.namespace === undefined || assigned.namespace === expected.namespace) &&
    (!isStanding(assigned) || isSameClientID(expected.clientID, assigned.clientID))
  );
}

function isStanding({ state }: Assignment): boolean {
  return state === "Assigned" || state === "";
}

function nameOf({ namespace, name, clientID }: Assignment): string {
  return `${namespace === undefined ? "" : `${namespace}/`}${name}${clientID === "" ? "" : ` (${clientID})`}`;
}

function labelOf({ object }: FoundObject): string {
  const labels: unknown = object.metadata.labels;
  return isRecord(labels) ? text(labels[bindingLabel]) : "";
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}
