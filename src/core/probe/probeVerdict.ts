import type { Check } from "../documents/verification.ts";
import { isRecord, type KubernetesObject } from "../kubernetes.ts";
import { probeContainer } from "./probePod.ts";
import { probeExit } from "./probeScript.ts";

export interface ProbeVerdict {
  result: Check["result"];
  /** One sentence. */
  evidence: string;
}

/** Reasons for which a container waits that no patience ends. */
const hopeless = new Set([
  "ErrImagePull",
  "ImagePullBackOff",
  "InvalidImageName",
  "ErrImageNeverPull",
  "CreateContainerConfigError",
  "CreateContainerError",
  "RunContainerError",
]);

/** What a probe pod has shown by now; undefined while it is on its way. Goes by its own container: a mesh's sidecar may not end. */
export function judgeProbe(pod: KubernetesObject): ProbeVerdict | undefined {
  const status = statusOf(pod);
  const statuses = Array.isArray(status.containerStatuses) ? status.containerStatuses.filter(isRecord) : [];
  const state = statuses.find(({ name }) => name === probeContainer)?.state;
  const { terminated, waiting } = isRecord(state) ? state : {};
  if (isRecord(terminated)) return ofExit(terminated);
  if (isRecord(waiting) && typeof waiting.reason === "string" && hopeless.has(waiting.reason)) {
    const message = typeof waiting.message === "string" ? `: ${waiting.message}` : "";
    return { result: "not-checked", evidence: `its container does not start (${waiting.reason}${message})` };
  }
  if (status.phase !== "Failed") return undefined;
  const words = [status.reason, status.message].filter(one => typeof one === "string").join(": ");
  return { result: "not-checked", evidence: `the probe pod failed before it could try${words && ` (${words})`}` };
}

function ofExit({ exitCode, message }: Record<string, unknown>): ProbeVerdict {
  const words = typeof message === "string" ? oneLine(message) : "";
  switch (exitCode) {
    case probeExit.exchanged:
      return { result: "passed", evidence: "a pod with the workload's labels, nodes and account exchanged a token" };
    case probeExit.unreachable:
      return { result: "failed", evidence: `a pod like the workload's does not reach the authority host (${words})` };
    case probeExit.refused:
      return {
        result: "failed",
        evidence: `the authority host refused the token of a pod like the workload's (${refusalIn(words)})`,
      };
    case probeExit.unanswered:
      return { result: "not-checked", evidence: `the authority host said neither yes nor no (${refusalIn(words)})` };
    case probeExit.notInjected:
      return { result: "failed", evidence: `the webhook left a pod like the workload's as it was (${words})` };
    case probeExit.noCurl:
      return { result: "not-checked", evidence: `the probe's image cannot be used (${words})` };
    default:
      return {
        result: "not-checked",
        evidence: `the probe's container ended with ${String(exitCode)}${words && ` (${words})`}`,
      };
  }
}

/** Entra's own sentence of its JSON; a gateway's page as it is. */
function refusalIn(words: string): string {
  const sentence = /AADSTS\d+: [^"\\]*/.exec(words)?.[0];
  return (sentence ?? words.slice(0, 200)).trim();
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, " ").trim();
}

/** Why a probe that has come to nothing in its time did not start, in the scheduler's or the kubelet's words. */
export function whyNotStarted(pod: KubernetesObject | undefined): string {
  const status = statusOf(pod);
  const conditions = Array.isArray(status.conditions) ? status.conditions.filter(isRecord) : [];
  const unscheduled = conditions.find(({ type, status: is }) => type === "PodScheduled" && is === "False");
  const message = typeof unscheduled?.message === "string" ? `: ${unscheduled.message}` : "";
  return unscheduled ? `no node took the probe pod${message}` : "the probe pod did not end in time";
}

function statusOf(pod: KubernetesObject | undefined): Record<string, unknown> {
  const status: unknown = pod?.status;
  return isRecord(status) ? status : {};
}
