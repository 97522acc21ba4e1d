import { nameOf } from "../facts.ts";
import type { ObjectRef, SourceId, Step } from "../model.ts";
import type { AccessAttributes } from "../ports.ts";
import type { ProbeTarget } from "../probe/probeTargets.ts";
import { accountOfSubject } from "../trust/trusts.ts";
import type { NeededRight } from "./rights.ts";

type ResourceOf = (ref: Pick<ObjectRef, "apiVersion" | "kind">) => { group: string; resource: string };

/** The verbs that a step on an object needs beside `get`, which looks before and after. */
const verbs = { create: "create", patch: "patch" } as const;

/**
 * What live steps on Kubernetes objects need: a look, the write, and for a rollout its pods. Roles and their bindings need more,
 * which depends on the role.
 */
export function rightsOfStep(step: Step, resourceOf: ResourceOf): NeededRight[] {
  if (step.op !== "create" && step.op !== "patch") return [];
  const { target } = step;
  const { namespace, name } = target;
  const scope = namespace === undefined ? {} : { namespace };
  const object = { ...resourceOf(target), ...scope };
  const verb = verbs[step.op];
  const needed = (right: AccessAttributes): NeededRight => ({
    source: target.source,
    right,
    neededFor: nameOf(target),
    steps: [step.id],
  });
  return [
    needed({ verb: "get", ...object, name }),
    // A create has no name yet when it is authorized.
    needed(verb === "create" ? { verb, ...object } : { verb, ...object, name }),
    ...(step.restartsPods ? [needed({ verb: "list", group: "", resource: "pods", ...scope })] : []),
  ];
}

/** What the records of a cluster's steps need; without them none of the steps is done. */
export function rightsOfRecords(
  source: SourceId,
  steps: readonly string[],
  { namespace, exists }: { namespace: string; exists: "present" | "absent" | "unknown" },
): NeededRight[] {
  const needed = (right: AccessAttributes): NeededRight => ({
    source,
    right,
    neededFor: "the records, without which nothing is written",
    steps,
  });
  const namespaces = { group: "", resource: "namespaces" };
  return [
    needed({ verb: "get", ...namespaces, namespace, name: namespace }),
    ...(exists === "absent" ? [needed({ verb: "create", ...namespaces, name: namespace })] : []),
    ...["get", "list", "create", "update"].map(verb => needed({ verb, group: "", resource: "configmaps", namespace })),
  ];
}

/** What probes need: to make a pod, to look at it, and to delete it. Only who must be probed cannot do without. */
export function rightsOfProbes(probes: readonly ProbeTarget[], steps: readonly Step[]): NeededRight[] {
  const held = new Map(probes.map(({ usage }) => [usage, [] as string[]]));
  for (const step of steps)
    if (step.stage === "switch") for (const usage of step.usages) held.get(usage)?.push(step.id);
  return probes.flatMap(({ usage, workload, isNeeded, impossible }) => {
    if (impossible !== undefined) return [];
    const { source, namespace = "default" } = workload;
    return ["create", "get", "delete"].map(verb => ({
      source,
      right: { verb, group: "", resource: "pods", namespace },
      neededFor: `the probe of ${nameOf(workload)}`,
      steps: isNeeded ? (held.get(usage) ?? []) : [],
    }));
  });
}

/** What the proof of a trust needs: a token of the account that it names. Without it the trust stays unproven, and is made. */
export function rightOfProof(step: Step): NeededRight[] {
  if (step.op !== "trust") return [];
  const account = accountOfSubject(step.trust.subject);
  if (!account) return [];
  const { namespace, name } = account;
  return [
    {
      source: step.target.source,
      right: { verb: "create", group: "", resource: "serviceaccounts", subresource: "token", namespace, name },
      neededFor: `the proof of ServiceAccount ${namespace}/${name}`,
      steps: [],
    },
  ];
}
