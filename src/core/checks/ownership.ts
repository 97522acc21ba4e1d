import type { WorkloadDecision } from "../documents/decisions.ts";
import { type Facts, isKnown } from "../facts.ts";
import { type Finding, finding } from "../findings/codes.ts";
import type { OwnershipFindings } from "../findings/ownership.ts";
import type { KubernetesObject } from "../kubernetes.ts";
import type { Change, ObjectRef, Owner } from "../model.ts";
import { applicationOf } from "../owners/argocd.ts";
import { ownedFields, setByHand } from "../owners/fieldOwners.ts";
import { fluxState } from "../owners/flux.ts";
import { leftAloneBy, ownerOf, sourceOfOwner } from "../owners/ownership.ts";
import { serviceAccountStep } from "../steps/accountStep.ts";
import { roleBindingSteps } from "../steps/roleBindingSteps.ts";
import type { Check, Verdict } from "./check.ts";

/** What another tool writes is changed where it comes from: the workload's template, its account, and what binds that to roles. */
export const checkOwner: Check = ({ facts, cluster, usage, account, changes, decision, decisions, workload }) => {
  if (!cluster) return {};
  const prepared = [
    ...serviceAccountStep(facts, usage, account.name, decisions).steps,
    ...roleBindingSteps(facts, usage, account.name, { decisions, dependsOn: [] }).steps,
  ];
  const verdicts = [
    ...prepared.flatMap(step => {
      const object = "changes" in step ? facts.objects.get(step.target) : undefined;
      return object && "changes" in step
        ? [ownerVerdict(facts, { ref: step.target, object, changes: step.changes, decision })]
        : [];
    }),
    ownerVerdict(facts, { ref: usage.workload, object: workload, changes, decision }),
  ];
  return {
    reasons: verdicts.flatMap(({ reasons = [] }) => reasons),
    notChecked: verdicts.flatMap(({ notChecked = [] }) => notChecked),
  };
};

/**
 * What is to be said of an object of a cluster that is to be changed: who owns it, which of the changes that owner would put back,
 * and when. Where the change goes follows from the same evidence (`routeOf`). Says nothing without changes.
 */
function ownerVerdict(
  facts: Facts,
  asked: {
    ref: ObjectRef;
    object: KubernetesObject;
    changes: readonly Change[];
    decision: Pick<WorkloadDecision, "live">;
  },
): Verdict {
  const { ref, object, changes, decision } = asked;
  if (changes.length === 0) return {};
  const about = { subject: ref };
  const owner = ownerOf(facts, ref, object);
  if (!owner) {
    const label = mayBeArgoCDs(facts, ref, object);
    if (label !== undefined && !decision.live) return { notChecked: [finding("owner-not-checked", about, { label })] };
    return { reasons: setByHand(object, changes).map(one => finding("field-set-by-hand", about, one)) };
  }
  const annotation = leftAloneBy(owner, object);
  if (annotation !== undefined)
    return { reasons: [finding("owner-leaves-object-alone", about, { tool: owner.tool, annotation })] };
  const fields = ownedFields(object, owner, changes);
  if (decision.live)
    return { reasons: [finding("owned-object-patched", about, { ...fields, when: whenPutBack(facts, ref, owner) })] };
  const code = sourceOfOwner(owner) === "manual" ? "object-controlled" : "object-owned";
  const reasons: Finding[] = [finding(code, about, fields)];
  if (fluxState(facts, ref.source, owner)?.isSuspended) reasons.push(finding("owner-suspended", about, owner));
  return { reasons };
}

function whenPutBack(facts: Facts, ref: ObjectRef, owner: Owner): OwnershipFindings["owned-object-patched"]["when"] {
  switch (owner.tool) {
    case "argocd":
      return applicationOf(facts, owner)?.puts ?? "unknown";
    case "flux": {
      const state = fluxState(facts, ref.source, owner);
      if (state?.isSuspended) return "resumed";
      return state && !state.detectsDrift
        ? "nextChange"
        : state || owner.kind === "Kustomization"
          ? "atOnce"
          : "unknown";
    }
    case "helm":
    case "kustomize":
    case "terraform":
    case "pulumi":
    case "kapp":
    case "octopus":
      return "nextRun";
    case "fleet":
    case "configsync":
    case "addon":
    case "operator":
      return "unknown";
  }
}

/**
 * The label by which older versions of Argo CD track what they deploy, and which all charts set: where neither Applications nor the
 * object's field managers could be read, it may mean either.
 */
function mayBeArgoCDs(facts: Facts, { source }: ObjectRef, { metadata }: KubernetesObject): string | undefined {
  const value = metadata.labels?.["app.kubernetes.io/instance"];
  if (value === undefined || metadata.managers !== undefined) return undefined;
  return isKnown(facts, source, "Application.argoproj.io") ? undefined : `app.kubernetes.io/instance=${value}`;
}
