import type { Verdict } from "../checks/check.ts";
import type { Facts } from "../facts.ts";
import { finding } from "../findings/codes.ts";
import type { Decisions, Usage } from "../model.ts";
import { clustersOf } from "../worlds.ts";

/** Whose tokens the usage's pods show: byte for byte what the trust has to name. */
export function issuerOf(facts: Facts, decisions: Decisions, usage: Usage): Verdict & { issuer?: string } {
  const about = { subject: usage.workload };
  // Files beside one cluster are about to be applied to it.
  const [only, ...others] = clustersOf(facts, usage.workload.source);
  const cluster = others.length === 0 ? only?.issuer : undefined;
  const given = decisions.issuer;
  const issuer = cluster ?? given;
  if (issuer === undefined) return { notChecked: [finding("issuer-unknown", about, {})] };
  const blocks = [];
  // A flag, or a plan that somebody edited, must not make Entra trust another issuer than the cluster's own.
  if (given !== undefined && cluster !== undefined && given !== cluster)
    blocks.push(finding("issuer-mismatch", about, { flag: given, cluster }));
  if (/^https:\/\/kubernetes\.default\.svc/.test(issuer)) blocks.push(finding("issuer-not-enabled", about, { issuer }));
  return { issuer, blocks };
}
