import { describe, expect, it } from "vitest";
import type { JsonObject, KubernetesObject } from "../../src/core/kubernetes.ts";
import { rolloutVerdict, stuckContainer } from "../../src/core/rollout.ts";

function judged(kind: string, spec: JsonObject, status: JsonObject, generation = 2) {
  const object: KubernetesObject = {
    apiVersion: "apps/v1",
    kind,
    metadata: { name: "cart", generation },
    spec,
    status: { observedGeneration: generation, ...status },
  };
  return rolloutVerdict(object);
}

const done = (replicas: number) => ({ state: "done", replicas });
const waiting = (message: RegExp) => ({ state: "waiting", message: expect.stringMatching(message) });
const condition = (type: string, status: string, reason: string) => ({ type, status, reason, message: `${reason}!` });

describe("the rollout of a Deployment", () => {
  const deployed = { updatedReplicas: 3, replicas: 3, availableReplicas: 3, readyReplicas: 3 };
  const exceeded = condition("Progressing", "False", "ProgressDeadlineExceeded");
  const failure = condition("ReplicaFailure", "True", "FailedCreate");
  it.each([
    ["all replicas are new and available", {}, {}, done(3)],
    ["the new ones are not all there", {}, { updatedReplicas: 2 }, waiting(/^2 of 3 new/)],
    ["an old one is still there", {}, { replicas: 4 }, waiting(/^old replicas still there: 1/)],
    ["a new one is not available", {}, { availableReplicas: 2 }, waiting(/^2 of 3 updated/)],
    [
      "the status says nothing",
      {},
      { updatedReplicas: null, replicas: null, availableReplicas: null },
      waiting(/^0 of 3/),
    ],
    ["the controller has not seen it", {}, { observedGeneration: 1 }, waiting(/not seen/)],
    [
      "the deadline has passed",
      {},
      { conditions: [exceeded] },
      { state: "failed", message: "ProgressDeadlineExceeded!" },
    ],
    ["another condition has that reason", {}, { conditions: [{ ...exceeded, type: "Other" }] }, done(3)],
    [
      "replicas cannot be made",
      {},
      { updatedReplicas: 0, availableReplicas: 2, conditions: [failure] },
      { state: "stuck", message: "FailedCreate!" },
    ],
    ["replicas could not be made once, and all are there", {}, { conditions: [failure] }, done(3)],
    [
      "the failure is over",
      {},
      { updatedReplicas: 2, conditions: [{ ...failure, status: "False" }] },
      waiting(/^2 of 3/),
    ],
    ["it is scaled to zero", { replicas: 0 }, { updatedReplicas: 0, replicas: 0, availableReplicas: 0 }, done(0)],
    [
      "it is being scaled to zero",
      { replicas: 0 },
      { updatedReplicas: 0, replicas: 1 },
      waiting(/^old replicas still there: 1/),
    ],
    ["it was scaled up meanwhile", { replicas: 4 }, {}, waiting(/^3 of 4 new/)],
  ])("when %s", (_, spec, status, expected) => {
    expect(judged("Deployment", { replicas: 3, ...spec }, { ...deployed, ...status })).toEqual(expected);
  });

  it("without replicas in its spec wants one", () => {
    expect(judged("Deployment", {}, { updatedReplicas: 1, replicas: 1, availableReplicas: 1 })).toEqual(done(1));
    expect(judged("Deployment", {}, {})).toEqual(waiting(/^0 of 1/));
  });
});

describe("the rollout of a StatefulSet", () => {
  const settled = { readyReplicas: 3, updatedReplicas: 3, currentRevision: "b", updateRevision: "b" };
  const partition = (number: number) => ({
    updateStrategy: { type: "RollingUpdate", rollingUpdate: { partition: number } },
  });
  it.each([
    ["all replicas are new and ready", {}, {}, done(3)],
    ["a replica is not ready", {}, { readyReplicas: 2 }, waiting(/^2 of 3 replicas are ready/)],
    ["ready ones are old", {}, { updatedReplicas: 1, currentRevision: "a" }, waiting(/^1 of 3 replicas are updated/)],
    ["the controller has not seen it", {}, { observedGeneration: 1 }, waiting(/not seen/)],
    ["all above the partition are new", partition(2), { updatedReplicas: 1, currentRevision: "a" }, done(1)],
    ["one above the partition is old", partition(1), { updatedReplicas: 1, currentRevision: "a" }, waiting(/^1 of 2/)],
    ["the partition is above all", partition(5), { updatedReplicas: 0, currentRevision: "a" }, done(0)],
    ["the partition is zero", partition(0), { updatedReplicas: 2, currentRevision: "a" }, waiting(/^2 of 3/)],
    ["it is scaled to zero", { replicas: 0 }, { readyReplicas: 0, updatedReplicas: 0 }, done(0)],
  ])("when %s", (_, spec, status, expected) => {
    expect(judged("StatefulSet", { replicas: 3, ...spec }, { ...settled, ...status })).toEqual(expected);
  });
});

describe("the rollout of a DaemonSet", () => {
  const settled = { desiredNumberScheduled: 3, updatedNumberScheduled: 3, numberAvailable: 3 };
  it.each([
    ["every node has a new pod", {}, done(3)],
    ["a node has an old pod", { updatedNumberScheduled: 2 }, waiting(/^2 of 3 pods are updated/)],
    ["a new pod is not available", { numberAvailable: 2 }, waiting(/^2 of 3 updated/)],
    ["the controller has not seen it", { observedGeneration: 1 }, waiting(/not seen/)],
    ["no node fits", { desiredNumberScheduled: 0, updatedNumberScheduled: 0, numberAvailable: 0 }, done(0)],
  ])("when %s", (_, status, expected) => {
    expect(judged("DaemonSet", {}, { ...settled, ...status })).toEqual(expected);
  });
});

it("an object of another kind has no rollout to wait for", () => {
  expect(judged("CronJob", {}, {})).toEqual(done(0));
});

describe("what keeps a pod from starting", () => {
  const pod = (status: JsonObject): KubernetesObject => ({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "cart-1" },
    status,
  });
  const container = (reason: string, name = "app") => ({ name, state: { waiting: { reason } } });
  it.each([
    "CrashLoopBackOff",
    "CreateContainerConfigError",
    "CreateContainerError",
    "ImagePullBackOff",
    "ErrImagePull",
    "InvalidImageName",
  ])("%s", reason => {
    expect(stuckContainer(pod({ containerStatuses: [container("ContainerCreating", "log"), container(reason)] }))).toBe(
      `cart-1/app: ${reason}`,
    );
    expect(stuckContainer(pod({ initContainerStatuses: [container(reason, "init")] }))).toBe(`cart-1/init: ${reason}`);
  });

  it.each([
    ["a container that is being created", { containerStatuses: [container("ContainerCreating")] }],
    ["pods that initialize", { containerStatuses: [container("PodInitializing")] }],
    ["a running container", { containerStatuses: [{ name: "app", state: { running: {} } }] }],
    ["a container that ended", { containerStatuses: [{ name: "app", state: { terminated: { reason: "Error" } } }] }],
    ["no status", {}],
  ])("is not %s", (_, status) => {
    expect(stuckContainer(pod(status))).toBeUndefined();
  });
});
