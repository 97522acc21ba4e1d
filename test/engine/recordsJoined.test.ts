import { describe, expect, it } from "vitest";
import type { Change, StepOf } from "../../src/core/model.ts";
import type { ClusterAccess } from "../../src/core/ports.ts";
import { sharesOf, withoutUsages } from "../../src/core/steps/shares.ts";
import { sharedWorld, subject } from "./sharedAccount.ts";
import { app, engineWorld, outcomes } from "./world.ts";

type Data = Record<string, string>;

const change = (key: string, before: string, after: string): Change => ({ path: ["data", key], before, after });
const [x, y] = [change("x", "a", "b"), change("y", "c", "d")];

/** An object of two fields, which a step of the engine changes. */
async function settingsWorld() {
  const metadata = { name: "settings", namespace: "shop" };
  const settings = (data: Data) => ({ apiVersion: "v1", kind: "ConfigMap", metadata, data });
  const world = await engineWorld({ objects: [...app("cart"), settings({ x: "a", y: "c" })] });
  const ref = { source: world.access.source, apiVersion: "v1", kind: "ConfigMap", ...metadata };
  const step = (...changes: Change[]): StepOf<"patch"> => ({
    id: `${ref.source}/shop/ConfigMap/settings#prepare`,
    stage: "prepare",
    dependsOn: [],
    usages: [`${ref.source}/shop/Deployment/cart`],
    route: "live",
    target: ref,
    op: "patch",
    changes,
  });
  const apply = async (one: StepOf<"patch">, run = "run-1") => {
    const results = await world.run([one], { run });
    expect(outcomes(results)).toEqual({ "ConfigMap/settings": "applied" });
  };
  return {
    ...world,
    step,
    settings,
    apply,
    /** What a run does that is no more from the moment of this call on. */
    async applyAndDie(one: StepOf<"patch">, call: "patch" | "replace") {
      const die = async () => {
        throw new Error("the process is no more");
      };
      const cluster = (): ClusterAccess => ({ ...world.access, [call]: die });
      await expect(world.run([one], {}, { cluster })).rejects.toThrow("the process is no more");
      expect(world.records()).toMatchObject([{ state: "intent" }]);
    },
    /** Somebody else's change. */
    set: (data: Data) =>
      world.access.patch(
        ref,
        Object.entries(data).map(([key, value]) => ({ op: "replace", path: `/data/${key}`, value })),
      ),
    recorded: () =>
      world
        .records()
        .map(({ run, seq, state, step: { op, ...rest }, observedBefore }) => [
          `${run} ${seq} ${state} ${op}`,
          "changes" in rest ? rest.changes : [],
          observedBefore,
        ]),
  };
}

describe("the record of an object that a run changes again", () => {
  it("keeps what was there before the first time, where somebody has put a part of it back", async () => {
    const world = await settingsWorld();
    await world.apply(world.step(x, y));
    await world.set({ x: "a" });
    await world.apply(world.step(x, y));
    expect(world.recorded()).toEqual([["run-1 1 done patch", [x, y], ["a", "c"]]]);
  });

  it("keeps it where the plan has only the rest", async () => {
    const world = await settingsWorld();
    await world.apply(world.step(x, y));
    await world.set({ x: "a" });
    await world.apply(world.step(x));
    expect(world.recorded()).toEqual([["run-1 1 done patch", [x, y], ["a", "c"]]]);
  });

  it("keeps it where the run goes further with the same field", async () => {
    const world = await settingsWorld();
    await world.apply(world.step(x, y));
    const further = change("x", "b", "f");
    await world.apply(world.step(further));
    expect(world.recorded()).toEqual([["run-1 1 done patch", [further, y], ["a", "c"]]]);
  });

  it("keeps it beside what somebody else has made of it meanwhile", async () => {
    const world = await settingsWorld();
    await world.apply(world.step(x, y));
    await world.set({ x: "e" });
    const again = change("x", "e", "b");
    await world.apply(world.step(again));
    expect(world.recorded()).toEqual([["run-1 1 done patch", [again, y], ["a", "c"]]]);
  });

  it("learns what was there where somebody else had made the change the first time", async () => {
    const world = await settingsWorld();
    await world.set({ y: "d" });
    await world.apply(world.step(x, y));
    expect(world.recorded()).toEqual([["run-1 1 done patch", [x, y], ["a", "d"]]]);
    await world.set({ y: "c" });
    await world.apply(world.step(x, y));
    expect(world.recorded()).toEqual([["run-1 1 done patch", [x, y], ["a", "c"]]]);
  });

  it("keeps what a run recorded that died before it marked it", async () => {
    const world = await settingsWorld();
    await world.applyAndDie(world.step(x, y), "replace");
    await world.set({ x: "a" });
    await world.apply(world.step(x, y));
    expect(world.recorded()).toEqual([["run-1 1 done patch", [x, y], ["a", "c"]]]);
  });

  it("has nothing of a run that died before it changed anything", async () => {
    const world = await settingsWorld();
    await world.applyAndDie(world.step(x, y), "patch");
    await world.set({ x: "e" });
    const now = change("x", "e", "b");
    await world.apply(world.step(now));
    expect(world.recorded()).toEqual([["run-1 2 done patch", [now], ["e"]]]);
  });

  it("says still that the run has made the object", async () => {
    const world = await engineWorld({ objects: app("cart", { account: "default" }) });
    await world.apply();
    const record = () =>
      world
        .records()
        .find(one => one.step.target && "kind" in one.step.target && one.step.target.kind === "ServiceAccount");
    const made = record();
    if (made?.step.op !== "create") throw new Error("no account was made");
    const { source, name } = made.step.target;
    const ref = { source, apiVersion: "v1", kind: "ServiceAccount", namespace: "shop", name };
    await world.access.patch(ref, [{ op: "remove", path: "/metadata/annotations/azure.workload.identity~1client-id" }]);
    expect(await world.apply()).toMatchObject({ [`ServiceAccount/${name}`]: "applied" });
    expect(record()).toEqual(made);
  });

  it("is of the object that is there now, where somebody has made it anew", async () => {
    const world = await settingsWorld();
    const { access } = world;
    const of = (uid: string | undefined, ...changes: Change[]) => {
      const step = world.step(...changes);
      return { ...step, target: { ...step.target, ...(uid === undefined ? {} : { uid }) } };
    };
    const ref = world.step().target;
    const first = (await access.get(ref))?.metadata.uid;
    await world.apply(of(first, x, y));
    await access.delete({ ...ref, uid: first ?? "" }, { gracePeriodSeconds: 0 });
    const second = await access.create(world.settings({ x: "a", y: "d" }));
    await world.apply(of(second.metadata.uid, x));
    expect(world.recorded()).toEqual([["run-1 2 done patch", [x], ["a"]]]);
  });

  it("takes nothing from a record that lacks the values it is about", async () => {
    const world = await settingsWorld();
    await world.apply(world.step(x, y));
    const [stored] = world.cluster
      .objects("ConfigMap")
      .filter(one => one.metadata.namespace === "azwi-migrate" && one.metadata.labels);
    const [record] = world.records();
    if (!stored || !record) throw new Error("no record");
    await world.access.replace({
      ...stored,
      data: { "record.json": JSON.stringify({ ...record, observedBefore: ["forged"] }) },
    });
    await world.set({ x: "a" });
    await world.apply(world.step(x, y));
    expect(world.recorded()).toEqual([["run-1 2 done patch", [x, y], ["a", "d"]]]);
  });

  it("has the parts that one run after the other does for the workloads that share a role binding", async () => {
    const world = await sharedWorld();
    const { found, mapped, steps } = await world.judge();
    const shares = sharesOf(found.usages, mapped.mappings);
    const orders = found.usages.flatMap(({ id }) => (id.endsWith("/orders") ? [id] : []));
    const binding = () => world.records().find(({ step }) => step.id.includes("/shop/RoleBinding/read"));
    await world.run(withoutUsages(steps.steps, new Set(orders), shares));
    const one = binding();
    const cart = { path: ["subjects", { match: subject("cart") }], after: subject("cart") };
    expect(one).toMatchObject({ state: "done", step: { changes: [cart] }, observedBefore: [null] });
    await world.run(steps.steps);
    const change = { path: ["subjects", { match: subject("orders") }], after: subject("orders") };
    expect(binding()).toMatchObject({
      seq: one?.seq,
      state: "done",
      step: { usages: found.usages.map(({ id }) => id), changes: [cart, change] },
      observedBefore: [null, null],
    });
  });
});

describe("the records of runs with different plans", () => {
  it("are kept side by side, in the order in which they were begun", async () => {
    const world = await settingsWorld();
    await world.apply(world.step(x, y), "run-b");
    await world.set({ x: "e" });
    const again = change("x", "e", "b");
    await world.apply(world.step(again), "run-a");
    expect(world.recorded().sort()).toEqual([
      ["run-a 2 done patch", [again], ["e"]],
      ["run-b 1 done patch", [x, y], ["a", "c"]],
    ]);
  });
});
