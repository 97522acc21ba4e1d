import { type Condition, type Pod, timestamp, type Workload } from "../object.ts";
import { counters, withCondition } from "./conditions.ts";
import { type Control, type Reconcile, remove, writeStatus } from "./control.ts";
import { createPod, isActive, isReady, podsOf } from "./pods.ts";

/** kubernetes pkg/controller/job, without indexes and failure policies: pods until enough have succeeded or too many have failed. */
export const reconcileJob: Reconcile = (control, object) => {
  const job = object as Workload;
  if (job.metadata.deletionTimestamp !== undefined) return;
  if (isFinishedJob(job)) {
    expire(control, job);
    return;
  }
  const pods = podsOf(control, job);
  const count = (phase: Pod["status"]["phase"]) => pods.filter(pod => pod.status.phase === phase).length;
  const [succeeded, failed] = [count("Succeeded"), count("Failed")];
  const verdict = judge(control, job, { succeeded, failed });
  const suspended = job.spec.suspend === true;
  const active = pods.filter(isActive);
  if (verdict || suspended) for (const pod of active) remove(control, pod);
  else createMissing(control, job, { active: active.length, succeeded });
  writeJobStatus(control, job, { succeeded, failed, verdict });
};

/** Whether a Job has its last condition, Complete or Failed. */
export function isFinishedJob(job: Workload): boolean {
  return (
    job.status?.conditions?.some(
      ({ type, status }) => (type === "Complete" || type === "Failed") && status === "True",
    ) ?? false
  );
}

type Verdict = [beforeTheEnd: Condition, last: Condition];

function judge(
  control: Control,
  job: Workload,
  { succeeded, failed }: { succeeded: number; failed: number },
): Verdict | undefined {
  const { completions, backoffLimit, activeDeadlineSeconds } = job.spec;
  const end = (before: string, last: string, reason: string, message: string): Verdict => [
    { type: before, status: "True", reason, message },
    { type: last, status: "True", reason, message },
  ];
  if (succeeded >= Number(completions ?? 1)) {
    return end("SuccessCriteriaMet", "Complete", "CompletionsReached", "Reached expected number of succeeded pods");
  }
  if (failed > Number(backoffLimit ?? 6)) {
    return end("FailureTarget", "Failed", "BackoffLimitExceeded", "Job has reached the specified backoff limit");
  }
  const started = job.status?.startTime;
  if (activeDeadlineSeconds === undefined || typeof started !== "string") return undefined;
  const left = Date.parse(started) + Number(activeDeadlineSeconds) * 1000 - control.timeline.now();
  if (left <= 0) {
    return end("FailureTarget", "Failed", "DeadlineExceeded", "Job was active longer than specified deadline");
  }
  control.requeue(job, left);
  return undefined;
}

function createMissing(
  control: Control,
  job: Workload,
  { active, succeeded }: { active: number; succeeded: number },
): void {
  const parallelism = Number(job.spec.parallelism ?? 1);
  const wanted = Math.min(parallelism, Number(job.spec.completions ?? parallelism) - succeeded);
  for (let count = active; count < wanted; count++) if (createPod(control, job, job.spec.template)) return;
}

function writeJobStatus(
  control: Control,
  job: Workload,
  { succeeded, failed, verdict }: { succeeded: number; failed: number; verdict: Verdict | undefined },
): void {
  const now = control.timeline.now();
  const active = podsOf(control, job).filter(isActive);
  const [before, last] = verdict ?? [];
  const known = job.status?.conditions ?? [];
  const conditions = [before, last]
    .filter(condition => condition !== undefined)
    .reduce((list, condition) => withCondition(list, condition, now), known);
  const startTime = job.status?.startTime ?? (job.spec.suspend === true ? undefined : timestamp(now));
  writeStatus(control, job, {
    ...(conditions.length === 0 ? {} : { conditions }),
    ...(startTime === undefined ? {} : { startTime }),
    ...(last?.type === "Complete" ? { completionTime: timestamp(now) } : {}),
    ...counters({ active: active.length, succeeded, failed }),
    terminating: 0,
    uncountedTerminatedPods: {},
    ready: active.filter(isReady).length,
  });
  if (last) control.requeue(job, 0);
}

function expire(control: Control, job: Workload): void {
  const seconds = job.spec.ttlSecondsAfterFinished;
  if (seconds === undefined) return;
  const ended = job.status?.conditions?.at(-1)?.lastTransitionTime ?? timestamp(control.timeline.now());
  const left = Date.parse(ended) + Number(seconds) * 1000 - control.timeline.now();
  if (left > 0) {
    control.requeue(job, left);
    return;
  }
  const { namespace, name = "" } = job.metadata;
  const kind = control.catalogue.byKind("Job");
  control.deletion.delete(kind, { namespace, name }, { propagationPolicy: "Background" });
}
