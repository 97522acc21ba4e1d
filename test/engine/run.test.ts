import { describe, expect, it } from "vitest";
import type { RunEvent } from "../../src/engine/ports.ts";
import { maxTries } from "../../src/engine/retry.ts";
import { app, type EngineWorld, engineWorld, isRecord, outcomes, shortName } from "./world.ts";

const applied = (...names: string[]) => endedAs("applied", ...names);
const endedAs = (outcome: string, ...names: string[]) =>
  Object.fromEntries(
    names.flatMap(name => [
      [`ServiceAccount/${name}`, outcome],
      [`trust shop-${name}`, outcome],
      [`Deployment/${name}`, outcome],
    ]),
  );
const put = { method: "PUT", path: "federatedIdentityCredentials" };
const deploymentPath = "/apis/apps/v1/namespaces/shop/deployments/cart";
const credentialPath = expect.stringMatching(/^cart\/shop-cart-[0-9a-f]{10} 201$/);
const retries = ({ events }: EngineWorld) =>
  events.flatMap(one => (one.event === "step-retried" ? [[shortName(one.step.id), one.seconds]] : []));

describe("a run", () => {
  it("carries out its steps, and a second one finds them done and writes nothing", async () => {
    const world = await engineWorld({ objects: app("cart") });
    const { steps } = (await world.judge()).steps;
    expect(outcomes(await world.run(steps))).toEqual(applied("cart"));
    expect((await world.judge()).steps).toEqual({ steps: [], done: 3 });
    const before = [...world.writes(), ...world.puts()];
    expect(outcomes(await world.run(steps))).toEqual(endedAs("done", "cart"));
    expect([...world.writes(), ...world.puts()]).toEqual(before);
  });

  it("tells what happens, stage by stage", async () => {
    const world = await engineWorld({ objects: app("cart") });
    await world.apply();
    const told = world.events.map(one =>
      "step" in one
        ? `${one.event} ${shortName(one.step.id)}`
        : one.event === "stage-started"
          ? `${one.event} ${one.stage} ${one.steps}`
          : one.event,
    );
    expect(told.filter(one => one.startsWith("stage"))).toEqual(["stage-started prepare 2", "stage-started switch 1"]);
    expect(told.indexOf("stage-started switch 1")).toBeGreaterThan(told.indexOf("step-ended trust shop-cart"));
    expect(told.at(-1)).toBe("step-ended Deployment/cart");
  });

  it("records a step before it is written, and marks it after", async () => {
    const world = await engineWorld({ objects: app("cart") });
    const { steps } = (await world.judge()).steps;
    const end = world.cluster.fail({
      request: { method: "PATCH", path: deploymentPath },
      answer: 403,
      reason: "Forbidden",
    });
    expect(outcomes(await world.run(steps))).toEqual({ ...applied("cart"), "Deployment/cart": "failed" });
    const states = () => Object.fromEntries(world.records().map(one => [shortName(one.step.id), one.state]));
    expect(states()).toEqual({ "ServiceAccount/cart": "done", "trust shop-cart": "done", "Deployment/cart": "intent" });
    end();
    expect(outcomes(await world.run(steps))).toEqual({ ...endedAs("done", "cart"), "Deployment/cart": "applied" });
    expect(states()).toEqual({ "ServiceAccount/cart": "done", "trust shop-cart": "done", "Deployment/cart": "done" });
    expect(
      world
        .records()
        .map(one => one.seq)
        .sort(),
    ).toEqual([1, 2, 4]);
    expect(world.records().find(one => one.step.stage === "switch")).toEqual({
      run: "run-1",
      seq: 4,
      state: "done",
      step: steps.at(-1),
      observedBefore: [null],
    });
  });

  it("gives a step that the server refuses its words, and does not try again", async () => {
    const world = await engineWorld({ objects: app("cart") });
    world.cluster.fail({
      request: { method: "PATCH", path: deploymentPath },
      answer: 403,
      reason: "Forbidden",
      message: "no, said the policy",
    });
    const results = await world.run((await world.judge()).steps.steps);
    expect(results.at(-1)).toMatchObject({
      outcome: "failed",
      message: expect.stringContaining("no, said the policy"),
    });
    expect(world.cluster.requests.filter(one => one.method === "PATCH" && one.path === deploymentPath)).toHaveLength(1);
  });

  it("leaves manual work to people, and sees when they have done it", async () => {
    const [account, deployment] = app("cart");
    if (!account || !deployment) throw new Error("no objects");
    const pod = {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "cart", namespace: "shop", labels: { aadpodidbinding: "cart" } },
      spec: { serviceAccountName: "cart", containers: [{ name: "app", image: "shop/app:1" }] },
    };
    const world = await engineWorld({ objects: [account, pod] });
    const { steps } = (await world.judge()).steps;
    expect(outcomes(await world.run(steps))).toEqual({
      "ServiceAccount/cart": "applied",
      "trust shop-cart": "applied",
      "Pod/cart": "manual",
    });
    await world.access.patch({ apiVersion: "v1", kind: "Pod", namespace: "shop", name: "cart" }, [
      { op: "add", path: "/metadata/labels/azure.workload.identity~1use", value: "true" },
    ]);
    expect(outcomes(await world.run(steps))).toMatchObject({ "Pod/cart": "done" });
  });
});

describe("steps that cannot be carried out", () => {
  const two = async () => {
    const world = await engineWorld({ objects: [...app("cart"), ...app("orders")] });
    return { world, steps: (await world.judge()).steps.steps };
  };

  it("are drifted, and stop what depends on them and nothing else", async () => {
    const { world, steps } = await two();
    await world.access.patch({ apiVersion: "v1", kind: "ServiceAccount", namespace: "shop", name: "cart" }, [
      { op: "add", path: "/metadata/annotations", value: { "azure.workload.identity/client-id": "somebody" } },
    ]);
    const results = await world.run(steps);
    expect(outcomes(results)).toEqual({
      ...applied("orders", "cart"),
      "ServiceAccount/cart": "drifted",
      "Deployment/cart": "stopped",
    });
    expect(results.find(one => one.outcome === "stopped")?.message).toMatch(
      /ServiceAccount\/cart#prepare ended as drifted$/,
    );
    expect(world.records().some(one => one.step.id.includes("ServiceAccount/cart"))).toBe(false);
  });

  it("are drifted when the object was made anew under its name", async () => {
    const { world, steps } = await two();
    const anew = steps.map(step =>
      step.id.endsWith("Deployment/cart#switch") && "uid" in step.target
        ? { ...step, target: { ...step.target, uid: "another" } }
        : step,
    );
    expect(outcomes(await world.run(anew as typeof steps))).toEqual({
      ...applied("cart", "orders"),
      "Deployment/cart": "drifted",
    });
  });

  it("are drifted when somebody is faster between the look and the write", async () => {
    const { world, steps } = await two();
    const ref = { apiVersion: "apps/v1", kind: "Deployment", namespace: "shop", name: "cart" };
    const label = "/spec/template/metadata/labels/azure.workload.identity~1use";
    let raced = 0;
    const cluster = () => ({
      ...world.access,
      patch: async (...call: Parameters<typeof world.access.patch>) => {
        if (call[0].name === "cart" && call[0].kind === "Deployment" && raced++ === 0)
          await world.access.patch(ref, [{ op: "add", path: label, value: "false" }]);
        return world.access.patch(...call);
      },
    });
    expect(outcomes(await world.run(steps, {}, { cluster }))).toEqual({
      ...applied("cart", "orders"),
      "Deployment/cart": "drifted",
    });
    expect(raced).toBe(1);
    expect(retries(world)).toEqual([["Deployment/cart", 0]]);
  });

  it("are unknown without a sign-in, and stop the switch", async () => {
    const { world, steps } = await two();
    expect(outcomes(await world.run(steps, {}, { azure: undefined }))).toMatchObject({
      "trust shop-cart": "unknown",
      "Deployment/cart": "stopped",
      "ServiceAccount/cart": "applied",
    });
  });

  it("are given up after several tries, with what was said last", async () => {
    const { world, steps } = await two();
    world.azure.fail({
      ...put,
      path: /shop-cart-/,
      effect: "answer",
      status: 503,
      code: "ServiceUnavailable",
      message: "not now",
    });
    const results = await world.run(steps);
    expect(outcomes(results)).toEqual({
      ...applied("cart", "orders"),
      "trust shop-cart": "failed",
      "Deployment/cart": "stopped",
    });
    expect(results.find(one => one.outcome === "failed")?.message).toContain("not now");
    expect(world.puts().filter(one => one.includes("shop-cart"))).toHaveLength(maxTries);
    expect(retries(world)).toEqual([1, 2, 4, 8, 16, 32, 60].map(seconds => ["trust shop-cart", seconds]));
  });

  it("end the run with a defect's own error, after the others have ended", async () => {
    const { world, steps } = await two();
    const cluster = () => ({
      ...world.access,
      get: async (...call: Parameters<typeof world.access.get>) => {
        if (call[0].name === "cart" && call[0].kind === "ServiceAccount") throw new TypeError("a defect");
        return world.access.get(...call);
      },
    });
    await expect(world.run(steps, {}, { cluster })).rejects.toThrow("a defect");
    const ended = world.events.flatMap(one => (one.event === "step-ended" ? [shortName(one.step.id)] : []));
    expect(ended.sort()).toEqual(["ServiceAccount/orders", "trust shop-cart", "trust shop-orders"]);
  });
});

describe("writes to Azure", () => {
  const several = (names: string[], identity?: string) =>
    names.flatMap(name => app(name, identity === undefined ? {} : { identity }));

  it("are serial for an identity, and parallel across identities", async () => {
    const names = { cart: ["a", "b", "c"], till: ["x", "y", "z"] };
    const world = await engineWorld({
      identities: ["cart", "till"],
      objects: [...several(names.cart), ...several(names.till, "till")],
      azure: { writeMilliseconds: 5000 },
    });
    const { steps } = (await world.judge()).steps;
    expect(outcomes(await world.run(steps, { stages: ["prepare"] }))).toMatchObject({
      "trust shop-a": "applied",
      "trust shop-z": "applied",
    });
    const starts = (identity: string) =>
      world.azure.requests.filter(one => one.method === "PUT" && one.path.includes(`/${identity}/`)).map(one => one.at);
    for (const [first = 0, ...later] of [starts("cart"), starts("till")]) {
      expect(later.map(at => at - first)).toEqual([5000, 10_000]);
    }
    expect(starts("cart")[0]).toBe(starts("till")[0]);
    expect(world.puts().filter(one => !one.endsWith(" 201"))).toEqual([]);
    expect(retries(world)).toEqual([]);
  });

  it.each([
    [
      "throttling, as long as Azure asks",
      { effect: "answer", status: 429, code: "TooManyRequests", headers: { "retry-after": "17" } },
      429,
      17,
    ],
    [
      "a write at the same time",
      { effect: "answer", status: 409, code: "ConcurrentFederatedIdentityCredentialsWritesForSingleManagedIdentity" },
      409,
      1,
    ],
    ["a server error", { effect: "answer", status: 500, code: "InternalServerError" }, 500, 1],
    ["a reset connection", { effect: "reset" }, "reset", 1],
  ] as const)("are tried again after %s", async (_, fault, outcome, seconds) => {
    const world = await engineWorld({ objects: app("cart") });
    world.azure.fail({ ...put, count: 1, ...fault });
    expect(await world.apply()).toEqual(applied("cart"));
    expect(world.puts()).toEqual([expect.stringMatching(new RegExp(` ${outcome}$`)), credentialPath]);
    expect(retries(world)).toEqual([["trust shop-cart", seconds]]);
    const [first, second] = world.azure.requests.filter(one => one.method === "PUT");
    expect((second?.at ?? 0) - (first?.at ?? 0)).toBe(seconds * 1000);
  });

  it("are not repeated when only their answer was lost", async () => {
    const world = await engineWorld({ objects: app("cart") });
    world.azure.fail({ ...put, count: 1, effect: "answerLost" });
    expect(await world.apply()).toEqual(applied("cart"));
    expect(world.puts()).toEqual([expect.stringMatching(/ answerLost$/)]);
    expect(
      world.azure.federatedCredentials(
        "/subscriptions/sub/resourceGroups/shop/providers/Microsoft.ManagedIdentity/userAssignedIdentities/cart",
      ),
    ).toHaveLength(1);
    expect(world.records().map(one => one.state)).toEqual(["done", "done", "done"]);
  });

  it("are not tried again when Azure refuses them", async () => {
    const world = await engineWorld({ objects: app("cart") });
    world.azure.fail({ ...put, effect: "answer", status: 403, code: "AuthorizationFailed", message: "no right" });
    expect(await world.apply()).toMatchObject({ "trust shop-cart": "failed", "Deployment/cart": "stopped" });
    expect(world.puts()).toHaveLength(1);
  });

  it("never replace a credential of that name with another subject", async () => {
    const world = await engineWorld({ objects: app("cart") });
    const { steps } = (await world.judge()).steps;
    const [trust] = steps.flatMap(step => (step.op === "trust" ? [step] : []));
    if (!trust) throw new Error("no trust");
    await world.azureAccess.putCredential(trust.target.principal, {
      ...trust.trust,
      subject: "system:serviceaccount:shop:other",
    });
    const puts = world.puts().length;
    expect(outcomes(await world.run(steps))).toMatchObject({
      "trust shop-cart": "drifted",
      "Deployment/cart": "stopped",
    });
    expect(world.puts()).toHaveLength(puts);
  });

  it("keep to Azure's limits with as many credentials as an identity takes", async () => {
    const names = Array.from({ length: 15 }, (_, index) => `app${index}`);
    const world = await engineWorld({ objects: several(names), azure: { throttle: {} } });
    const { steps } = (await world.judge()).steps;
    expect(Object.values(outcomes(await world.run(steps, { stages: ["prepare"] })))).toEqual(
      steps.slice(0, 30).map(() => "applied"),
    );
    expect(world.puts().filter(one => one.endsWith(" 201"))).toHaveLength(15);
    // Each switch looks at the credential that it depends on: all at once would be too many lists for Azure.
    const switched = outcomes(await world.run(steps, { stages: ["switch"] }));
    expect(switched).toEqual(Object.fromEntries(names.map(name => [`Deployment/${name}`, "applied"])));
  });
});

describe("writes to the cluster", () => {
  it.each([
    ["a passing server error", { answer: 503, reason: "ServiceUnavailable" }, 1],
    ["throttling, as long as the server asks", { answer: 429, reason: "TooManyRequests", retryAfterSeconds: 9 }, 9],
    ["a connection that ends", { answer: "hangUp" }, 1],
  ] as const)("are tried again after %s", async (_, failure, seconds) => {
    const world = await engineWorld({ objects: app("cart") });
    world.cluster.fail({ request: { method: "PATCH", path: deploymentPath }, ...failure, count: 1 });
    expect(await world.apply()).toEqual(applied("cart"));
    expect(retries(world)).toEqual([["Deployment/cart", seconds]]);
    expect(world.records().map(one => one.state)).toEqual(["done", "done", "done"]);
  });

  it.each(["/api/v1/namespaces/azwi-migrate", "/api/v1/namespaces", /\/namespaces\/azwi-migrate\/configmaps/])(
    "begin again when %s fails for a moment",
    async path => {
      const world = await engineWorld({ objects: app("cart") });
      world.cluster.fail({ request: { path }, answer: 503, reason: "ServiceUnavailable", count: 1 });
      expect(await world.apply()).toEqual(applied("cart"));
      expect(world.records().map(one => one.state)).toEqual(["done", "done", "done"]);
    },
  );

  it("do not happen without a record", async () => {
    const world = await engineWorld({ objects: app("cart") });
    const { steps } = (await world.judge()).steps;
    world.cluster.fail({ request: { method: "POST", path: /configmaps/ }, answer: 403, reason: "Forbidden" });
    await expect(world.run(steps)).rejects.toMatchObject({ name: "RecordsRefusedError" });
    expect(world.writes()).toEqual(["POST v1/namespaces"]);
    expect(world.puts()).toEqual([]);
  });
});

describe("--stage switch alone", () => {
  it("waits for nobody: what it depends on must be done", async () => {
    const world = await engineWorld({ objects: app("cart") });
    const { steps } = (await world.judge()).steps;
    const results = await world.run(steps, { stages: ["switch"] });
    expect(results).toMatchObject([
      { outcome: "stopped", message: expect.stringMatching(/ has not been done: run stage prepare first$/) },
    ]);
    expect(world.writes()).toEqual([]);
  });

  it("goes on from a prepare of another day, or of other hands", async () => {
    const world = await engineWorld({ objects: app("cart") });
    const { steps } = (await world.judge()).steps;
    expect(outcomes(await world.run(steps, { stages: ["prepare"] }))).toEqual({
      "ServiceAccount/cart": "applied",
      "trust shop-cart": "applied",
    });
    expect(outcomes(await world.run(steps, { stages: ["switch"], run: "run-2" }))).toEqual({
      "Deployment/cart": "applied",
    });
  });

  it("does not take the word of a plan that lacks the step it depends on", async () => {
    const world = await engineWorld({ objects: app("cart") });
    const { steps } = (await world.judge()).steps;
    expect(outcomes(await world.run(steps.filter(step => step.stage === "switch")))).toEqual({
      "Deployment/cart": "stopped",
    });
  });
});

describe("a user who may not keep records", () => {
  it("is told so once, with the rights to ask for, and nothing is written", async () => {
    const world = await engineWorld({ objects: app("cart") });
    const { steps } = (await world.judge()).steps;
    const end = world.cluster.deny({ verb: "create", resource: "namespaces" });
    await expect(world.run(steps)).rejects.toMatchObject({
      name: "RecordsRefusedError",
      message: expect.stringContaining('cannot create resource "namespaces"'),
      hint: expect.stringContaining("configmaps"),
    });
    expect([...world.writes(), ...world.puts()]).toEqual([]);
    end();
    expect(outcomes(await world.run(steps))).toEqual(applied("cart"));
  });
});

describe("an interrupt", () => {
  it("lets the write under way end and be marked, and begins nothing more", async () => {
    const world = await engineWorld({
      objects: ["a", "b", "c"].flatMap(name => app(name)),
      azure: { writeMilliseconds: 5000 },
    });
    const { steps } = (await world.judge()).steps;
    const trusts = steps.filter(step => step.op === "trust");
    const stop = new AbortController();
    const running = world.run(trusts, {}, { signal: stop.signal });
    void world.clock.sleep(7000).then(() => stop.abort(new Error("interrupted")));
    expect(outcomes(await running)).toEqual({
      "trust shop-a": "applied",
      "trust shop-b": "applied",
      "trust shop-c": "interrupted",
    });
    expect(world.puts()).toHaveLength(2);
    expect(world.records().map(one => one.state)).toEqual(["done", "done"]);
  });

  it("ends the wait for a rollout, and the next run takes it up", async () => {
    const world = await engineWorld({ objects: app("cart") });
    const { steps } = (await world.judge()).steps;
    const stop = new AbortController();
    const signal = stop.signal;
    const end = world.cluster.fail({ pods: "NeverReady" });
    const running = world.run(steps, {}, { signal });
    void world.clock.sleep(60_000).then(() => stop.abort(new Error("interrupted")));
    expect(outcomes(await running)).toEqual({ ...applied("cart"), "Deployment/cart": "interrupted" });
    end();
    expect(outcomes(await world.run(steps))).toEqual(endedAs("done", "cart"));
  });

  it("before anything leaves everything as it is", async () => {
    const world = await engineWorld({ objects: app("cart") });
    const { steps } = (await world.judge()).steps;
    expect(outcomes(await world.run(steps, {}, { signal: AbortSignal.abort() }))).toEqual(
      endedAs("interrupted", "cart"),
    );
    expect([...world.writes(), ...world.puts()]).toEqual([]);
  });

  it("ends the wait between two tries", async () => {
    const world = await engineWorld({ objects: app("cart") });
    const { steps } = (await world.judge()).steps;
    world.azure.fail({
      ...put,
      effect: "answer",
      status: 429,
      code: "TooManyRequests",
      headers: { "retry-after": "600" },
    });
    const stop = new AbortController();
    const running = world.run(steps, {}, { signal: stop.signal });
    void world.clock.sleep(30_000).then(() => stop.abort(new Error("interrupted")));
    expect(outcomes(await running)).toMatchObject({
      "trust shop-cart": "interrupted",
      "Deployment/cart": "interrupted",
    });
    expect(world.puts()).toHaveLength(1);
  });
});

describe("what an earlier run left behind", () => {
  /** A run that died between the write and its mark. */
  const leftOver = async (world: EngineWorld) => {
    const { steps } = (await world.judge()).steps;
    await world.run(steps);
    for (const object of world.cluster.objects("ConfigMap").filter(isRecord)) {
      const data = object.data as Record<string, string>;
      const record = JSON.parse(data["record.json"] ?? "") as object;
      await world.access.replace({
        ...object,
        data: { "record.json": JSON.stringify({ ...record, state: "intent" }) },
      });
    }
    expect(world.records().map(one => one.state)).toEqual(["intent", "intent", "intent"]);
    return steps;
  };
  const states = (world: EngineWorld) =>
    Object.fromEntries(world.records().map(one => [shortName(one.step.id), one.state]));

  it("is marked by the next run, whichever plan that has", async () => {
    const world = await engineWorld({ objects: app("cart") });
    await leftOver(world);
    expect(outcomes(await world.run([], { run: "another" }))).toEqual({ "Deployment/cart": "done" });
    expect(states(world)).toEqual(endedAs("done", "cart"));
  });

  it("is waited for where it is a rollout, even when no step is left", async () => {
    const world = await engineWorld({ objects: app("cart") });
    const workload = { kind: "Deployment", namespace: "shop", name: "cart" };
    const end = world.cluster.fail({ pods: "CrashLoopBackOff", workload });
    await world.apply();
    expect((await world.judge()).steps.steps).toEqual([]);
    expect(states(world)).toMatchObject({ "ServiceAccount/cart": "done", "Deployment/cart": "intent" });
    expect(outcomes(await world.run([], { run: "another" }))).toEqual({ "Deployment/cart": "failed" });
    end();
    expect(outcomes(await world.run([], { run: "another" }))).toEqual({ "Deployment/cart": "done" });
    expect(states(world)).toEqual(endedAs("done", "cart"));
    expect(await world.run([], { run: "another" })).toEqual([]);
  });

  it("stays an intent where it cannot be seen, and does not stop the run", async () => {
    const world = await engineWorld({ objects: app("cart") });
    await leftOver(world);
    world.azure.fail({
      method: "GET",
      path: "federatedIdentityCredentials",
      effect: "answer",
      status: 404,
      code: "ResourceNotFound",
    });
    expect(outcomes(await world.run([], { run: "another" }))).toEqual({ "Deployment/cart": "done" });
    expect(states(world)).toMatchObject({ "ServiceAccount/cart": "done", "trust shop-cart": "intent" });
  });

  it("stays an intent where nothing came of it", async () => {
    const world = await engineWorld({ objects: app("cart") });
    const steps = await leftOver(world);
    await world.access.patch({ apiVersion: "v1", kind: "ServiceAccount", namespace: "shop", name: "cart" }, [
      { op: "remove", path: "/metadata/annotations" },
    ]);
    await world.run([], { run: "another" });
    expect(states(world)).toEqual({ ...endedAs("done", "cart"), "ServiceAccount/cart": "intent" });
    expect(outcomes(await world.run(steps))).toEqual({ ...endedAs("done", "cart"), "ServiceAccount/cart": "applied" });
  });

  it("is none of its business where it is no record", async () => {
    const world = await engineWorld({ objects: app("cart") });
    await world.access.create({ apiVersion: "v1", kind: "Namespace", metadata: { name: "azwi-migrate" } });
    const labels = { "azwi-migrate.dev/run": "run-1" };
    for (const [name, data] of Object.entries({
      empty: {},
      text: { "record.json": "{" },
      other: { "record.json": '{"step":{"id":"x"},"run":"y"}' },
      nothing: { "record.json": "null" },
    }))
      await world.access.create({
        apiVersion: "v1",
        kind: "ConfigMap",
        metadata: { name, namespace: "azwi-migrate", labels },
        data,
      });
    expect(await world.apply()).toEqual(applied("cart"));
  });
});

it("nothing is told twice and every step ends once", async () => {
  const world = await engineWorld({ objects: [...app("cart"), ...app("orders")] });
  await world.apply();
  const count = (name: RunEvent["event"]) => world.events.filter(one => one.event === name).length;
  expect([count("step-started"), count("step-ended")]).toEqual([6, 6]);
});
