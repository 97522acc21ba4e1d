import { clusterSource, type Facts } from "./facts.ts";
import { kindKey } from "./kubernetes.ts";
import { compare } from "./match.ts";
import type { Decisions, Mapping, ObjectRef, Step, Trust, Usage } from "./model.ts";
import { newServiceAccount } from "./serviceAccounts.ts";
import { changesOf, rollsByHand } from "./template.ts";
import { clientIDAnnotation, isSameClientID } from "./workloadIdentity.ts";

export interface Steps {
  /** What is left to do, in execution order. */
  steps: Step[];
  /** How many more would be there if they were not done already. */
  done: number;
}

/** The steps that take the mappings from plan to fact; a blocked mapping has none. One step a target and stage, whoever needs it. */
export function stepsOf(
  facts: Facts,
  usages: readonly Usage[],
  mappings: readonly Mapping[],
  decisions: Decisions,
): Steps {
  const byId = new Map(usages.map(usage => [usage.id, usage]));
  const steps = new Map<string, Step>();
  const done = new Set<string>();
  const add = (step: Step): string => {
    const known = steps.get(step.id);
    if (known) known.usages = [...new Set([...known.usages, ...step.usages])].sort(compare);
    else steps.set(step.id, step);
    return step.id;
  };
  for (const mapping of mappings) {
    const usage = byId.get(mapping.usage);
    if (!usage || mapping.blockedBy.length > 0) continue;
    const dependsOn: string[] = [];
    for (const trust of mapping.trusts) {
      const step = trustStep(usage, trust);
      if (trust.adopts === undefined) dependsOn.push(add(step));
      else done.add(step.id);
    }
    const account = serviceAccountStep(facts, usage, mapping);
    if ("step" in account) dependsOn.push(add(account.step));
    else if (account.done) done.add(account.done);
    const change = switchStep(facts, usage, mapping, { decisions, dependsOn });
    if ("step" in change) add(change.step);
    else done.add(change.done);
  }
  const ordered = [...steps.values()].sort((a, b) => order(a) - order(b) || compare(a.id, b.id));
  return { steps: ordered, done: [...done].filter(id => !steps.has(id)).length };
}

function order(step: Step): number {
  return ["prepare", "switch", "cleanup"].indexOf(step.stage);
}

function stepId(ref: ObjectRef, stage: Step["stage"]): string {
  return `${ref.source}/${ref.namespace ?? ""}/${kindKey(ref)}/${ref.name}#${stage}`;
}

function trustStep(usage: Usage, trust: Trust): Step {
  const { source } = usage.workload;
  return {
    id: `${source}${trust.principal}/federatedidentitycredentials/${trust.name}#prepare`,
    stage: "prepare",
    dependsOn: [],
    usages: [usage.id],
    route: "live",
    target: { source, kind: "FederatedIdentityCredential", principal: trust.principal, name: trust.name },
    op: "trust",
    trust,
  };
}

function serviceAccountStep(
  facts: Facts,
  usage: Usage,
  mapping: Mapping,
): { step: Step } | { done: string | undefined } {
  const { source, namespace } = usage.workload;
  const { name } = mapping.serviceAccount;
  const clientID = mapping.defaultPrincipal?.clientID ?? usage.principals[0]?.clientID;
  if (clientID === undefined) return { done: undefined };
  const found = facts.objects.find(source, "ServiceAccount", namespace, name);
  const target: ObjectRef = {
    source,
    apiVersion: "v1",
    kind: "ServiceAccount",
    namespace: namespace ?? "default",
    name,
    ...(found?.ref.uid === undefined ? {} : { uid: found.ref.uid }),
  };
  const base = {
    id: stepId(target, "prepare"),
    stage: "prepare",
    dependsOn: [],
    usages: [usage.id],
    route: routeOf(facts, usage),
    target,
  } as const;
  if (!found) {
    return {
      step: {
        ...base,
        dependsOn: [],
        usages: [usage.id],
        op: "create",
        object: newServiceAccount(usage, name, clientID),
      },
    };
  }
  const before = found.object.metadata.annotations?.[clientIDAnnotation];
  if (isSameClientID(before, clientID)) return { done: base.id };
  const path = ["metadata", "annotations", clientIDAnnotation];
  const change = { path, ...(before === undefined ? {} : { before }), after: clientID };
  return { step: { ...base, dependsOn: [], usages: [usage.id], op: "patch", changes: [change] } };
}

function switchStep(
  facts: Facts,
  usage: Usage,
  mapping: Mapping,
  { decisions, dependsOn }: { decisions: Decisions; dependsOn: string[] },
): { step: Step } | { done: string } {
  const target = usage.workload;
  const id = stepId(target, "switch");
  const workload = facts.objects.get(target);
  const changes = workload
    ? changesOf(facts, usage, workload, { serviceAccount: mapping.serviceAccount.name, decisions })
    : [];
  if (changes.length === 0) return { done: id };
  const base = { id, stage: "switch", dependsOn, usages: [usage.id], target, changes } as const;
  const route = routeOf(facts, usage);
  const isCluster = route === "live";
  if (isCluster && target.kind === "Job")
    return {
      step: { ...base, dependsOn, usages: [usage.id], changes, route: "manual", op: "manual", code: "job-immutable" },
    };
  if (isCluster && target.kind === "Pod")
    return {
      step: { ...base, dependsOn, usages: [usage.id], changes, route: "manual", op: "manual", code: "pod-not-managed" },
    };
  const rolls =
    isCluster &&
    ["Deployment", "StatefulSet", "DaemonSet"].includes(target.kind) &&
    !(workload && rollsByHand(workload));
  return {
    step: {
      ...base,
      dependsOn,
      usages: [usage.id],
      changes,
      route,
      op: "patch",
      ...(rolls ? { restartsPods: true as const } : {}),
    },
  };
}

/** What comes from files alone is changed in the files. */
function routeOf(facts: Facts, usage: Usage): "live" | "git" {
  return clusterSource(facts, usage.workload.source) ? "live" : "git";
}
