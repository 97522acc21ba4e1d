import { describe, expect, it } from "vitest";
import { nameOf } from "../../../src/core/facts.ts";
import type { KubernetesObject } from "../../../src/core/kubernetes.ts";
import { workloadsOf } from "../../../src/core/workloads/workloads.ts";
import { factsOf, owned, type WorkloadOptions, west, workload } from "../factories.ts";

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

  it("are the foreign controllers above, read or not, and static pods by themselves", () => {
    expect(
      workloads(
        pod("executor-1", ["SparkApplication", "pi", "sparkoperator.k8s.io/v1beta2"]),
        child("ReplicaSet", "canary-1", ["Rollout", "canary", "argoproj.io/v1alpha1"]),
        pod("canary-1-a", ["ReplicaSet", "canary-1"]),
        pod("kube-proxy-node1", ["Node", "node1", "v1"]),
      ),
    ).toEqual({
      "SparkApplication shop/pi": ["executor-1"],
      "Rollout shop/canary": ["canary-1-a"],
      "Pod shop/kube-proxy-node1": ["kube-proxy-node1"],
    });
  });

  it("are changeable objects by themselves where an unknown operator owns them, but not what it makes of no template", () => {
    const widget: [string, string, string] = ["Widget", "cart", "example.com/v1"];
    expect(
      workloads(
        child("Deployment", "cart", widget),
        child("ReplicaSet", "cart-1", ["Deployment", "cart"]),
        pod("cart-1-a", ["ReplicaSet", "cart-1"]),
        child("Job", "cart-job", widget),
        pod("cart-pod", widget),
      ),
    ).toEqual({ "Deployment shop/cart": ["cart-1-a"], "Widget shop/cart": ["cart-pod"] });
  });

  it("stand for themselves where their controller is gone", () => {
    expect(workloads(pod("cart-1-a", ["ReplicaSet", "cart-1"]))).toEqual({ "Pod shop/cart-1-a": ["cart-1-a"] });
  });

  it("are not mixed up with another object of the same kind and name, by its uid", () => {
    const owner = { ...owned("StatefulSet", "cart").ownerReferences[0], uid: "another" };
    const stranger = workload("shop/cart-0", {
      kind: "Pod",
      metadata: { ownerReferences: [owner] },
    } as WorkloadOptions);
    expect(workloads(workload("shop/cart", { kind: "StatefulSet" }), stranger)).toEqual({
      "StatefulSet shop/cart": [],
      "Pod shop/cart-0": ["cart-0"],
    });
  });

  it("are not mixed up with another object of the same kind and name, by its group", () => {
    const advanced: [string, string, string] = ["StatefulSet", "cart", "apps.kruise.io/v1beta1"];
    const facts = factsOf([workload("shop/cart", { kind: "StatefulSet" }), pod("cart-0", advanced)]);
    expect(workloadsOf(facts, west).map(({ found, pods }) => [found.ref.apiVersion, pods.length])).toEqual([
      ["apps/v1", 0],
      ["apps.kruise.io/v1beta1", 1],
    ]);
  });

  it("are one for pods that a program makes, by generateName, by its labels, or by what their names have in common", () => {
    const made = (name: string, labels: Record<string, string>, generateName?: string) =>
      workload(`shop/${name}`, { kind: "Pod", labels, ...(generateName ? { metadata: { generateName } } : {}) });
    const airflow = (name: string, task: string) =>
      made(name, { kubernetes_pod_operator: "True", dag_id: "etl", task_id: task });
    expect(
      workloads(
        made("agent-x7k2p", {}, "agent-"),
        airflow("load-1a2b3c", "load"),
        airflow("load-4d5e6f", "load"),
        airflow("clean-1a2b3c", "clean"),
        made("a-1", { "jenkins/label": "shop_12-ab3de" }),
        made("a-2", { "jenkins/label": "shop_13-zz9yy" }),
        made("scan-bcd2f", {}),
        made("scan-fgh4j", {}),
        made("scan-klm6n", {}),
        made("lone-bcd2f", {}),
        made("web-1", {}),
        made("web-2", {}),
        made("web-3", {}),
      ),
    ).toEqual({
      "Pod shop/agent-*": ["agent-x7k2p"],
      "Pod shop/etl.load-*": ["load-1a2b3c", "load-4d5e6f"],
      "Pod shop/etl.clean-*": ["clean-1a2b3c"],
      "Pod shop/jenkins.shop-*": ["a-1", "a-2"],
      "Pod shop/scan-*": ["scan-bcd2f", "scan-fgh4j", "scan-klm6n"],
      "Pod shop/lone-bcd2f": ["lone-bcd2f"],
      "Pod shop/web-1": ["web-1"],
      "Pod shop/web-2": ["web-2"],
      "Pod shop/web-3": ["web-3"],
    });
  });

  it("are apart where a program's pods differ in label or account", () => {
    const agent = (name: string, label: string) =>
      workload(`shop/${name}`, { kind: "Pod", label, metadata: { generateName: "agent-" } });
    expect(workloads(agent("agent-1", "red"), agent("agent-2", "blue"), agent("agent-3", "red"))).toEqual({
      "Pod shop/agent-*": ["agent-2"],
      "Pod shop/agent-*.2": ["agent-1", "agent-3"],
    });
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
