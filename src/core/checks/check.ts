import type { ServiceAccountChoice } from "../accounts/serviceAccounts.ts";
import type { Awaited } from "../consumers/detect.ts";
import type { decisionFor } from "../decisions.ts";
import type { Facts } from "../facts.ts";
import type { KubernetesObject, PodTemplate } from "../kubernetes.ts";
import type { Change, ClusterSource, Decisions, Finding, Usage } from "../model.ts";

/** A usage that is being mapped, with what every check asks for. */
export interface CheckedUsage {
  facts: Facts;
  decisions: Decisions;
  /** Everything that is decided for this workload, its own entry of the config file first. */
  decision: ReturnType<typeof decisionFor>;
  usage: Usage;
  account: ServiceAccountChoice;
  workload: KubernetesObject;
  template: PodTemplate | undefined;
  /** Undefined where the usage is of files alone. */
  cluster: ClusterSource | undefined;
  /** Through whom else its pods use pod identity. */
  awaited: Readonly<Awaited>;
  /** What its template lacks; empty where it is on workload identity already. */
  changes: readonly Change[];
}

/** What a check has to say: why the mapping is as it is, what blocks it, or its switch alone, what could not be looked at. */
export interface Verdict {
  reasons?: Finding[];
  blocks?: Finding[];
  /** For what service accounts and credentials do not depend on: it may be put right before the pods need it. */
  switchBlocks?: Finding[];
  notChecked?: Finding[];
}

/** What several have to say, in their order. */
export function joinedVerdicts(...verdicts: readonly Verdict[]): Required<Verdict> {
  return {
    reasons: verdicts.flatMap(({ reasons = [] }) => reasons),
    blocks: verdicts.flatMap(({ blocks = [] }) => blocks),
    switchBlocks: verdicts.flatMap(({ switchBlocks = [] }) => switchBlocks),
    notChecked: verdicts.flatMap(({ notChecked = [] }) => notChecked),
  };
}

/** One concern of a mapping. */
export type Check = (checked: CheckedUsage) => Verdict;
