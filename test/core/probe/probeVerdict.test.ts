import { describe, expect, test } from "vitest";
import type { KubernetesObject } from "../../../src/core/kubernetes.ts";
import { judgeProbe, whyNotStarted } from "../../../src/core/probe/probeVerdict.ts";

function pod(status: object): KubernetesObject {
  return { apiVersion: "v1", kind: "Pod", metadata: { name: "azwi-probe-1" }, status } as KubernetesObject;
}

function ended(exitCode: number, message?: string): KubernetesObject {
  const terminated = { exitCode, ...(message === undefined ? {} : { message }) };
  return pod({
    phase: "Running",
    containerStatuses: [
      { name: "istio-proxy", state: { running: {} } },
      { name: "azwi-migrate-probe", state: { terminated } },
    ],
  });
}

function waiting(reason: string, message: string): KubernetesObject {
  return pod({
    phase: "Pending",
    containerStatuses: [{ name: "azwi-migrate-probe", state: { waiting: { reason, message } } }],
  });
}

describe("a probe pod", () => {
  test("that exchanged its token has passed, whether or not its sidecar still runs", () => {
    expect(judgeProbe(ended(0, "exchanged"))).toEqual({
      result: "passed",
      evidence: "a pod with the workload's labels, nodes and account exchanged a token",
    });
  });

  test.each<[string, KubernetesObject, "failed" | "not-checked", string]>([
    [
      "that was throttled all the time says nothing of the workload",
      ended(5, "AADSTS90055: Too many requests\n429"),
      "not-checked",
      "the authority host said neither yes nor no (AADSTS90055: Too many requests 429)",
    ],
    [
      "that found no way out tells curl's words",
      ended(2, "curl: (28) Connection timed out after 20001 milliseconds\n\n000"),
      "failed",
      "a pod like the workload's does not reach the authority host (curl: (28) Connection timed out after 20001 milliseconds 000)",
    ],
    [
      "that Entra refused tells Entra's sentence",
      ended(
        1,
        '{"error":"invalid_request","error_description":"AADSTS700213: No matching record.\\r\\nTrace ID: 1"}\n400',
      ),
      "failed",
      "the authority host refused the token of a pod like the workload's (AADSTS700213: No matching record.)",
    ],
    [
      "that the webhook has not changed",
      ended(3, "AZURE_CLIENT_ID is not set"),
      "failed",
      "the webhook left a pod like the workload's as it was (AZURE_CLIENT_ID is not set)",
    ],
    [
      "whose image has no curl",
      ended(4, "the image has no curl"),
      "not-checked",
      "the probe's image cannot be used (the image has no curl)",
    ],
    [
      "whose image has no shell",
      ended(128, "exec: sh: not found"),
      "not-checked",
      "the probe's container ended with 128 (exec: sh: not found)",
    ],
    [
      "whose image cannot be pulled",
      waiting("ImagePullBackOff", "Back-off pulling image"),
      "not-checked",
      "its container does not start (ImagePullBackOff: Back-off pulling image)",
    ],
    [
      "that its deadline ended first",
      pod({
        phase: "Failed",
        reason: "DeadlineExceeded",
        message: "Pod was active on the node longer than the specified deadline",
      }),
      "not-checked",
      "the probe pod failed before it could try (DeadlineExceeded: Pod was active on the node longer than the specified deadline)",
    ],
  ])("%s", (_, probe, result, evidence) => {
    expect(judgeProbe(probe)).toEqual({ result, evidence });
  });

  test.each<[string, KubernetesObject]>([
    ["has no status yet", pod({})],
    ["is being started", waiting("ContainerCreating", "")],
    ["runs", pod({ phase: "Running", containerStatuses: [{ name: "azwi-migrate-probe", state: { running: {} } }] })],
    ["has a status that nobody can read", pod({ phase: "Running", containerStatuses: "?" })],
  ])("that %s is waited for", (_, probe) => {
    expect(judgeProbe(probe)).toBeUndefined();
  });

  test("that no node took says so in the scheduler's words", () => {
    const conditions = [{ type: "PodScheduled", status: "False", message: "0/2 nodes are available" }];
    expect(whyNotStarted(pod({ phase: "Pending", conditions }))).toBe(
      "no node took the probe pod: 0/2 nodes are available",
    );
  });
});
