import { consumerUsages } from "./consumers/usageDocuments.ts";
import type { Scan } from "./documents/scan.ts";
import { compare } from "./match.ts";
import type { Usage } from "./model.ts";
import type { Judgement } from "./reports.ts";

/** Usages by label and through consumers, sorted by id. */
export function withConsumers(
  { facts, decisions, found }: Pick<Judgement, "facts" | "decisions" | "found">,
  usages: Scan["usages"],
): Scan["usages"] {
  return [...usages, ...consumerUsages(facts, found.usages, decisions)].sort((a, b) => compare(a.id, b.id));
}

/** What a document says of a usage: without what changes from hour to hour. */
export function usageDocument(usage: Usage): Scan["usages"][number] {
  const { workload, principals, insteadOf, pods, bindingLabel = "", ...rest } = usage;
  const { apiVersion, kind, namespace, name } = workload;
  return {
    ...rest,
    ...withoutEmpty({ bindingLabel }),
    identities: usage.identities.map(({ clientID, resourceID, servicePrincipal, ...identity }) => ({
      ...identity,
      ...withoutEmpty({ clientID, resourceID }),
    })),
    findings: [...usage.findings].sort(compare),
    source: workload.source,
    workload: { apiVersion, kind, ...(namespace === undefined ? {} : { namespace }), name },
  };
}

/** What an object leaves empty is left out, as CONTRACT has it. */
export function withoutEmpty<Key extends string>(values: Record<Key, string>): Partial<Record<Key, string>> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== "")) as Partial<Record<Key, string>>;
}
