import pLimit from "p-limit";
import type { SignedInAs } from "../core/azure/azurePorts.ts";
import { CommandError } from "../core/errors.ts";
import type { Step } from "../core/model.ts";
import { ApiError } from "../core/ports.ts";
import { lackingActions, neededActions } from "../core/rights/azureRights.ts";
import type { EnginePorts } from "./ports.ts";
import { retrying } from "./retry.ts";

/** What the caller may not do at a resource in Azure. */
export interface MissingActions {
  /** The resource's id. */
  scope: string;
  actions: string[];
  steps: string[];
}

export interface AzureLacks {
  missing: MissingActions[];
  /** Resources at which nobody told what the caller may do, with why. */
  unchecked: { scope: string; reason: string }[];
}

/**
 * Which actions the caller lacks for these steps, by resource. Where a resource group has several, it is asked first: what is allowed
 * there is allowed at all of them. Applications are not in ARM, and Graph has no such question.
 */
export async function azureLacks(
  steps: readonly Step[],
  ports: EnginePorts & { azure: NonNullable<EnginePorts["azure"]> },
): Promise<AzureLacks> {
  const lacks: AzureLacks = { missing: [], unchecked: [] };
  const limit = pLimit(8);
  const lackingAt = (scope: string, actions: readonly string[]) =>
    limit(async () => {
      const permissions = await retrying(() => ports.azure.listPermissions(scope), ports);
      return lackingActions(actions, permissions);
    });
  const groups = new Map<string, Needed[]>();
  for (const needed of neededAt(steps)) {
    const group = /^\/subscriptions\/[^/]+\/resourcegroups\/[^/]+/i.exec(needed.scope)?.[0].toLowerCase() ?? "";
    groups.set(group, [...(groups.get(group) ?? []), needed]);
  }
  await Promise.all(
    [...groups].map(async ([group, resources]) => {
      const actions = [...new Set(resources.flatMap(one => one.actions))];
      const lacking = resources.length > 1 ? await orReason(() => lackingAt(group, actions), ports) : actions;
      await Promise.all(
        resources.map(async ({ scope, actions: needed, steps: ids }) => {
          const open = Array.isArray(lacking) ? needed.filter(action => lacking.includes(action)) : needed;
          if (open.length === 0) return;
          const own = await orReason(() => lackingAt(scope, open), ports);
          if (!Array.isArray(own)) lacks.unchecked.push({ scope, reason: own.reason });
          else if (own.length > 0) lacks.missing.push({ scope, actions: own, steps: ids });
        }),
      );
    }),
  );
  return lacks;
}

/** Who the caller is in Azure; undefined where that cannot be told. */
export async function azureCaller(ports: EnginePorts): Promise<SignedInAs | undefined> {
  const { azure } = ports;
  const answer = azure && (await orReason(() => retrying(() => azure.signedInAs(), ports), ports));
  return answer && "cloud" in answer ? answer : undefined;
}

interface Needed {
  scope: string;
  actions: readonly string[];
  steps: string[];
}

function neededAt(steps: readonly Step[]): Needed[] {
  const needed = new Map<string, Needed>();
  for (const step of steps) {
    const { target } = step;
    if (target.kind !== "FederatedIdentityCredential" && target.kind !== "IdentityBinding") continue;
    const scope = "cluster" in target ? target.cluster : "principal" in target ? target.principal : "";
    if (!scope.startsWith("/subscriptions/")) continue;
    const known = needed.get(scope);
    if (known) known.steps.push(step.id);
    else needed.set(scope, { scope, actions: neededActions[target.kind], steps: [step.id] });
  }
  return [...needed.values()];
}

async function orReason<T>(ask: () => Promise<T>, { signal }: EnginePorts): Promise<T | { reason: string }> {
  try {
    return await ask();
  } catch (error) {
    if (signal.aborted || !(error instanceof ApiError || error instanceof CommandError)) throw error;
    return { reason: error.message };
  }
}
