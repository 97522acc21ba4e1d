import type { StepOf } from "../core/model.ts";
import type { Seen } from "../core/observe.ts";
import { ApiError } from "../core/ports.ts";
import type { EnginePorts } from "./ports.ts";

const pollSeconds = 5;
/** AKS takes seconds; what takes longer is not waited for, and the next run looks again. */
const longestSeconds = 600;

/**
 * Writes an identity binding and waits until AKS has made it work: ARM answers before that. One that is being made already is only
 * waited for. Throws `ApiError` in ARM's words where it fails.
 */
export async function bindIdentity(
  { target }: StepOf<"bind">,
  seen: Seen,
  { azure, clock, signal }: Pick<EnginePorts, "azure" | "clock" | "signal">,
): Promise<void> {
  if (!azure) throw new Error("an identity binding can only be written with a sign-in");
  const { cluster, principal } = target;
  const bindings = seen !== "unknown" && "bindings" in seen ? seen.bindings : [];
  const existing = bindings.find(one => one.principal === principal);
  const name = existing?.name ?? target.name;
  const isUnderWay = existing !== undefined && !hasEnded(existing.state);
  const { operation } = isUnderWay ? {} : await azure.putIdentityBinding(cluster, { name, principal });
  const deadline = clock.now() + longestSeconds * 1000;
  const state = async () => {
    if (operation !== undefined) return azure.getOperation(operation);
    const now = await azure.listIdentityBindings(cluster);
    return { status: now.find(one => one.principal === principal)?.state ?? "gone" };
  };
  for (;;) {
    const { status, error } = await state();
    if (status === "Succeeded") return;
    if (hasEnded(status)) {
      const words = [error?.code, error?.message].filter(one => one !== undefined).join(": ");
      throw failure(`AKS could not make the identity binding ${name} of ${cluster}: ${words || status}`, error?.code);
    }
    if (clock.now() >= deadline)
      throw failure(`The identity binding ${name} of ${cluster} is still ${status} after ${longestSeconds} s`);
    await clock.sleep(pollSeconds * 1000, signal);
  }
}

function hasEnded(state: string): boolean {
  return ["Succeeded", "Failed", "Canceled", "gone"].includes(state);
}

/** An answer that is final: a second try would end the same. */
function failure(message: string, reason?: string): ApiError {
  return new ApiError(message, { status: 400, reason });
}
