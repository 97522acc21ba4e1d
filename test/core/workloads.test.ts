import { describe, expect, it } from "vitest";
import { nameOf } from "../../src/core/facts.ts";
import type { KubernetesObject } from "../../src/core/kubernetes.ts";
import { workloadsOf } from "../../src/core/workloads.ts";
import { factsOf, owned, west, workload } from "./factories.ts";

/** Each workload with its pods, as people name them. */
function workloads(...objects: KubernetesObject[]): Record<string, string[]> {
  return Object.fromEntries(
    workloadsOf(factsOf(objects), west).map(({ found, pods }) => [
      nameOf(found.ref),
      pods.map(pod => pod.ref.name).sort(),
    ]),
  );
}

const pod = (
  name: string,
  owner?: [kind: string, name: string, apiVersion?: string],
  status: Record<string, string> = {},
) => ({
  ...workload(`shop/${name}`, { kind: "Pod", ...(owner ? { metadata: owned(...owner) } : {}) }),
  status,
});
const child = (kind: string, name: string, owner: [kind: string, name: string, apiVersion?: string]) =>
  workload(`shop/${name}`, { kind, metadata: owned(...owner) });

describe("the workloads of a cluster", () => {
  it("are the tops of owner chains, with the pods that stem from them", () => {
    expect(
      workloads(
        workload("shop/cart"),
        child("ReplicaSet", "cart-1", ["Deployment", "cart"]),
        child("ReplicaSet", "cart-2", ["Deployment", "cart"]),
        pod("cart-1-a", ["ReplicaSet", "cart-1"]),
        pod("cart-2-a", ["ReplicaSet", "cart-2"]),
        workload("shop/ledger", { kind: "StatefulSet" }),
        pod("ledger-0", ["StatefulSet", "ledger"]),
        workload("shop/nightly", { kind: "CronJob" }),
        child("Job", "nightly-1", ["CronJob", "nightly", "batch/v1"]),
        pod("nightly-1-a", ["Job", "nightly-1", "batch/v1"]),
        workload("shop/agent", { kind: "DaemonSet" }),
        workload("shop/old", { kind: "ReplicationController" }),
        workload("shop/once", { kind: "Job" }),
        workload("shop/lone", { kind: "ReplicaSet" }),
        pod("bare"),
      ),
    ).toEqual({
      "Deployment shop/cart": ["cart-1-a", "cart-2-a"],
      "StatefulSet shop/ledger": ["ledger-0"],
      "CronJob shop/nightly": ["nightly-1-a"],
      "DaemonSet shop/agent": [],
      "ReplicationController shop/old": [],
      "Job shop/once": [],
      "ReplicaSet shop/lone": [],
      "Pod shop/bare": ["bare"],
    });
  });

  it("stand for themselves where a foreign controller makes them", () => {
    expect(
      workloads(
        pod("executor-1", ["SparkApplication", "pi", "sparkoperator.k8s.io/v1beta2"]),
        child("ReplicaSet", "canary-1", ["Rollout", "canary", "argoproj.io/v1alpha1"]),
        pod("canary-1-a", ["ReplicaSet", "canary-1"]),
        pod("kube-proxy-node1", ["Node", "node1", "v1"]),
      ),
    ).toEqual({
      "Pod shop/executor-1": ["executor-1"],
      "ReplicaSet shop/canary-1": ["canary-1-a"],
      "Pod shop/kube-proxy-node1": ["kube-proxy-node1"],
    });
  });

  it("stand for themselves where their controller could not be read", () => {
    expect(workloads(pod("cart-1-a", ["ReplicaSet", "cart-1"]))).toEqual({ "Pod shop/cart-1-a": ["cart-1-a"] });
  });

  it("are not mixed up with another object of the same kind and name, by its uid", () => {
    const stranger = pod("cart-0", ["StatefulSet", "cart", "apps.kruise.io/v1beta1"]);
    const references = stranger.metadata.ownerReferences?.map(one => ({ ...one, uid: "another" })) ?? [];
    expect(
      workloads(workload("shop/cart", { kind: "StatefulSet" }), {
        ...stranger,
        metadata: { ...stranger.metadata, ownerReferences: references },
      }),
    ).toEqual({ "StatefulSet shop/cart": [], "Pod shop/cart-0": ["cart-0"] });
  });

  it("do not count pods that ended or are ending", () => {
    const ending = pod("c", ["Deployment", "cart"]);
    expect(
      workloads(
        workload("shop/cart"),
        pod("a", ["Deployment", "cart"], { phase: "Succeeded" }),
        pod("b", ["Deployment", "cart"], { phase: "Failed" }),
        { ...ending, metadata: { ...ending.metadata, deletionTimestamp: "2026-01-01T00:00:00Z" } },
        pod("d", ["Deployment", "cart"], { phase: "Running" }),
        pod("e", ["Deployment", "cart"], { phase: "Pending" }),
      ),
    ).toEqual({ "Deployment shop/cart": ["d", "e"] });
  });

  it("are found although owners point in a circle", () => {
    const circle = [
      child("ReplicaSet", "a", ["ReplicaSet", "b"]),
      child("ReplicaSet", "b", ["ReplicaSet", "a"]),
      child("ReplicaSet", "self", ["ReplicaSet", "self"]),
    ];
    expect(Object.keys(workloads(...circle))).toEqual(
      expect.arrayContaining(["ReplicaSet shop/a", "ReplicaSet shop/b", "ReplicaSet shop/self"]),
    );
  });
});
