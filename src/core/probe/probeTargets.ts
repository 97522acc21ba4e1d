import { blockedFrom } from "../blocked.ts";
import type { Check } from "../documents/verification.ts";
import { isPrepared } from "../exchange/exchangeSubjects.ts";
import { clusterSource, type Facts, isKnown, nameOf } from "../facts.ts";
import { type KubernetesObject, podTemplatePath } from "../kubernetes.ts";
import type { Decisions, Mapping, ObjectRef, Usage } from "../model.ts";
import { isBound } from "../trust/backend.ts";

/** A workload of which a probe is to be made. */
export interface ProbeTarget {
  usage: string;
  workload: ObjectRef;
  serviceAccount: string;
  /** All of its namespace. */
  services: readonly KubernetesObject[];
  /** Its egress is not known to be open: without a probe that passes it must not be switched. */
  isNeeded: boolean;
  /** It gets one identity: a pod that exchanges a token has shown all that there is to show. */
  isOneIdentity: boolean;
  /** Azure was seen to have the credentials that its token is to fit; without them Entra would remember the refusal. */
  isPrepared: boolean;
  /** Why no probe can be made of it. */
  impossible?: string;
}

export interface ProbeProof {
  target: ProbeTarget;
  result: Check["result"];
  /** One sentence. */
  evidence: string;
}

/** The workloads of clusters among these usages that are to be prepared at least, in their order. */
export function probeTargets(
  facts: Facts,
  decisions: Decisions,
  { usages, mappings }: { usages: readonly Usage[]; mappings: readonly Mapping[] },
): ProbeTarget[] {
  const byId = new Map(mappings.map(mapping => [mapping.usage, mapping]));
  return usages.flatMap(usage => {
    const mapping = byId.get(usage.id);
    const { workload } = usage;
    const { source, namespace = "default" } = workload;
    if (!mapping || blockedFrom(mapping, "prepare").length > 0 || !clusterSource(facts, source)) return [];
    const impossible = whyImpossible(facts, decisions, usage) ?? withoutWebhook(mapping);
    return {
      usage: usage.id,
      workload,
      serviceAccount: mapping.serviceAccount.name,
      services: facts.objects.inNamespace(source, "Service", namespace).map(({ object }) => object),
      isOneIdentity: mapping.trusts.length === 1,
      isPrepared: mapping.trusts.every(trust => isPrepared({ trust })),
      isNeeded: mapping.reasons.includes("egress-to-be-probed"),
      ...(impossible === undefined ? {} : { impossible }),
    };
  });
}

function whyImpossible(facts: Facts, decisions: Decisions, usage: Usage): string | undefined {
  const { workload } = usage;
  if (!podTemplatePath(workload) && workload.kind !== "Pod")
    return `${nameOf(workload)} is of a kind whose pods are made by another controller`;
  if (isBound(facts, decisions, usage))
    return "with an identity binding tokens come from the cluster's own proxy, which the probe does not speak to";
  if (!isKnown(facts, workload.source, "Service", workload.namespace ?? "default"))
    return "Services of its namespace could not be read, and one might send the probe traffic";
  return undefined;
}

/** A probe is what shows that egress is open; all else that blocks the switch is the webhook's, of which it needs the token. */
function withoutWebhook(mapping: Mapping): string | undefined {
  const codes = blockedFrom(mapping, "switch").filter(code => code !== "egress-unproven");
  return codes.length === 0 ? undefined : `the webhook would give it no token (${codes.join(", ")})`;
}

/** The proofs as checks. */
export function probeChecks(proofs: readonly ProbeProof[]): Check[] {
  return proofs.map(({ target, result, evidence }) => ({
    code: "egress-probed",
    stage: "prepare",
    usage: target.usage,
    subject: nameOf(target.workload),
    result,
    evidence,
  }));
}
