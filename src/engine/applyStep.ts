import { patchOf, valueAt } from "../core/changes/change.ts";
import type { Json, JsonObject, KubernetesObject } from "../core/kubernetes.ts";
import type { Step } from "../core/model.ts";
import type { Seen } from "../core/observe.ts";
import type { WriteOptions } from "../core/ports.ts";
import { bindIdentity } from "./identityBinding.ts";
import type { EnginePorts } from "./ports.ts";

type Reach = Pick<EnginePorts, "cluster" | "azure">;
/** Waiting for what Azure does in the background takes a clock; a dry run needs none. */
type Writing = Reach & Partial<Pick<EnginePorts, "clock" | "signal">>;

/** Looks at a step's target. An object that was deleted and made anew under the same name is not the one the step is for. */
export async function look(step: Step, { cluster, azure }: Reach, signal?: AbortSignal): Promise<Seen> {
  if (step.op === "trust")
    return azure ? { credentials: await azure.listCredentials(step.target.principal) } : "unknown";
  if (step.op === "bind")
    return azure ? { bindings: await azure.listIdentityBindings(step.target.cluster) } : "unknown";
  const object = await cluster(step.target.source).get(step.target, signal ? { signal } : {});
  const isOther = object !== undefined && step.target.uid !== undefined && object.metadata.uid !== step.target.uid;
  return { object: isOther ? undefined : (object as JsonObject | undefined) };
}

/**
 * Carries out one step on what `look` saw, each value guarded. The only place that changes a cluster or Azure, records and the
 * deletion of probe pods aside; a dry run is the same call with `dryRun`. Gives back the object as the server stored it, or would
 * have; nothing for what is in Azure.
 */
export async function applyStep(
  step: Step,
  seen: Seen,
  { cluster, azure, clock, signal }: Writing,
  options: WriteOptions = {},
): Promise<KubernetesObject | undefined> {
  if (step.route !== "live") throw new Error(`step ${step.id} is for people`);
  switch (step.op) {
    case "create":
      return cluster(step.target.source).create(step.object as unknown as KubernetesObject, options);
    case "patch": {
      const object = seen !== "unknown" && "object" in seen ? seen.object : undefined;
      const operations = patchOf(step.changes, (object ?? {}) as JsonObject);
      if (step.target.uid !== undefined)
        operations.unshift({ op: "test", path: "/metadata/uid", value: step.target.uid });
      return cluster(step.target.source).patch(step.target, operations, options);
    }
    case "trust": {
      if (options.dryRun || !azure)
        throw new Error("a federated credential can only be written for real, and with a sign-in");
      const { name, issuer, subject, audience } = step.trust;
      await azure.putCredential(step.target.principal, { name, issuer, subject, audience });
      return undefined;
    }
    case "bind": {
      if (options.dryRun || !azure || !clock || !signal)
        throw new Error("an identity binding can only be written for real, and with a sign-in");
      await bindIdentity(step, seen, { azure, clock, signal });
      return undefined;
    }
  }
}

/** What an undo needs: the values at the step's paths as they were seen, which somebody may have half changed already. */
export function observedBefore(step: Step, seen: Seen): Json {
  if (step.op !== "patch") return null;
  const object = seen !== "unknown" && "object" in seen ? seen.object : undefined;
  return step.changes.map(({ path }) => valueAt(object, path) ?? null);
}
