import { describe, expect, test } from "vitest";
import type { JsonObject, KubernetesObject } from "../../src/core/kubernetes.ts";
import type { Step } from "../../src/core/model.ts";
import { ApiError } from "../../src/core/ports.ts";
import { defaultProbeImage } from "../../src/core/probe/defaultImage.ts";
import { probeLabel } from "../../src/core/probe/probePod.ts";
import { type ProbeProof, type ProbeTarget, probeTargets } from "../../src/core/probe/probeTargets.ts";
import { rightsOfProbes } from "../../src/core/rights/neededRights.ts";
import type { EnginePorts, RunEvent } from "../../src/engine/ports.ts";
import { probeAfterPrepare } from "../../src/engine/probeAfterPrepare.ts";
import { probePods } from "../../src/engine/probePods.ts";
import type { Pod } from "../../src/sandbox/cluster/object.ts";
import { serviceAccount, workload } from "../core/factories.ts";
import { type EngineWorld, engineWorld } from "./world.ts";

const cart = workload("shop/cart", {
  label: "cart",
  labels: { app: "cart" },
  account: "cart",
  spec: { replicas: 1, selector: { matchLabels: { app: "cart" } } },
});
const isProbe = (pod: Pod) => pod.metadata.labels?.[probeLabel] === "true";

async function world(objects: readonly KubernetesObject[] = []): Promise<EngineWorld> {
  return engineWorld({ objects: [cart, serviceAccount("shop/cart"), ...objects] });
}

async function targets(of: EngineWorld): Promise<ProbeTarget[]> {
  const { facts, decisions, selected, mapped } = await of.judge();
  return probeTargets(facts, decisions, { usages: selected, mappings: mapped.mappings });
}

async function probe(of: EngineWorld, ports: Partial<Pick<EnginePorts, "cluster" | "signal">> = {}) {
  const events: RunEvent[] = [];
  const { access, azureAccess: azure, clock } = of;
  const proofs = await probePods(
    await targets(of),
    { cluster: () => access, azure, clock, random: () => 1, signal: new AbortController().signal, ...ports },
    { report: event => events.push(event) },
    { run: "run-1", image: defaultProbeImage },
  );
  return {
    proofs: proofs.map(({ target, result, evidence }) => `${target.workload.name} ${result}: ${evidence}`),
    events,
  };
}

function probesIn({ cluster }: EngineWorld): string[] {
  return cluster
    .objects()
    .flatMap(object => (object.kind === "Pod" && isProbe(object as Pod) ? [object.metadata.name ?? ""] : []));
}

describe("a probe pod", () => {
  test("passes where a pod like the workload's exchanges a token, and leaves a closed record only", async () => {
    const of = await world();
    of.cluster.fail({ exits: 0, message: "exchanged", when: isProbe });
    const { proofs, events } = await probe(of);
    expect(proofs).toEqual(["cart passed: a pod with the workload's labels, nodes and account exchanged a token"]);
    expect(events).toEqual([
      { event: "probes-started", pods: 1, seconds: 210 },
      expect.objectContaining({ event: "probe-ended" }),
    ]);
    expect(probesIn(of)).toEqual([]);
    expect(of.records().map(({ run, state, step }) => [run, state, step.op, step.target.kind])).toEqual([
      ["run-1-probe", "done", "create", "Pod"],
    ]);
  });

  test.each<[string, string, JsonObject]>([
    ["a Deployment without replicas", "Deployment", { replicas: 0 }],
    ["a StatefulSet", "StatefulSet", { replicas: 1 }],
    ["a DaemonSet", "DaemonSet", {}],
    ["a suspended CronJob", "CronJob", { suspend: true, schedule: "0 0 * * *" }],
    ["a suspended Job", "Job", { suspend: true }],
    ["a Pod of nobody", "Pod", {}],
  ])("is made of %s, whatever runs of it", async (_, kind, spec) => {
    const selector = ["CronJob", "Job", "Pod"].includes(kind) ? {} : { selector: { matchLabels: { app: "one" } } };
    const one = workload("shop/one", {
      kind,
      label: "cart",
      labels: { app: "one" },
      account: "cart",
      spec: { ...spec, ...selector },
    });
    const of = await engineWorld({ objects: [one, serviceAccount("shop/cart")] });
    of.cluster.fail({ exits: 0, when: isProbe });
    expect((await probe(of)).proofs).toEqual([expect.stringMatching(/^one passed: /)]);
    expect(probesIn(of)).toEqual([]);
  });

  test("is recorded before it is made, never ready, and belongs to its service account", async () => {
    const of = await world();
    const seen: Record<string, unknown>[] = [];
    of.cluster.fail({
      exits: 0,
      when: pod => {
        if (isProbe(pod))
          seen.push({
            ready: pod.status.conditions?.find(({ type }) => type === "Ready")?.status,
            owner: pod.metadata.ownerReferences?.map(({ kind, name, controller }) => ({ kind, name, controller })),
            token: pod.spec.containers[0]?.env?.some(({ name }) => name === "AZURE_FEDERATED_TOKEN_FILE"),
          });
        return isProbe(pod);
      },
    });
    await probe(of);
    expect(seen.at(-1)).toEqual({
      ready: "False",
      owner: [{ kind: "ServiceAccount", name: "cart", controller: true }],
      token: true,
    });
    expect(of.writes()).toEqual([
      "POST v1/namespaces",
      "POST record",
      "POST shop/pods",
      expect.stringMatching(/^DELETE pods\/azwi-probe-/),
      "PUT record",
    ]);
  });

  test("fails where it does not reach the authority host", async () => {
    const of = await world();
    of.cluster.fail({ exits: 2, message: "curl: (28) Connection timed out", when: isProbe });
    expect((await probe(of)).proofs).toEqual([
      "cart failed: a pod like the workload's does not reach the authority host (curl: (28) Connection timed out)",
    ]);
    expect(probesIn(of)).toEqual([]);
  });

  test("that does not start in time proves nothing, and is deleted all the same", async () => {
    const of = await world();
    of.cluster.fail({ pods: "Unschedulable", when: isProbe });
    const { proofs } = await probe(of);
    expect(proofs).toEqual([expect.stringMatching(/^cart not-checked: no node took the probe pod: 0\/2 nodes/)]);
    expect(probesIn(of)).toEqual([]);
  });

  test("is not made where a Service would send it traffic", async () => {
    const service = {
      apiVersion: "v1",
      kind: "Service",
      metadata: { namespace: "shop", name: "cart" },
      spec: { selector: { app: "cart" }, publishNotReadyAddresses: true, clusterIP: "None" },
    } as KubernetesObject;
    const of = await world([service]);
    expect((await probe(of)).proofs).toEqual([
      "cart not-checked: Service shop/cart selects it and publishes pods that are not ready: it would send it traffic",
    ]);
    expect(of.writes()).toEqual([]);
  });

  test("is deleted when the run is interrupted", async () => {
    const of = await world();
    const controller = new AbortController();
    of.cluster.fail({
      exits: 0,
      when: pod => {
        if (isProbe(pod)) controller.abort();
        return false;
      },
    });
    expect((await probe(of, { signal: controller.signal })).proofs).toEqual(["cart not-checked: interrupted"]);
    expect(probesIn(of)).toEqual([]);
  });

  test("needs rights that are asked for before anything is written, and without which nobody is switched who must be probed", () => {
    const of = { usage: "u", serviceAccount: "cart", services: [], isOneIdentity: true, isPrepared: true };
    const ref = { source: "west", apiVersion: "apps/v1", kind: "Deployment", namespace: "shop", name: "cart" };
    const steps = [{ id: "u#switch", stage: "switch", usages: ["u"] } as unknown as Step];
    const needs = (isNeeded: boolean, why: Pick<ProbeTarget, "impossible"> = {}) =>
      rightsOfProbes([{ ...of, workload: ref, isNeeded, ...why }], steps).map(need => [
        need.right.verb,
        need.neededFor,
        ...need.steps,
      ]);
    expect(needs(true)).toEqual(
      ["create", "get", "delete"].map(verb => [verb, "the probe of Deployment shop/cart", "u#switch"]),
    );
    expect(needs(false)).toEqual(["create", "get", "delete"].map(verb => [verb, "the probe of Deployment shop/cart"]));
    expect(needs(true, { impossible: "the webhook would give it no token (webhook-not-installed)" })).toEqual([]);
  });

  test("that a run has left behind is no workload, and is swept by the next one", async () => {
    const of = await world();
    const { access } = of;
    const [target] = await targets(of);
    if (!target) throw new Error("no target");
    // What a process leaves that dies right after it has made the pod.
    const dying = {
      ...access,
      get: access.get,
      delete: async () => {
        throw new Error("the process is no more");
      },
    };
    const once = probePods(
      [target],
      {
        cluster: () => dying,
        azure: of.azureAccess,
        clock: of.clock,
        random: () => 1,
        signal: new AbortController().signal,
      },
      { report: () => undefined },
      { run: "run-1", image: defaultProbeImage },
    );
    of.cluster.fail({ exits: 0, when: isProbe });
    await expect(once).rejects.toThrow("the process is no more");
    expect(probesIn(of)).toHaveLength(1);
    expect((await of.judge()).found.usages.map(usage => usage.workload.kind)).toEqual(["Deployment"]);
    await of.run([]);
    expect(probesIn(of)).toEqual([]);
    expect(of.records().map(({ state }) => state)).toEqual(["done"]);
  });

  test("in a run has its records in the list that the run has read, and the numbers after its own", async () => {
    const of = await world();
    of.cluster.fail({ exits: 0, when: isProbe });
    const { steps } = (await of.judge()).steps;
    const { access, azureAccess: azure, clock } = of;
    const ports = { cluster: () => access, azure, clock, random: () => 1, signal: new AbortController().signal };
    const about = { targets: await targets(of), steps, stages: ["prepare", "switch"] as const };
    const proofs: ProbeProof[] = [];
    const afterStage = probeAfterPrepare(
      async () => new Map(),
      { ...about, run: "run-1", image: defaultProbeImage },
      { ports, driver: { report: () => undefined }, proofs },
    );
    await of.run(steps, { afterStage });
    expect(proofs.map(({ result }) => result)).toEqual(["passed"]);
    const lists = of.cluster.requests.filter(
      ({ method, path }) => method === "GET" && path.endsWith("/namespaces/azwi-migrate/configmaps"),
    );
    expect(lists).toHaveLength(1);
    const records = of.records().map(({ run, seq, state, step }) => [seq, run, state, step.target.kind]);
    expect(records.sort(([a], [b]) => Number(a) - Number(b))).toEqual([
      [1, "run-1", "done", expect.anything()],
      [2, "run-1", "done", expect.anything()],
      [3, "run-1-probe", "done", "Pod"],
      [4, "run-1", "done", "Deployment"],
    ]);
  });

  test("that must pass keeps a workload from its switch too where its credential came only after the plan", async () => {
    const of = await world();
    const { steps } = (await of.judge()).steps;
    const needed = (await targets(of)).map(target => ({ ...target, isNeeded: true }));
    await of.run(steps, { stages: ["prepare"] });
    const { access, azureAccess: azure, clock } = of;
    const ports = { cluster: () => access, azure, clock, random: () => 1, signal: new AbortController().signal };
    const afterStage = probeAfterPrepare(
      async () => new Map(),
      { targets: needed, steps, stages: ["switch"], run: "run-1", image: defaultProbeImage },
      { ports, driver: { report: () => undefined }, proofs: [] },
    );
    const results = await of.run(steps, { stages: ["switch"], afterStage });
    expect(results.map(({ outcome, message }) => [outcome, message])).toEqual([
      ["stopped", "no probe was made: no federated credential for it was seen: run stage prepare first"],
    ]);
  });

  test("that a run has left behind is deleted by the next one at its second try too", async () => {
    const of = await world();
    of.cluster.fail({ exits: 0, when: isProbe });
    const path = /\/pods\/azwi-probe-/;
    const allow = of.cluster.fail({ request: { method: "DELETE", path }, answer: 403, reason: "Forbidden" });
    await probe(of);
    expect(probesIn(of)).toHaveLength(1);
    allow();
    of.cluster.fail({ request: { method: "DELETE", path }, answer: 500, count: 1 });
    await of.run([]);
    expect([probesIn(of), of.records().map(({ state }) => state)]).toEqual([[], ["done"]]);
  });

  test("is looked for where the answer to its making was lost, and proves what it proves", async () => {
    const of = await world();
    of.cluster.fail({ exits: 0, when: isProbe });
    const { access } = of;
    let lost = 0;
    const create: typeof access.create = async (object, options) => {
      const made = await access.create(object, options);
      if (object.kind === "Pod" && lost++ === 0) throw new ApiError("the connection broke");
      return made;
    };
    expect((await probe(of, { cluster: () => ({ ...access, create }) })).proofs).toEqual([
      "cart passed: a pod with the workload's labels, nodes and account exchanged a token",
    ]);
    expect([lost, probesIn(of), of.records().map(({ state }) => state)]).toEqual([1, [], ["done"]]);
  });

  test("keeps what it has shown where it cannot be deleted, and is in nobody's way after that", async () => {
    const of = await world();
    of.cluster.fail({ exits: 2, message: "curl: (28)", when: isProbe });
    const path = /\/pods\/azwi-probe-/;
    const allow = of.cluster.fail({ request: { method: "DELETE", path }, answer: 403, reason: "Forbidden" });
    expect((await probe(of)).proofs).toEqual([
      expect.stringMatching(/^cart failed: .* \(curl: \(28\)\); the probe pod is left to the next run: /),
    ]);
    expect([probesIn(of).length, of.records().map(({ state }) => state)]).toEqual([1, ["intent"]]);
    expect((await probe(of)).proofs).toEqual([expect.stringMatching(/^cart not-checked: /)]);
    allow();
    of.cluster.fail({ request: { method: "DELETE", path }, answer: 500, count: 1 });
    expect((await probe(of)).proofs).toEqual([expect.stringMatching(/^cart failed: .* \(curl: \(28\)\)$/)]);
    expect([probesIn(of), of.records().map(({ state }) => state)]).toEqual([[], ["done"]]);
  });

  test("that was made after its record was closed is replaced; what is no probe is left alone", async () => {
    const of = await world();
    of.cluster.fail({ exits: 0, when: isProbe });
    await probe(of);
    const made = of.records()[0]?.step;
    if (made?.op !== "create") throw new Error("no probe was recorded");
    const pod = made.object as unknown as KubernetesObject;
    await of.access.create(pod);
    expect((await probe(of)).proofs).toEqual([expect.stringMatching(/^cart passed: /)]);
    expect(probesIn(of)).toEqual([]);
    await of.access.create({ ...pod, metadata: { ...pod.metadata, labels: {} } });
    expect((await probe(of)).proofs).toEqual([
      `cart not-checked: there is a Pod shop/${pod.metadata.name} that is no probe`,
    ]);
    expect(of.cluster.objects("Pod").map(({ metadata }) => metadata.name)).toContain(pod.metadata.name);
  });

  test("that a quota has no room for proves nothing, in the server's words", async () => {
    const of = await world();
    const quota = { namespace: "shop", name: "small", requested: "pods=1", used: "pods=1", limited: "pods=1" };
    of.cluster.fail({ quota });
    expect((await probe(of)).proofs).toEqual([expect.stringMatching(/^cart not-checked: .*exceeded quota: small/)]);
    expect(of.records().map(({ state }) => state)).toEqual(["done"]);
  });

  test("of a record that somebody forged deletes no pod of theirs", async () => {
    const of = await world([
      {
        apiVersion: "v1",
        kind: "Pod",
        metadata: { namespace: "shop", name: "precious" },
        spec: { containers: [{ name: "app" }] },
      } as KubernetesObject,
    ]);
    const source = of.access.source;
    const step = {
      id: `${source}/shop/Pod/precious#prepare`,
      stage: "prepare",
      dependsOn: [],
      usages: [`${source}/shop/Deployment/cart`],
      route: "live",
      target: { source, apiVersion: "v1", kind: "Pod", namespace: "shop", name: "precious" },
      op: "create",
      object: {},
    } as const;
    const { Records } = await import("../../src/engine/records.ts");
    await new Records(of.access, "run-9").intend(step as never, { object: undefined });
    await of.run([]);
    expect(of.cluster.objects().some(({ kind, metadata }) => kind === "Pod" && metadata.name === "precious")).toBe(
      true,
    );
  });
});
