import pLimit, { type LimitFunction } from "p-limit";
import type { AccessAttributes, ClusterAccess } from "../core/ports.ts";
import { rightKey, rulesAllow } from "../core/rights/rights.ts";
import { answered, type Patience } from "./retry.ts";

/**
 * Which of these rights the caller lacks. A namespace is asked for all its rules, one request; where the server cannot list them all
 * (webhook authorizers cannot, as with Azure RBAC), each kind of right is asked for every name at once, and by name only where that
 * is denied. What the server does not answer is not lacking: the run will tell.
 */
export async function lackingRights(
  rights: readonly AccessAttributes[],
  cluster: ClusterAccess,
  patience: Patience,
): Promise<AccessAttributes[]> {
  const asking = { cluster, patience, limit: pLimit(8) };
  const distinct = new Map(rights.map(right => [rightKey(right), right]));
  const namespaces = groupBy([...distinct.values()], ({ namespace = "" }) => namespace);
  const lacking = await Promise.all(
    [...namespaces].map(async ([namespace, ofNamespace]) => {
      // What a role binding gives shows in a namespace's rules, but counts for nothing in the whole cluster.
      const rules = namespace === "" ? undefined : await rulesIn(namespace, asking);
      return rules ? ofNamespace.filter(right => !rulesAllow(rules, right)) : lackingOneByOne(ofNamespace, asking);
    }),
  );
  return lacking.flat();
}

interface Asking {
  cluster: ClusterAccess;
  patience: Patience;
  limit: LimitFunction;
}

async function lackingOneByOne(rights: readonly AccessAttributes[], asking: Asking): Promise<AccessAttributes[]> {
  const kinds = groupBy(rights, ({ name: _, ...kind }) => rightKey(kind));
  const lacking = await Promise.all(
    [...kinds.values()].map(async ofKind => {
      const [first] = ofKind;
      if (!first) return [];
      const { name, ...forEveryName } = first;
      const isAlone = ofKind.length === 1 && name !== undefined;
      if (!isAlone && (await mayI(forEveryName, asking))) return [];
      const answers = await Promise.all(
        ofKind.map(async right => (right.name !== undefined && (await mayI(right, asking)) ? [] : [right])),
      );
      return answers.flat();
    }),
  );
  return lacking.flat();
}

async function mayI(right: AccessAttributes, { cluster, patience, limit }: Asking): Promise<boolean> {
  const ask = () => cluster.mayI(right, { signal: patience.signal });
  const answer = await limit(() => answered(ask, patience));
  return answer ?? true;
}

async function rulesIn(namespace: string, { cluster, patience, limit }: Asking) {
  const ask = () => cluster.rulesIn(namespace, { signal: patience.signal });
  return limit(() => answered(ask, patience));
}

function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const known = groups.get(key);
    if (known) known.push(item);
    else groups.set(key, [item]);
  }
  return groups;
}
