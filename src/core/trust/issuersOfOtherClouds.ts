import { clusterRef, type Facts } from "../facts.ts";
import { type Finding, finding } from "../findings/codes.ts";
import type { Decisions } from "../model.ts";

/**
 * Clusters whose issuer is AKS's of another cloud than the one that was asked. Entra of one cloud can trust an issuer of
 * another, so that nothing is blocked; an issuer of no known cloud says nothing.
 */
export function issuersOfOtherClouds(facts: Facts, decisions: Pick<Decisions, "issuer">): Finding[] {
  const { cloud } = facts.azure;
  if (cloud === undefined) return [];
  return facts.sources.flatMap(cluster => {
    if (cluster.type !== "cluster") return [];
    const issuer = cluster.issuer ?? decisions.issuer;
    const issuerCloud = issuer === undefined ? undefined : cloudOf(issuer, cloud.issuers);
    if (issuer === undefined || issuerCloud === undefined || issuerCloud === cloud.name) return [];
    const subject = clusterRef(cluster.id);
    const { context } = cluster;
    return [finding("cloud-mismatch", { subject }, { context, issuer, cloud: cloud.name, issuerCloud })];
  });
}

function cloudOf(issuer: string, clouds: ReadonlyMap<string, string>): string | undefined {
  if (!URL.canParse(issuer)) return undefined;
  const { hostname } = new URL(issuer);
  for (const [suffix, name] of clouds) {
    if (hostname === suffix || hostname.endsWith(`.${suffix}`)) return name;
  }
  return undefined;
}
