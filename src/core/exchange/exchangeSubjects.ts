import { tenantOf } from "../azure/tenants.ts";
import { clusterSource, type Facts } from "../facts.ts";
import type { Mapping, ObjectRef, PrincipalRef, SourceId, Trust, Usage } from "../model.ts";
import { tenantIDAnnotation } from "../workloadIdentity/workloadIdentity.ts";

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

/** Why nothing is tried of what is not prepared, where nothing is written first. */
export const unpreparedReason = "no federated credential for it was seen: run stage prepare first";

/**
 * Whether Azure was seen to have what a token of this subject is to fit. Where it does not, a token must not be shown: Entra
 * remembers the refusal for minutes, in which the credential that comes next seems not to work.
 */
export function isPrepared({ trust }: Pick<ExchangeSubject, "trust">): boolean {
  return trust.adopts !== undefined || trust.backend === "identityBinding";
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
 * that are blocked, and those whose credential is not there yet.
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
    // One application may be asked for in several tenants: its credential is one, what a token shows is not.
    for (const principal of usage.principals) {
      const trust = mapping.trusts.find(one => one.principal === principal.id);
      if (!trust) continue;
      const subject = subjectOf(facts, usage, mapping, { principal, trust });
      const { source, clientID, tenant } = subject;
      const key = JSON.stringify([source, trust.subject, trust.audience, trust.principal, clientID, tenant]);
      const known = subjects.get(key);
      if (!known) subjects.set(key, subject);
      else if (!known.usages.includes(usage.id)) known.usages.push(usage.id);
    }
  }
  return [...subjects.values()];
}

function subjectOf(
  facts: Facts,
  usage: Usage,
  mapping: Mapping,
  { principal, trust }: { principal: PrincipalRef; trust: Trust },
): ExchangeSubject {
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
