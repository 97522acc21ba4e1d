import type { Verdict } from "../checks/check.ts";
import type { Facts } from "../facts.ts";
import { finding } from "../findings/codes.ts";
import type { Decisions, Usage } from "../model.ts";
import { onlyClusterOf } from "../podIdentity/worlds.ts";
import { issuerProblem } from "./issuerProblem.ts";

/** Whose tokens the usage's pods show: byte for byte what the trust has to name. */
export function issuerOf(facts: Facts, decisions: Decisions, usage: Usage): Verdict & { issuer?: string } {
  const about = { subject: usage.workload };
  const { issuer: cluster, azure } = onlyClusterOf(facts, usage.workload.source) ?? {};
  const given = decisions.issuer;
  const issuer = cluster ?? given;
  const isOff = azure !== undefined && azure.issuer === undefined;
  if (issuer === undefined && !isOff) return { notChecked: [finding("issuer-unknown", about, {})] };
  const blocks = [];
  if (isOff || (issuer !== undefined && /^https:\/\/kubernetes\.default\.svc/.test(issuer))) {
    const resourceID = azure === undefined ? {} : { resourceID: azure.resourceID };
    blocks.push(finding("issuer-not-enabled", about, { ...(issuer === undefined ? {} : { issuer }), ...resourceID }));
  }
  if (issuer === undefined) return { blocks };
  const problem = issuerProblem(issuer);
  if (problem !== undefined) blocks.push(finding("issuer-not-usable", about, { issuer, problem }));
  // A flag, or a plan that somebody edited, must not make Entra trust another issuer than the cluster's own.
  if (given !== undefined && cluster !== undefined && given !== cluster)
    blocks.push(finding("issuer-mismatch", about, { flag: given, cluster }));
  if (azure?.issuer !== undefined && cluster !== undefined && azure.issuer !== cluster) {
    const { issuer: ofAzure, resourceID } = azure;
    const slashOnly = cluster.replace(/\/$/, "") === ofAzure.replace(/\/$/, "");
    blocks.push(finding("issuer-differs", about, { cluster, azure: ofAzure, resourceID, slashOnly }));
  }
  return { issuer, blocks };
}
