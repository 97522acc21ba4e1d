import type { Step, Trust, Usage } from "../model.ts";

/** Writes a federated credential; those that exist already have no step. */
export function trustStep(usage: Usage, trust: Trust): Step {
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
