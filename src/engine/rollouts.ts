import { isRecord, type KubernetesObject } from "../core/kubernetes.ts";
import type { SourceId, StepOf } from "../core/model.ts";
import { rolloutVerdict, stuckContainer } from "../core/rollout.ts";
import { type BindingWebhook, tokenAskedFor } from "../core/trust/backend.ts";
import { missingMutations, selectsWorkloadIdentity } from "../core/workloadIdentity/workloadIdentity.ts";
import type { Driver, EnginePorts } from "./ports.ts";
import { retrying } from "./retry.ts";

export interface RolloutOptions {
  /** How long one rollout may take. */
  timeoutSeconds: number;
  /** The audience that the webhook's token volume must have. */
  audience: string;
  /** What a cluster's webhook does for pods that ask for the token of an identity binding; absent: nothing. */
  bindingWebhook?(source: SourceId): BindingWebhook | undefined;
}

export type RolloutOutcome = { outcome: "applied" | "unproven" | "failed" | "interrupted"; message?: string };

const pollSeconds = 1;
const quietSeconds = 5;
/** A crash or a refusal that lasts this long is taken for an answer. */
const stuckSeconds = 20;

/** Waits until the workload's new pods have taken over, then looks whether the webhook changed them. */
export async function waitForRollout(
  step: StepOf<"patch">,
  ports: EnginePorts,
  driver: Driver,
  { timeoutSeconds, audience, bindingWebhook }: RolloutOptions,
): Promise<RolloutOutcome> {
  const { clock, signal } = ports;
  const started = clock.now();
  const deadline = started + timeoutSeconds * 1000;
  let stuckSince: number | undefined;
  let told = "";
  const tell = ({ message }: Error, seconds: number) =>
    driver.report({ event: "step-retried", step, message, seconds });
  for (;;) {
    if (signal.aborted) return { outcome: "interrupted", message: "stopped while the rollout was under way" };
    const view = await retrying(() => viewOf(step, ports), ports, { tell });
    if (view.verdict.state === "done")
      return judgePods(view, { audience, webhook: bindingWebhook?.(step.target.source) });
    if (view.verdict.state === "failed") return { outcome: "failed", message: view.verdict.message };
    const message = view.stuck ?? view.verdict.message;
    // What passes within seconds is not worth a line.
    if (message !== told && clock.now() - started >= quietSeconds * 1000) {
      driver.report({ event: "rollout-waits", step, message });
      told = message;
    }
    stuckSince = view.stuck === undefined ? undefined : (stuckSince ?? clock.now());
    if (stuckSince !== undefined && clock.now() - stuckSince >= stuckSeconds * 1000)
      return { outcome: "failed", message };
    if (clock.now() >= deadline)
      return { outcome: "failed", message: `no end of the rollout within ${timeoutSeconds} s: ${message}` };
    await sleep(ports, pollSeconds);
  }
}

interface View {
  verdict: ReturnType<typeof rolloutVerdict>;
  stuck: string | undefined;
  /** Those of the new template. */
  pods: KubernetesObject[];
}

async function viewOf(step: StepOf<"patch">, { cluster, signal }: EnginePorts): Promise<View> {
  const { source, apiVersion, kind, namespace, name } = step.target;
  const workload = await cluster(source).get(
    { apiVersion, kind, ...(namespace === undefined ? {} : { namespace }), name },
    { signal },
  );
  if (!workload) return { verdict: { state: "failed", message: "the workload is gone" }, stuck: undefined, pods: [] };
  const verdict = rolloutVerdict(workload);
  const labelSelector = selectorText(workload.spec?.selector);
  const pods =
    labelSelector === undefined
      ? []
      : await cluster(source).list({
          apiVersion: "v1",
          kind: "Pod",
          ...(namespace === undefined ? {} : { namespace }),
          labelSelector,
          signal,
        });
  const fresh = pods.filter(pod => pod.metadata.deletionTimestamp === undefined && selectsWorkloadIdentity(pod));
  const crash = fresh.map(stuckContainer).find(one => one !== undefined);
  return { verdict, stuck: crash ?? (verdict.state === "stuck" ? verdict.message : undefined), pods: fresh };
}

/** A rollout that ended proves little without a look at its pods: with the webhook away, they start as they did before. */
function judgePods({ pods, verdict }: View, expected: Parameters<typeof tokenAskedFor>[1]): RolloutOutcome {
  const running = pods.filter(pod => pod.status?.phase === "Running");
  if (running.length === 0) {
    const none =
      verdict.state === "done" && verdict.replicas === 0 ? "no pod is wanted now" : "no pod of the new template runs";
    return { outcome: "unproven", message: none };
  }
  for (const pod of running) {
    const missing = missingMutations(pod, tokenAskedFor(pod, expected));
    if (missing.length > 0)
      return {
        outcome: "failed",
        message: `the webhook did not change Pod ${pod.metadata.name}: it lacks ${missing.join(", ")}`,
      };
  }
  return { outcome: "applied" };
}

async function sleep({ clock, signal }: EnginePorts, seconds: number): Promise<void> {
  try {
    await clock.sleep(seconds * 1000, signal);
  } catch (error) {
    // An abort ends the wait early; the loop looks at the signal itself.
    if (!signal.aborted) throw error;
  }
}

/** `spec.selector` of a workload as the query that lists its pods; undefined where it has none. */
export function selectorText(selector: unknown): string | undefined {
  if (!isRecord(selector)) return undefined;
  const labels = isRecord(selector.matchLabels)
    ? Object.entries(selector.matchLabels).map(([key, value]) => `${key}=${String(value)}`)
    : [];
  const expressions = Array.isArray(selector.matchExpressions) ? selector.matchExpressions.map(expressionText) : [];
  const all = [...labels, ...expressions].filter(part => part !== "");
  return all.length === 0 ? undefined : all.join(",");
}

function expressionText(expression: unknown): string {
  if (!isRecord(expression)) return "";
  const values = Array.isArray(expression.values) ? expression.values.join(",") : "";
  switch (expression.operator) {
    case "In":
      return `${String(expression.key)} in (${values})`;
    case "NotIn":
      return `${String(expression.key)} notin (${values})`;
    case "Exists":
      return String(expression.key);
    case "DoesNotExist":
      return `!${String(expression.key)}`;
    default:
      return "";
  }
}
