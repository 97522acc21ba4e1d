import { clusterSource, type Facts } from "./facts.ts";
import type { Mapping, ObjectRef, SourceId, Trust, Usage } from "./model.ts";
import { tenantOf } from "./tenants.ts";
import { tenantIDAnnotation } from "./workloadIdentity.ts";

/** A service account that is to be an identity: what a token can prove, for everybody who uses both. */
export interface ExchangeSubject {
  source: SourceId;
  namespace: string;
  serviceAccount: string;
  trust: Trust;
  clientID: string;
  /** Absent where neither Azure nor the service account names it. */
  tenant?: string;
  usages: string[];
}

/** What people call the identity of a subject. */
export function identityNameOf({ trust }: Pick<ExchangeSubject, "trust">): string {
  return trust.principal.split("/").at(-1) ?? trust.principal;
}

/** A service account as findings name it. */
export function accountRefOf({
  source,
  namespace,
  serviceAccount,
}: Pick<ExchangeSubject, "source" | "namespace" | "serviceAccount">): ObjectRef {
  return { source, apiVersion: "v1", kind: "ServiceAccount", namespace, name: serviceAccount };
}

/**
 * The service accounts and identities of these usages, each pair once, in the order of their first usage; also those of usages
 * that are blocked, where it may be what blocks them that a token shows.
 */
export function exchangeSubjects(
  facts: Facts,
  usages: readonly Usage[],
  mappings: readonly Mapping[],
): ExchangeSubject[] {
  const byId = new Map(mappings.map(mapping => [mapping.usage, mapping]));
  const subjects = new Map<string, ExchangeSubject>();
  for (const usage of usages) {
    const mapping = byId.get(usage.id);
    if (!mapping || !clusterSource(facts, usage.workload.source)) continue;
    for (const trust of mapping.trusts) {
      const subject = subjectOf(facts, usage, mapping, trust);
      if (!subject) continue;
      const key = JSON.stringify([subject.source, trust.subject, trust.audience, trust.principal, subject.clientID]);
      const known = subjects.get(key);
      if (known) known.usages.push(usage.id);
      else subjects.set(key, subject);
    }
  }
  return [...subjects.values()];
}

function subjectOf(facts: Facts, usage: Usage, mapping: Mapping, trust: Trust): ExchangeSubject | undefined {
  const principal = usage.principals.find(one => one.id === trust.principal);
  if (!principal) return undefined;
  const { source, namespace = "default" } = usage.workload;
  const { name } = mapping.serviceAccount;
  const account = facts.objects.find(source, "ServiceAccount", namespace, name)?.object;
  const tenant = tenantOf(facts, principal) ?? account?.metadata.annotations?.[tenantIDAnnotation];
  return {
    source,
    namespace,
    serviceAccount: name,
    trust,
    clientID: principal.clientID,
    ...(tenant === undefined ? {} : { tenant }),
    usages: [usage.id],
  };
}
