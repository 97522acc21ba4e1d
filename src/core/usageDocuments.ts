import { consumerUsages } from "./consumers/usageDocuments.ts";
import type { Scan } from "./documents/scan.ts";
import type { Usage } from "./model.ts";
import { compare } from "./order.ts";
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
  const { id, workload, principals, insteadOf, pods, bindingLabel = "", ...rest } = usage;
  const { source, apiVersion, kind, namespace, name } = workload;
  // Literals that begin with what is spread would each get a hidden class of their own (V8 11), and there are ten thousands.
  return {
    id,
    ...rest,
    ...withoutEmpty({ bindingLabel }),
    identities: usage.identities.map(({ namespace, clientID, resourceID, servicePrincipal, ...identity }) => ({
      namespace,
      ...identity,
      ...withoutEmpty({ clientID, resourceID }),
    })),
    findings: [...usage.findings].sort(compare),
    source,
    workload: { apiVersion, kind, ...(namespace === undefined ? {} : { namespace }), name },
  };
}

/** What an object leaves empty is left out, as CONTRACT has it. */
export function withoutEmpty<Key extends string>(values: Record<Key, string>): Partial<Record<Key, string>> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== "")) as Partial<Record<Key, string>>;
}
