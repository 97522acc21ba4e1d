import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Plan } from "../../src/core/documents/plan.ts";
import type { RunResult } from "../../src/core/documents/runResult.ts";
import { testbedOrSkip } from "../testbed/require.ts";
import { type Ended, type Environment, startEnvironment } from "./environment.ts";
import { bound, deployment, namespace, serviceAccount, standardMode, statefulSet } from "./world.ts";

/** A stage of kwok that keeps pods with this label from getting ready once the webhook has them. */
function afterSwitch(name: string, label: string, containerState: string): string {
  return `
apiVersion: kwok.x-k8s.io/v1alpha1
kind: Stage
metadata:
  name: ${name}
spec:
  resourceRef: { apiGroup: v1, kind: Pod }
  selector:
    matchLabels: { "azure.workload.identity/use": "true", after-switch: ${label} }
    matchExpressions:
    - { key: ".metadata.deletionTimestamp", operator: DoesNotExist }
    - { key: ".status.podIP", operator: DoesNotExist }
  weight: 1
  next:
    statusTemplate: |
      {{ $now := Now }}
      conditions:
      - { lastTransitionTime: {{ $now | Quote }}, status: "True", type: Initialized }
      - { lastTransitionTime: {{ $now | Quote }}, status: "False", type: Ready }
      - { lastTransitionTime: {{ $now | Quote }}, status: "False", type: ContainersReady }
      containerStatuses:
      {{ range .spec.containers }}
      - image: {{ .image | Quote }}
        name: {{ .name | Quote }}
        ready: false
        restartCount: 3
        state: ${containerState}
      {{ end }}
      hostIP: {{ NodeIPWith .spec.nodeName | Quote }}
      podIP: {{ PodIPWith .spec.nodeName ( or .spec.hostNetwork false ) ( or .metadata.uid "" ) ( or .metadata.name "" ) ( or .metadata.namespace "" ) | Quote }}
      phase: Running
      startTime: {{ $now | Quote }}
`;
}

const stages = [
  afterSwitch("crashes", "crashes", '{ waiting: { reason: CrashLoopBackOff, message: "back-off" } }'),
  afterSwitch("never-ready", "hangs", "{ running: { startedAt: {{ $now | Quote }} } }"),
].join("\n---\n");

describe.skipIf(testbedOrSkip() === undefined)("rollouts that cannot end", () => {
  let here: Environment;
  let applied: Ended<RunResult>;

  beforeAll(async () => {
    here = await startEnvironment({ kwokConfiguration: stages });
    const identity = here.azure.addIdentity("cart");
    const workloads = ["crashing", "hanging", "sound"];
    const labels = (label: string) => ({ label: "cart", labels: { "after-switch": label } });
    await here.testbed.apply([
      ...["shop", "full"].map(namespace),
      ...standardMode,
      ...bound("shop", identity),
      ...workloads.map(name => serviceAccount("shop", name)),
      serviceAccount("full", "squeezed"),
      deployment("shop", "crashing", { ...labels("crashes"), account: "crashing", replicas: 2 }),
      statefulSet("shop", "hanging", { ...labels("hangs"), account: "hanging" }),
      deployment("shop", "sound", { label: "cart", account: "sound" }),
      deployment("full", "squeezed", { label: "cart", account: "squeezed" }),
    ]);
    await here.settled();
    await here.limitPods("full", 1);
    applied = await here.apply("--timeout", "24s");
  });
  afterAll(() => here?.stop());

  const outcome = (id: string) =>
    applied.document.steps
      .filter(({ step }) => step === `${here.clusterID}/${id}#switch`)
      .map(({ outcome, message }) => ({ outcome, message }));

  it("end the run with 1", () => {
    expect({ code: applied.code, summary: applied.document.summary }).toMatchObject({
      code: 1,
      summary: { failed: 3 },
    });
  });

  it("name the container that crashes", () => {
    expect(outcome("shop/Deployment/crashing")).toEqual([
      { outcome: "failed", message: expect.stringMatching(/crashing-[a-z0-9-]+\/app: CrashLoopBackOff$/) },
    ]);
  });

  it("name how far they came when their time was up", () => {
    expect(outcome("shop/StatefulSet/hanging")).toEqual([
      { outcome: "failed", message: "no end of the rollout within 24 s: 0 of 1 replicas are ready" },
    ]);
  });

  it("name the quota that has no room for the new pods", () => {
    expect(outcome("full/Deployment/squeezed")).toEqual([
      { outcome: "failed", message: expect.stringMatching(/exceeded quota: pods, .*limited: pods=1/) },
    ]);
  });

  it("are told of on standard error, while they are waited for and in the end", () => {
    expect(applied.stderr).toMatch(/Deployment shop\/crashing: crashing-[a-z0-9-]+\/app: CrashLoopBackOff/);
    expect(applied.stderr).toMatch(/Deployment full\/squeezed failed: .*exceeded quota/);
  });

  it("leave the other workloads alone", () => {
    expect(outcome("shop/Deployment/sound")).toEqual([{ outcome: "applied", message: undefined }]);
  });

  it("keep the old pods running where the strategy does", async () => {
    const { status } = await here.get<{ status: Record<string, number> }>("deployment", "shop", "crashing");
    expect(status.availableReplicas).toBe(2);
  });

  it("are no pending change of a plan, and show in the states of the usages", async () => {
    const { document } = await here.document<Plan>(["plan"]);
    expect(document.steps).toEqual([]);
    const states = document.usages.map(({ workload, state }) => [workload.name, state]);
    expect(Object.fromEntries(states)).toEqual({
      crashing: "both",
      hanging: "migrated",
      sound: "migrated",
      squeezed: "both",
    });
  });
});
