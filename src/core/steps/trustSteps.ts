import type { Mapping, Step, Trust, Usage } from "../model.ts";
import type { Needed } from "./needed.ts";

/** Writes the federated credentials of a mapping; those that exist already are done. */
export function trustSteps(usage: Usage, { trusts }: Pick<Mapping, "trusts">): Needed {
  const needed: Needed = { steps: [], done: [] };
  for (const trust of trusts) {
    if (trust.backend !== "federatedCredential") continue;
    const step = trustStep(usage, trust);
    if (trust.adopts === undefined) needed.steps.push(step);
    else needed.done.push(step.id);
  }
  return needed;
}

function trustStep(usage: Usage, trust: Trust): Step {
  const { source } = usage.workload;
  const { principal } = trust;
  const path = principal.startsWith("/") ? principal : `/applications/${principal}`;
  return {
    id: `${source}${path}/federatedidentitycredentials/${trust.name}#prepare`,
    stage: "prepare",
    dependsOn: [],
    usages: [usage.id],
    route: "live",
    target: { source, kind: "FederatedIdentityCredential", principal, name: trust.name },
    op: "trust",
    trust,
  };
}
