import { clusterRef, type Facts } from "../facts.ts";
import { type Finding, finding } from "../findings/codes.ts";
import type { ClusterSource, Decisions } from "../model.ts";
import { compare } from "../order.ts";

/**
 * Credentials of the identities in use whose issuer is a cluster's but for a slash at its end or the case of letters. Entra
 * compares byte for byte, so that they never match a token (AADSTS700211).
 */
export function nearlyMatchingIssuers(facts: Facts, decisions: Pick<Decisions, "issuer">): Finding[] {
  const clusters = new Map<string, { issuer: string; cluster: ClusterSource }[]>();
  const issuers = new Set<string>();
  for (const cluster of facts.sources) {
    if (cluster.type !== "cluster") continue;
    const issuer = cluster.issuer ?? decisions.issuer;
    if (issuer === undefined) continue;
    issuers.add(issuer);
    const key = loosely(issuer);
    clusters.set(key, [...(clusters.get(key) ?? []), { issuer, cluster }]);
  }
  const findings: Finding[] = [];
  for (const [principal, seen] of [...facts.azure.identities].sort(([a], [b]) => compare(a, b))) {
    if (seen === "notFound" || "failed" in seen) continue;
    for (const { name, issuer } of seen.credentials) {
      if (issuers.has(issuer)) continue;
      for (const { issuer: expected, cluster } of clusters.get(loosely(issuer)) ?? []) {
        const subject = clusterRef(cluster.id);
        findings.push(finding("credential-issuer-nearly-matches", { subject }, { principal, name, issuer, expected }));
      }
    }
  }
  return findings;
}

/** What stays the same with and without a slash at the end, whatever the case of letters. */
function loosely(issuer: string): string {
  return issuer.trim().replace(/\/+$/, "").toLowerCase();
}
