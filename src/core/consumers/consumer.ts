import type { Facts } from "../facts.ts";
import type { ReadKind } from "../kinds.ts";
import type { Change, Finding, FoundObject, ObjectRef, SourceId, Usage } from "../model.ts";
import type { Workload } from "../workloads/workloads.ts";

/** What a usage through a consumer says in its field `via`. */
export const consumerNames = [
  "secrets-store-csi",
  "keda",
  "external-secrets",
  "cert-manager",
  "external-dns",
  "agic",
  "azure-service-operator",
  "velero",
  "flux",
  "argocd",
  "crossplane",
  "prometheus",
  "grafana",
  "dapr",
  "akv2k8s",
  "helm",
] as const;

export type ConsumerName = (typeof consumerNames)[number];

/** One source as a consumer sees it. */
export interface ConsumerView {
  facts: Facts;
  source: SourceId;
  /** Every workload of the source, with its live pods. */
  workloads: readonly Workload[];
  /** What a workload gets of pod identity by its own label; undefined where it has no part in that. */
  usageOf(workload: ObjectRef): Usage | undefined;
  /** Whether a consumer that was asked before has told of this object of the source. */
  isTold(object: FoundObject): boolean;
}

/**
 * One object through which pods use pod identity. `legacy`: it asks IMDS, so that NMI answers. `migrated`: it asks for a token
 * of workload identity. What nobody can see here (a Secret's content) is a finding of its own and not guessed.
 */
export interface ConsumerUse {
  consumer: ConsumerName;
  object: FoundObject;
  state: "legacy" | "migrated";
  /** Version of the consumer's program, from its image, without v. */
  version?: string;
  /** The identity that the object names, as it stands there; absent: whatever the pods get. */
  clientID?: string;
  resourceID?: string;
  /**
   * The workloads whose pods ask for the token: those that mount the volume, the operator itself. They wait for this object
   * (`checks/consumers.ts`), unless it goes over with them.
   */
  askedBy: readonly ObjectRef[];
  /** Nothing of the object has to be changed before its pods are: it takes whatever they get. Such a use blocks nobody. */
  follows?: "pods";
  /** The first version of the program that can do it with workload identity, without v: an older one blocks `askedBy`. */
  needsVersion?: string;
  /** The objects that go by it: the ScaledObjects of a TriggerAuthentication. */
  usedBy?: readonly ObjectRef[];
  /** The fields to change, exact, where they are known; what this tool will do itself one day. */
  changes: readonly Change[];
}

/** A kind that could not be read, and the workloads of which nobody can say what they do through its objects. */
export interface UnreadKind {
  /** As `kindKey` names it. */
  kind: string;
  askedBy: readonly ObjectRef[];
}

/** One indirect user of pod identity: which kinds it reads, and who uses which identity through it. Decides from facts alone. */
export interface Consumer {
  name: ConsumerName;
  kinds: readonly ReadKind[];
  detect(view: ConsumerView): { uses: ConsumerUse[]; findings: Finding[]; unread?: UnreadKind[] };
}
