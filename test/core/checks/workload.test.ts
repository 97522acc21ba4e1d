import { describe, expect, it } from "vitest";
import type { KubernetesObject } from "../../../src/core/kubernetes.ts";
import { judge } from "../../../src/core/reports.ts";
import { clientIDAnnotation, useLabel } from "../../../src/core/workloadIdentity/workloadIdentity.ts";
import {
  bound,
  clientIDOf,
  decisions,
  factsOf,
  factsOfFiles,
  owned,
  serviceAccount,
  type WorkloadOptions,
  west,
  workload,
} from "../factories.ts";

/** What becomes of the workload `shop/cart`: its reasons and blocks beside the account's, and the step that switches it. */
function plan(cart: WorkloadOptions, objects: KubernetesObject[] = [], status: KubernetesObject["status"] = {}) {
  const own = { ...workload("shop/cart", { label: "cart", account: "cart", ...cart }), status };
  const world = [...bound("shop/cart"), serviceAccount("shop/cart"), own, ...objects];
  const { found, mapped, steps } = judge(factsOf(world), decisions);
  const [mapping] = mapped.mappings;
  const step = steps.steps.find(one => one.stage === "switch");
  return {
    usages: found.usages.map(one => one.id.replace(`${west}/`, "")),
    told: found.usages.flatMap(one => one.findings),
    reasons: mapping?.reasons.filter(code => code !== "service-account-reused"),
    blockedBy: mapping?.blockedBy,
    step: step && [step.op, step.route, step.op === "manual" ? step.code : step.restartsPods === true],
    steps: steps.steps.length,
    findings: [...found.findings, ...mapped.findings],
  };
}

const live = ["patch", "live", true];
const quiet = ["patch", "live", false];
const done = { completionTime: "2026-01-01T00:00:00Z", conditions: [{ type: "Complete", status: "True" }] };

describe("a workload that uses pod identity", () => {
  it.each<[string, WorkloadOptions, string[], unknown[]]>([
    ["a Deployment rolls", {}, [], live],
    ["a Deployment without replicas is changed and stays unproven", { spec: { replicas: 0 } }, ["no-replicas"], live],
    ["a StatefulSet without replicas too", { kind: "StatefulSet", spec: { replicas: 0 } }, ["no-replicas"], live],
    [
      "a partitioned StatefulSet rolls in part",
      { kind: "StatefulSet", spec: { updateStrategy: { rollingUpdate: { partition: 2 } } } },
      ["rollout-partitioned"],
      live,
    ],
    [
      "a StatefulSet OnDelete is changed, and people delete its pods",
      { kind: "StatefulSet", spec: { updateStrategy: { type: "OnDelete" } } },
      ["pods-do-not-roll"],
      quiet,
    ],
    [
      "a DaemonSet OnDelete too",
      { kind: "DaemonSet", spec: { updateStrategy: { type: "OnDelete" } } },
      ["pods-do-not-roll"],
      quiet,
    ],
    ["a ReplicaSet too", { kind: "ReplicaSet" }, ["pods-do-not-roll"], quiet],
    ["a ReplicationController too", { kind: "ReplicationController" }, ["pods-do-not-roll"], quiet],
    ["a CronJob is changed for its next Job", { kind: "CronJob" }, [], quiet],
    ["a suspended CronJob too", { kind: "CronJob", spec: { suspend: true } }, ["workload-suspended"], quiet],
    ["a Job is for people", { kind: "Job" }, ["job-immutable"], ["manual", "manual", "job-immutable"]],
    [
      "a suspended Job too",
      { kind: "Job", spec: { suspend: true } },
      ["job-immutable", "workload-suspended"],
      ["manual", "manual", "job-immutable"],
    ],
    ["a bare pod is for people", { kind: "Pod" }, ["pod-not-managed"], ["manual", "manual", "pod-not-managed"]],
  ])("%s", (_, cart, reasons, step) => {
    expect(plan(cart)).toMatchObject({ reasons, blockedBy: [], step });
  });

  it("is blocked where its Deployment is paused", () => {
    expect(plan({ spec: { paused: true } })).toMatchObject({ blockedBy: ["rollout-paused"], steps: 0 });
  });

  it.each<[string, WorkloadOptions["metadata"]]>([
    ["the node's name", { ownerReferences: [{ apiVersion: "v1", kind: "Node", name: "node-1", controller: true }] }],
    ["kubernetes.io/config.mirror", { annotations: { "kubernetes.io/config.mirror": "abc" } }],
    ["kubernetes.io/config.source", { annotations: { "kubernetes.io/config.source": "file" } }],
  ])("is blocked where it is a static pod, as %s tells", (_, metadata = {}) => {
    expect(plan({ kind: "Pod", metadata })).toMatchObject({
      usages: ["shop/Pod/cart"],
      blockedBy: ["static-pod"],
    });
  });

  it.each<[string, WorkloadOptions, KubernetesObject["status"], string]>([
    ["a Job that is complete", { kind: "Job" }, done, "workload-finished"],
    ["a Job that failed", { kind: "Job" }, { conditions: [{ type: "Failed", status: "True" }] }, "workload-finished"],
    ["a pod that succeeded", { kind: "Pod" }, { phase: "Succeeded" }, "workload-finished"],
    [
      "a workload that is being deleted",
      { metadata: { deletionTimestamp: "2026-01-01T00:00:00Z" } },
      {},
      "workload-terminating",
    ],
  ])("needs nothing: %s", (_, cart, status, code) => {
    expect(plan(cart, [], status)).toMatchObject({ told: [code], reasons: undefined, steps: 0 });
  });

  it("is not finished by a condition that does not hold", () => {
    const suspended = {
      conditions: [
        { type: "Complete", status: "False" },
        { type: "Suspended", status: "True" },
      ],
    };
    expect(plan({ kind: "Job" }, [], suspended)).toMatchObject({ told: [], reasons: ["job-immutable"] });
  });

  it("has pods to be restarted where the webhook changes them already and its account is still to be written", () => {
    const switched: WorkloadOptions = { labels: { [useLabel]: "true" } };
    const pod = workload("shop/cart-1", { kind: "Pod", label: "cart", metadata: owned("Deployment", "cart") });
    const { reasons, step, findings } = plan(switched, [pod]);
    expect({ reasons, step }).toEqual({ reasons: ["pods-need-restart"], step: undefined });
    expect(findings.find(one => one.code === "pods-need-restart")?.args).toEqual({
      serviceAccount: "cart",
      kind: "Deployment",
      namespace: "shop",
      name: "cart",
    });
    expect(plan(switched).reasons).toEqual([]);
  });

  it("does not share its account with what has ended", () => {
    const objects = [
      ...bound("shop/other"),
      { ...workload("shop/old", { kind: "Job", label: "other", account: "cart" }), status: done },
    ];
    expect(plan({}, objects)).toMatchObject({ blockedBy: [], step: live });
  });

  it("is the CronJob for its Jobs, ended or not", () => {
    const job = (name: string) =>
      workload(`shop/${name}`, { kind: "Job", label: "cart", metadata: owned("CronJob", "cart") });
    expect(plan({ kind: "CronJob" }, [job("cart-1"), { ...job("cart-2"), status: done }])).toMatchObject({
      usages: ["shop/CronJob/cart"],
      told: [],
    });
  });

  it("in files is changed in the files, whatever its kind", () => {
    const { steps } = judge(
      factsOfFiles([...bound("shop/cart"), workload("shop/cart", { kind: "Job", label: "cart" })]),
      { ...decisions, issuer: "https://issuer.example/" },
    ).steps;
    expect(steps.find(one => one.stage === "switch")).toMatchObject({ op: "patch", route: "git" });
  });
});

describe("labels of live pods", () => {
  const pod = (name: string, label?: string, owner = owned("ReplicaSet", "cart-1")) =>
    workload(`shop/${name}`, { kind: "Pod", ...(label === undefined ? {} : { label }), metadata: owner });
  const replicaSet = (name: string, label?: string) =>
    workload(`shop/${name}`, {
      kind: "ReplicaSet",
      ...(label === undefined ? {} : { label }),
      metadata: owned("Deployment", "cart"),
    });
  const unlabelled = workload("shop/cart", { account: "cart" });
  const world = (...objects: KubernetesObject[]) => {
    const { found, mapped } = judge(
      factsOf([...bound("shop/cart"), ...bound("shop/other"), serviceAccount("shop/cart"), ...objects]),
      decisions,
    );
    const differs = found.findings.find(one => one.code === "label-differs-on-pods");
    const missing = found.findings.find(one => one.code === "label-missing-on-pods");
    return { usages: found.usages, mapping: mapped.mappings[0], differs: differs?.args, missing: missing?.args };
  };

  it("that somebody added by hand make their workload a usage, blocked until people say what is meant", () => {
    const { usages, mapping, differs } = world(unlabelled, replicaSet("cart-1"), pod("a", "cart"), pod("b"));
    expect(usages).toMatchObject([
      {
        id: `${west}/shop/Deployment/cart`,
        via: "label",
        bindingLabel: "cart",
        state: "legacy",
        pods: 2,
        identities: [{ name: "cart" }],
        findings: ["label-differs-on-pods"],
      },
    ]);
    expect(differs).toEqual({ onPods: ["cart"], inTemplate: [], since: "byHand" });
    expect(mapping?.blockedBy).toEqual(["label-differs-on-pods"]);
  });

  it("that somebody changed by hand give both identities, and are told with the template's", () => {
    const { usages, mapping, differs } = world(
      workload("shop/cart", { label: "cart", account: "cart" }),
      replicaSet("cart-1", "cart"),
      pod("a", "other"),
    );
    expect(usages[0]?.identities.map(one => one.name)).toEqual(["cart", "other"]);
    expect(differs).toEqual({ onPods: ["other"], inTemplate: ["cart"], since: "byHand" });
    expect(mapping?.blockedBy).toContain("label-differs-on-pods");
  });

  it("that come from an older template are told as that", () => {
    const { differs } = world(unlabelled, replicaSet("cart-1", "cart"), pod("a", "cart"));
    expect(differs).toEqual({ onPods: ["cart"], inTemplate: [], since: "olderTemplate" });
  });

  it("of a StatefulSet may be either", () => {
    const { differs } = world(
      workload("shop/cart", { kind: "StatefulSet", account: "cart" }),
      pod("cart-0", "cart", owned("StatefulSet", "cart")),
    );
    expect(differs).toMatchObject({ since: "unknown" });
  });

  it("that somebody removed by hand are told, and block nothing", () => {
    const { usages, mapping, missing } = world(
      workload("shop/cart", { label: "cart", account: "cart" }),
      replicaSet("cart-1", "cart"),
      pod("a", "cart"),
      pod("b"),
    );
    expect(usages).toMatchObject([{ findings: ["label-missing-on-pods"] }]);
    expect(missing).toEqual({ inTemplate: ["cart"], since: "byHand" });
    expect(mapping).toMatchObject({ blockedBy: [], reasons: expect.arrayContaining(["label-missing-on-pods"]) });
  });

  it("are not missed once the workload is on workload identity", () => {
    const { usages } = world(
      workload("shop/cart", { label: "cart", labels: { [useLabel]: "true" }, account: "done" }),
      serviceAccount("shop/done", { [clientIDAnnotation]: clientIDOf("cart") }),
    );
    expect(usages).toMatchObject([{ state: "migrated", findings: [] }]);
  });

  it("that have ended say nothing", () => {
    expect(
      world(unlabelled, replicaSet("cart-1"), { ...pod("a", "cart"), status: { phase: "Succeeded" } }).usages,
    ).toEqual([]);
  });
});

describe("the label in a wrong place or spelling", () => {
  const found = (options: WorkloadOptions) =>
    judge(factsOf([...bound("shop/cart"), workload("shop/cart", options)]), decisions).found;
  const labels = { aadpodidbinding: "cart" };

  it.each<[string, WorkloadOptions, string, object]>([
    [
      "the workload alone",
      { metadata: { labels } },
      "label-in-wrong-place",
      { place: "metadata.labels", value: "cart" },
    ],
    [
      "an annotation of the workload",
      { metadata: { annotations: labels } },
      "label-in-wrong-place",
      { place: "metadata.annotations", value: "cart" },
    ],
    [
      "an annotation of the pods",
      { annotations: labels },
      "label-in-wrong-place",
      { place: "spec.template.metadata.annotations", value: "cart" },
    ],
    [
      "another case",
      { labels: { aadPodIdBinding: "cart" } },
      "label-misspelt",
      { key: "aadPodIdBinding", place: "spec.template.metadata.labels", value: "cart" },
    ],
    [
      "another word",
      { labels: { "aad-pod-identity-binding": "cart" } },
      "label-misspelt",
      { key: "aad-pod-identity-binding", place: "spec.template.metadata.labels", value: "cart" },
    ],
    [
      "another prefix",
      { labels: { "example.com/aadpodidbinding": "cart" } },
      "label-misspelt",
      { key: "example.com/aadpodidbinding", place: "spec.template.metadata.labels", value: "cart" },
    ],
    [
      "a bare pod",
      { kind: "Pod", annotations: labels },
      "label-in-wrong-place",
      { place: "metadata.annotations", value: "cart" },
    ],
  ])("is told, and is no usage: %s", (_, options, code, args) => {
    const { usages, findings } = found(options);
    expect(usages).toEqual([]);
    expect(findings.filter(one => one.code === code).map(one => one.args)).toEqual([args]);
  });

  it("is told for the Jobs of a CronJob, whose own labels are not their pods'", () => {
    const cron = workload("shop/cart", { kind: "CronJob" });
    const jobTemplate = { ...(cron.spec?.jobTemplate as object), metadata: { labels } };
    const { findings } = judge(factsOf([{ ...cron, spec: { jobTemplate } }]), decisions).found;
    expect(findings).toMatchObject([
      { code: "label-in-wrong-place", args: { place: "spec.jobTemplate.metadata.labels", value: "cart" } },
    ]);
  });

  it("is not told where the pods have it as well", () => {
    expect(found({ label: "cart", metadata: { labels, annotations: labels } }).findings).toEqual([]);
  });
});
