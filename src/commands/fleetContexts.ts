import pLimit from "p-limit";
import type { Plan } from "../core/documents/plan.ts";
import { CommandError, StaleError } from "../core/errors.ts";
import type { SourceId } from "../core/model.ts";
import type { CommonFlags, Io, World } from "./io.ts";

/**
 * By which context each cluster of a fleet is reached, by its id: as the plans call them or, where `--context` is given, by those
 * alone, whatever they are called here. Throws where one of them leads to a cluster that no plan is for.
 */
export async function fleetContexts(
  plans: readonly Plan[],
  flags: CommonFlags,
  world: World,
  io: Io,
): Promise<Map<SourceId, string>> {
  const planned = plans.flatMap(plan => plan.sources.filter(source => source.type === "cluster"));
  if (!flags.context) return new Map(planned.map(({ id, context }) => [id, context]));
  const [{ readIdentity }, { patientReader }, connections] = await Promise.all([
    import("../kube/clusterFacts.ts"),
    import("../kube/patience.ts"),
    world.connect(flags),
  ]);
  const limit = pLimit(8);
  const found = await Promise.all(
    connections.map(connection =>
      limit(async () => {
        const { id } = await readIdentity(patientReader(connection, world.clock), io.signal);
        return [id, connection.context] as const;
      }),
    ),
  );
  const contexts = new Map<SourceId, string>();
  for (const [id, context] of found) {
    if (!planned.some(source => source.id === id)) {
      throw new StaleError(`The context ${context} leads to the cluster ${id}, for which the fleet has no plan`, {
        hint: "Plan that cluster, and merge its plan with the others.",
      });
    }
    const other = contexts.get(id);
    if (other !== undefined)
      throw new CommandError(`The contexts ${other} and ${context} lead to the same cluster`, {
        hint: "Name one of them.",
      });
    contexts.set(id, context);
  }
  return contexts;
}
