import type { FederatedCredential, SourceId, Trust } from "../model.ts";
import type { TrustKey } from "./trusts.ts";

/** Microsoft documents 20 federated credentials for a managed identity and for an application; it cannot be raised. */
export const credentialLimit = 20;

/** The credential that AKS keeps on an identity for all of its identity bindings together; it counts like any other. */
const bindingsCredential = "aks-identity-binding";

/** What one usage that gets steps needs of its principals. */
export interface Claim {
  usage: string;
  source: SourceId;
  namespace: string;
  trusts: readonly Trust[];
}

/** The credentials of one principal: how many there are, and how many more the run wants. */
export interface Budget {
  principal: string;
  existing: number;
  planned: number;
  limit: number;
  /** How many there would be if workloads of a namespace with the same identities ran as one service account. */
  shared: number;
  /** The usages that cannot be had without a new credential, sorted. */
  needing: string[];
  /** Those of them that still fit: identity bindings, which share one credential that a crowd must not take from them. */
  fitting: string[];
}

/**
 * Counts the credentials of every principal that is claimed, by issuer, subject and audience: one that exists counts once, however
 * many adopt it, and so does a planned one that several usages share. What a run has written meanwhile is counted as existing
 * instead of planned, so that the sum stays as it was.
 */
export function budgetsOf(
  claims: readonly Claim[],
  existing: ReadonlyMap<string, readonly FederatedCredential[]>,
): Map<string, Budget> {
  const byPrincipal = new Map<string, { claim: Claim; trust: Trust }[]>();
  for (const claim of claims) {
    for (const trust of claim.trusts) {
      const known = byPrincipal.get(trust.principal);
      if (known) known.push({ claim, trust });
      else byPrincipal.set(trust.principal, [{ claim, trust }]);
    }
  }
  return new Map(
    [...byPrincipal].map(([principal, wanted]) => [
      principal,
      budgetOf(principal, wanted, existing.get(principal) ?? []),
    ]),
  );
}

/** Whether the new credentials find no room; what exists already is nobody's fault. */
export function isExceeded({ existing, planned, limit }: Pick<Budget, "existing" | "planned" | "limit">): boolean {
  return planned > 0 && existing + planned > limit;
}

function budgetOf(
  principal: string,
  wanted: readonly { claim: Claim; trust: Trust }[],
  credentials: readonly FederatedCredential[],
): Budget {
  const present = new Set(credentials.map(one => (one.name === bindingsCredential ? bindingsCredential : keyOf(one))));
  const planned = new Set<string>();
  const needing = new Set<string>();
  const byBinding = new Set<string>();
  const groups = new Map<string, "present" | "new">();
  for (const { claim, trust } of wanted) {
    const isBinding = trust.backend === "identityBinding";
    const key = isBinding ? bindingsCredential : keyOf(trust);
    const isNew = !present.has(key);
    const group = isBinding ? bindingsCredential : groupOf(claim);
    if (!isNew || !groups.has(group)) groups.set(group, isNew ? "new" : "present");
    if (!isNew) continue;
    planned.add(key);
    needing.add(claim.usage);
    if (isBinding) byBinding.add(claim.usage);
  }
  // Only with its bindings a usage may need nothing else of this principal: one backend a usage.
  const fitting = present.size + 1 <= credentialLimit ? [...byBinding] : [];
  return {
    principal,
    existing: present.size,
    planned: planned.size,
    limit: credentialLimit,
    shared: present.size + [...groups.values()].filter(one => one === "new").length,
    needing: [...needing].sort(),
    fitting: fitting.sort(),
  };
}

function keyOf({ issuer, subject, audience }: TrustKey): string {
  return `${issuer}\n${subject}\n${audience}`;
}

/** Workloads that could run as one service account: same namespace, same identities. */
function groupOf({ source, namespace, trusts }: Claim): string {
  const principals = trusts.map(({ principal, backend }) => `${principal} ${backend}`).sort();
  return [source, namespace, ...principals].join("\n");
}
