import type { StepOf, Usage } from "./model.ts";
import type { Judgement } from "./reports.ts";

const rollingKinds = new Set(["Deployment", "StatefulSet", "DaemonSet"]);

/**
 * Switches whose template is written while pods still lack what they must carry: an earlier run was cut off, or its rollout went
 * wrong. Nothing is left to write, so no step is derived for them; these change nothing and have the engine wait and judge again.
 */
export function unfinishedRollouts({ selected, mapped, steps }: Judgement): StepOf<"patch">[] {
  const free = new Set(
    mapped.mappings
      .filter(mapping => mapping.blockedBy.length === 0 && mapping.notChecked.length === 0)
      .map(mapping => mapping.usage),
  );
  const pending = new Set(steps.steps.flatMap(step => step.usages));
  return selected
    .filter(usage => usage.state === "both" && free.has(usage.id) && !pending.has(usage.id))
    .filter(({ workload }) => rollingKinds.has(workload.kind))
    .map(rolloutOf);
}

function rolloutOf({ id, workload }: Usage): StepOf<"patch"> {
  return {
    id: `${workload.source}/${workload.namespace ?? ""}/${workload.kind}/${workload.name}#switch`,
    stage: "switch",
    dependsOn: [],
    usages: [id],
    route: "live",
    target: workload,
    op: "patch",
    changes: [],
    restartsPods: true,
  };
}
