import pLimit from "p-limit";
import type { AzureAccess, RoleAssignment } from "../core/azure/azurePorts.ts";
import { subscriptionOf } from "../core/azure/azureRates.ts";
import { chosenToCompare } from "../core/azure/azureToRead.ts";
import { type Facts, identityFacts } from "../core/facts.ts";
import type { AzureFacts, Decisions } from "../core/model.ts";
import type { AzureReader } from "./azureReader.ts";

/**
 * The visible role assignments of identities that people chose for workloads, and of those that they take the place of: in the
 * subscriptions of both, what is assigned above and below. Nothing is asked where nobody chose one.
 */
export async function readRoleAssignments(
  facts: Facts,
  decisions: Decisions,
  { azure, reader }: { azure: AzureAccess; reader: AzureReader },
): Promise<Pick<AzureFacts, "roleAssignments">> {
  const places = new Map<string, Set<string>>();
  for (const { from, to } of chosenToCompare(facts, decisions)) {
    const subscriptions = [from, to].flatMap(({ id }) => subscriptionOf(id) ?? []);
    for (const { id } of [from, to]) places.set(id, new Set([...(places.get(id) ?? []), ...subscriptions]));
  }
  if (places.size === 0) return {};
  const limit = pLimit(8);
  const read = [...places].map(([id, subscriptions]) =>
    limit(async () => [id, await assignmentsOf(id, subscriptions)] as const),
  );
  return { roleAssignments: new Map(await Promise.all(read)) };

  async function assignmentsOf(
    id: string,
    subscriptions: ReadonlySet<string>,
  ): Promise<RoleAssignment[] | { failed: string }> {
    const principal = identityFacts(facts, id)?.principalID;
    if (principal === undefined) return { failed: `${id} could not be read` };
    const found: RoleAssignment[] = [];
    for (const subscription of subscriptions) {
      const answer = await reader.read(() => azure.listRoleAssignments(subscription, principal));
      if (!("value" in answer)) return { failed: answer.failed };
      found.push(...answer.value);
    }
    return found;
  }
}
