import type { Scan } from "../documents/scan.ts";
import type { Facts } from "../facts.ts";
import type { Decisions, Finding, Usage } from "../model.ts";
import { compare } from "../order.ts";
import { ownerOf } from "../owners/ownership.ts";
import { azureIdentityOf } from "../podIdentity/azureIdentities.ts";
import { select } from "../usages.ts";
import { type DetectedUse, detectConsumers } from "./detect.ts";

type UsageDocument = Scan["usages"][number];
type Identity = UsageDocument["identities"][number];

/**
 * The uses that `-n` and `-l` choose, as usages of the documents: one an object, which stands where a workload does. An object
 * that is a usage by its own label is not told twice.
 */
export function consumerUsages(facts: Facts, usages: readonly Usage[], decisions: Decisions): UsageDocument[] {
  const detected = detectConsumers(facts, usages);
  const byWorkload = new Map(usages.map(usage => [usage.workload, usage]));
  const own = new Set(usages.map(usage => usage.id));
  const uses = detected.uses.filter(use => !own.has(use.id)).map(use => ({ use, workload: use.object.ref }));
  const codes = codesBySubject(detected.findings);
  const documents = new Map<string, UsageDocument>();
  for (const { use } of select(facts, uses, decisions)) {
    const known = documents.get(use.id);
    const document = documentOf(facts, use, { codes, byWorkload });
    documents.set(use.id, known ? joined(known, document) : document);
  }
  return [...documents.values()];
}

function documentOf(
  facts: Facts,
  use: DetectedUse,
  { codes, byWorkload }: { codes: ReturnType<typeof codesBySubject>; byWorkload: ReadonlyMap<unknown, Usage> },
): UsageDocument {
  const { ref, object } = use.object;
  const { apiVersion, kind, namespace, name } = ref;
  const owner = ownerOf(facts, ref, object);
  const named = identityNamed(facts, use);
  return {
    id: use.id,
    source: ref.source,
    via: use.consumer,
    workload: { apiVersion, kind, ...(namespace === undefined ? {} : { namespace }), name },
    locations: [...use.locations],
    identities: named ? [named] : identitiesOfPods(use, byWorkload),
    state: use.state,
    ...(owner ? { owner } : {}),
    findings: [...(codes.get(ref) ?? [])].sort(compare),
  };
}

/** What the object names, and the AzureIdentity that has it where one does. */
function identityNamed(facts: Facts, { object, clientID, resourceID }: DetectedUse): Identity | undefined {
  if (clientID === undefined && resourceID === undefined) return undefined;
  const known = azureIdentityOf(facts, object.ref.source, { clientID, resourceID });
  return {
    ...(known ? { namespace: known.namespace, name: known.name } : {}),
    ...(clientID === undefined ? {} : { clientID }),
    ...(resourceID === undefined ? {} : { resourceID }),
  };
}

/** An object that names none takes what the pods get that ask for it. */
function identitiesOfPods({ askedBy }: DetectedUse, byWorkload: ReadonlyMap<unknown, Usage>): Identity[] {
  const identities = new Map<string, Identity>();
  for (const ref of askedBy) {
    for (const { namespace, name, type, clientID, resourceID } of byWorkload.get(ref)?.identities ?? []) {
      const ids = { ...(clientID === "" ? {} : { clientID }), ...(resourceID === "" ? {} : { resourceID }) };
      identities.set(`${namespace}/${name}`, { namespace, name, type, ...ids });
    }
  }
  return [...identities.entries()].sort(([a], [b]) => compare(a, b)).map(([, identity]) => identity);
}

function joined(one: UsageDocument, other: UsageDocument): UsageDocument {
  const identities = [...one.identities, ...other.identities];
  return {
    ...one,
    identities: [...new Map(identities.map(identity => [JSON.stringify(identity), identity])).values()],
    state: one.state === "legacy" ? one.state : other.state,
  };
}

function codesBySubject(findings: readonly Finding[]): ReadonlyMap<Finding["subject"], ReadonlySet<Finding["code"]>> {
  const codes = new Map<Finding["subject"], Set<Finding["code"]>>();
  for (const { subject, code } of findings) {
    const known = codes.get(subject);
    if (known) known.add(code);
    else codes.set(subject, new Set([code]));
  }
  return codes;
}
