import { describe, expect, it } from "vitest";
import { AzureSignInError } from "../../src/azure/signInError.ts";
import { type ExchangeProof, exchangeChecks } from "../../src/core/exchange/exchangeProof.ts";
import { exchangeSubjects } from "../../src/core/exchange/exchangeSubjects.ts";
import type { Stage } from "../../src/core/model.ts";
import { ApiError, type ClusterAccess } from "../../src/core/ports.ts";
import type { Judgement } from "../../src/core/reports.ts";
import { proveExchanges } from "../../src/engine/exchange.ts";
import { exchangeAfterPrepare } from "../../src/engine/exchangeAfterPrepare.ts";
import type { EnginePorts } from "../../src/engine/ports.ts";
import { audience, clientIDOf, issuer } from "../core/factories.ts";
import { app, type EngineWorld, engineWorld, outcomes, shortName } from "./world.ts";

const pace = { intervalSeconds: 60, timeoutSeconds: 600, successes: 3 };
const subjectOf = (name: string) => `system:serviceaccount:shop:${name}`;

/** What is there is planned and carried out, with the proof between the stages. */
async function applied(
  world: EngineWorld,
  {
    stages = ["prepare", "switch"],
    ports = {},
    meanwhile,
  }: {
    stages?: Stage[];
    ports?: Partial<EnginePorts>;
    /** What somebody else does between the plan and the run. */
    meanwhile?: () => Promise<unknown>;
  } = {},
) {
  const judgement = await world.judge();
  await meanwhile?.();
  const { steps } = judgement.steps;
  const started = world.clock.now();
  const requests = world.azure.requests.length;
  const proofs: ExchangeProof[] = [];
  const reach = {
    cluster: () => world.access,
    azure: world.azureAccess,
    clock: world.clock,
    signal: new AbortController().signal,
    ...ports,
  };
  const driver = { report: (event: EngineWorld["events"][number]) => void world.events.push(event) };
  const subjects = subjectsOf(judgement);
  const afterStage = exchangeAfterPrepare({ subjects, steps, stages, pace }, { ports: reach, driver, proofs });
  const results = await world.run(steps, { stages, afterStage }, ports);
  const messages = Object.fromEntries(results.map(({ step, message }) => [shortName(step), message]));
  return {
    outcomes: outcomes(results),
    messages,
    proofs: proofs.map(({ subject, result, evidence }) => `${subject.serviceAccount} ${result}: ${evidence}`),
    findings: proofs.flatMap(({ finding }) => finding?.code ?? []),
    /** Seconds from the start to each exchange. */
    exchanges: world.azure.requests
      .slice(requests)
      .filter(({ path }) => path.endsWith("/token"))
      .map(({ at }) => Math.round((at - started) / 1000)),
  };
}

function subjectsOf({ facts, selected, mapped }: Judgement) {
  return exchangeSubjects(facts, selected, mapped.mappings);
}

/** The cluster, but for what happens before each token is given. */
function beforeTokens(world: EngineWorld, happens: () => Promise<void>): Partial<EnginePorts> {
  const cluster: ClusterAccess = {
    ...world.access,
    async requestToken(...args) {
      await happens();
      return world.access.requestToken(...args);
    },
  };
  return { cluster: () => cluster };
}

async function credentialOf(world: EngineWorld, identity: string) {
  const [principal = ""] = [...(await world.judge()).facts.azure.identities.keys()].filter(id => id.endsWith(identity));
  const [credential] = await world.azureAccess.listCredentials(principal);
  if (!credential) throw new Error(`${identity} has no credential`);
  return { principal, credential };
}

const switched = { "ServiceAccount/cart": "applied", "trust shop-cart": "applied", "Deployment/cart": "applied" };
const passed = (name: string) => `${name} passed: exchanged 3 tokens, 60 s apart, of ${subjectOf(name)} for cart`;

describe("the proof before any restart", () => {
  it("exchanges three tokens over two minutes, the first one a minute after the last write, each of them new", async () => {
    const world = await engineWorld({ objects: app("cart") });
    const run = await applied(world);
    expect(run.outcomes).toEqual(switched);
    expect(run.proofs).toEqual([passed("cart")]);
    expect(run.exchanges).toEqual([60, 120, 180]);
    const asked = world.cluster.requests.filter(({ path }) => path.endsWith("/serviceaccounts/cart/token"));
    expect(asked.map(({ method, status }) => [method, status])).toEqual(Array(3).fill(["POST", 201]));
    const order = world.events.map(one => one.event);
    expect(order.indexOf("exchange-ended")).toBeLessThan(order.lastIndexOf("stage-started"));
  });

  it("is made once for an account and an identity, whoever uses them", async () => {
    const shared = [...app("cart", { account: "shared" }), ...app("orders", { account: "shared" }).slice(1)];
    const world = await engineWorld({ objects: shared });
    const judgement = await world.judge();
    expect(subjectsOf(judgement).map(({ serviceAccount, usages }) => [serviceAccount, usages.length])).toEqual([
      ["shared", 2],
    ]);
    expect((await applied(world)).exchanges).toHaveLength(3);
  });

  it("waits until Entra has heard of the credential", async () => {
    const world = await engineWorld({ objects: app("cart"), azure: { propagationMilliseconds: 150_000 } });
    const run = await applied(world);
    expect(run.outcomes).toEqual(switched);
    expect(run.exchanges).toEqual([60, 120, 180, 240, 300]);
    const waits = world.events.flatMap(one => (one.event === "exchange-waits" ? [one.message] : []));
    expect(waits).toEqual([
      undefined,
      expect.stringMatching(/^AADSTS70025, though shop-cart-.* on cart has what the token shows: not visible/),
      expect.stringMatching(/^AADSTS70025/),
      undefined,
      undefined,
    ]);
  });

  it("holds a workload back whose credential Entra does not see in time", async () => {
    const world = await engineWorld({ objects: app("cart"), azure: { propagationMilliseconds: 3600_000 } });
    const run = await applied(world);
    expect(run.outcomes).toEqual({ ...switched, "Deployment/cart": "stopped" });
    expect(run.exchanges.at(-1)).toBe(600);
    expect(run.findings).toEqual(["exchange-not-visible"]);
  });

  it("holds back only the workload whose credential was changed behind its back, and says what it is now", async () => {
    const world = await engineWorld({
      objects: [...app("cart"), ...app("orders", { identity: "orders" })],
      identities: ["cart", "orders"],
    });
    let isChanged = false;
    const ports = beforeTokens(world, async () => {
      if (isChanged) return;
      isChanged = true;
      const { principal, credential } = await credentialOf(world, "/cart");
      await world.azureAccess.putCredential(principal, { ...credential, subject: subjectOf("somebody") });
    });
    const run = await applied(world, { ports });
    expect(run.outcomes).toMatchObject({ "Deployment/cart": "stopped", "Deployment/orders": "applied" });
    expect(run.messages["Deployment/cart"]).toBe(
      `no token was exchanged for cart: AADSTS700213: the token's subject is ${subjectOf("cart")}, but the credentials of cart have ${subjectOf("somebody")}`,
    );
    expect(run.findings).toEqual(["exchange-subject-differs"]);
    expect(run.exchanges).toEqual([60, 60, 120, 180]);
  });

  it("lets a workload go on unproven where the right to tokens is missing", async () => {
    const world = await engineWorld({ objects: app("cart") });
    world.cluster.fail({ request: { method: "POST", path: /\/token$/ }, answer: 403, reason: "Forbidden" });
    const run = await applied(world);
    expect(run.outcomes).toEqual({ ...switched, "Deployment/cart": "unproven" });
    const reason = "you may not create serviceaccounts/token in the namespace shop";
    expect(run.messages["Deployment/cart"]).toBe(`no token was exchanged for cart: ${reason}`);
    expect(run.proofs).toEqual([`cart not-checked: ${reason}`]);
    expect(run.findings).toEqual(["token-not-exchanged"]);
    expect(run.exchanges).toEqual([]);
  });

  it("lets it go on unproven where nobody answers until the limit, and passes when somebody does", async () => {
    const silent = await engineWorld({ objects: app("cart") });
    silent.azure.fail({ effect: "reset", path: "/oauth2/v2.0/token" });
    const run = await applied(silent);
    expect(run.outcomes).toEqual({ ...switched, "Deployment/cart": "unproven" });
    expect([run.exchanges.length, run.exchanges.at(-1)]).toEqual([10, 600]);
    const slow = await engineWorld({ objects: app("cart") });
    slow.azure.fail({ effect: "reset", path: "/token", count: 1 });
    slow.azure.fail({
      effect: "answer",
      path: "/token",
      status: 429,
      code: "TooManyRequests",
      headers: { "retry-after": "90" },
      count: 1,
    });
    expect((await applied(slow)).exchanges).toEqual([60, 120, 210, 270, 330]);
  });

  it("is made at the end of stage prepare alone, and again, without waiting for a write, before stage switch", async () => {
    const world = await engineWorld({ objects: app("cart") });
    const prepared = await applied(world, { stages: ["prepare"] });
    expect([prepared.exchanges, prepared.proofs]).toEqual([[60, 120, 180], [passed("cart")]]);
    const rest = await applied(world, { stages: ["switch"] });
    expect([rest.exchanges, rest.proofs]).toEqual([[0, 60, 120], [passed("cart")]]);
    expect(rest.outcomes).toEqual({ "Deployment/cart": "applied" });
  });

  it("is not made where nothing was written and nothing will restart", async () => {
    const world = await engineWorld({ objects: app("cart") });
    await applied(world);
    expect(await applied(world)).toMatchObject({ outcomes: {}, exchanges: [], proofs: [] });
    const again = await applied(world, { stages: ["prepare"] });
    expect(again.exchanges).toEqual([]);
  });

  it("is not made before stage prepare has run: Entra would remember the refusal", async () => {
    const world = await engineWorld({ objects: app("cart") });
    const run = await applied(world, { stages: ["switch"] });
    expect([run.outcomes, run.exchanges]).toEqual([{ "Deployment/cart": "stopped" }, []]);
    expect(run.messages["Deployment/cart"]).toContain("run stage prepare first");
  });

  it("is said to be missing where the credential came only after the plan, from another run", async () => {
    const world = await engineWorld({ objects: app("cart") });
    const prepare = () => applied(world, { stages: ["prepare"] });
    const run = await applied(world, { stages: ["switch"], meanwhile: prepare });
    expect([run.outcomes["Deployment/cart"], run.messages["Deployment/cart"], run.exchanges]).toEqual([
      "unproven",
      expect.stringContaining("no token was exchanged for cart: no federated credential for it was seen"),
      [],
    ]);
  });

  it("is not made for a workload whose credential could not be written", async () => {
    const world = await engineWorld({ objects: app("cart") });
    world.azure.fail({ effect: "answer", method: "PUT", path: "/", status: 403, code: "RequestDisallowedByPolicy" });
    const run = await applied(world);
    expect(run.outcomes).toMatchObject({ "trust shop-cart": "failed", "Deployment/cart": "stopped" });
    expect([run.exchanges, run.proofs]).toEqual([[], []]);
  });

  it("is made for each identity of a workload", async () => {
    const world = await engineWorld({ objects: app("cart", { identity: "cart" }), identities: ["cart", "orders"] });
    const judgement = await world.judge();
    const [subject] = subjectsOf(judgement);
    if (!subject) throw new Error("there is no subject");
    const { principal } = subject.trust;
    const other = { ...subject, trust: { ...subject.trust, principal: principal.replace(/cart$/, "orders") } };
    await world.run(judgement.steps.steps, { stages: ["prepare"] });
    const ports = { cluster: () => world.access, azure: world.azureAccess, clock: world.clock };
    const driver = { report: () => undefined };
    const once = { pace: { ...pace, successes: 1 } };
    const signal = new AbortController().signal;
    const unknown = { ...other, clientID: "99999999-0000-4000-8000-000000000000" };
    const proofs = await proveExchanges([subject, unknown], { ...ports, signal }, driver, once);
    expect(exchangeChecks(proofs)).toEqual([
      {
        code: "token-exchanged",
        stage: "prepare",
        usage: subject.usages[0],
        subject: "ServiceAccount shop/cart as cart",
        result: "passed",
        evidence: `exchanged a token of ${subjectOf("cart")} for cart`,
      },
      {
        code: "token-exchanged",
        stage: "prepare",
        usage: subject.usages[0],
        subject: "ServiceAccount shop/cart as orders",
        result: "failed",
        evidence: `AADSTS700016: tenant ${subject.tenant} does not know the client id ${unknown.clientID}`,
      },
    ]);
  });

  it("goes on, judging by the plan, where the operator's sign-in ends while it waits", async () => {
    const world = await engineWorld({ objects: app("cart"), azure: { propagationMilliseconds: 100_000 } });
    const judgement = await world.judge();
    await world.run(judgement.steps.steps, { stages: ["prepare"] });
    const azure: EnginePorts["azure"] = {
      ...world.azureAccess,
      listCredentials: () => Promise.reject(new AzureSignInError("expired", { failure: "rejected", hint: "" })),
    };
    const ports = { cluster: () => world.access, azure, clock: world.clock, signal: new AbortController().signal };
    const proofs = await proveExchanges(subjectsOf(judgement), ports, { report: () => undefined }, { pace });
    expect(proofs.map(({ result }) => result)).toEqual(["passed"]);
  });

  it("is made for an application as for a managed identity", async () => {
    const world = await engineWorld({ objects: app("cart"), applications: { cart: [] } });
    const run = await applied(world);
    expect(run.proofs).toEqual([
      `cart passed: exchanged 3 tokens, 60 s apart, of ${subjectOf("cart")} for ${clientIDOf("cart")}`,
    ]);
    expect(run.outcomes["Deployment/cart"]).toBe("applied");
  });

  it("ends at once, as not checked, when it is interrupted", async () => {
    const world = await engineWorld({ objects: app("cart"), azure: { propagationMilliseconds: 3600_000 } });
    const controller = new AbortController();
    const asked = beforeTokens(world, async () => controller.abort());
    const run = await applied(world, { ports: { ...asked, signal: controller.signal } });
    expect(run.outcomes).toEqual({ ...switched, "Deployment/cart": "interrupted" });
    expect(run.proofs).toEqual(["cart not-checked: interrupted"]);
  });

  it("cannot be made without a sign-in, a tenant, or with an identity binding", async () => {
    const world = await engineWorld({ objects: app("cart") });
    const [subject] = subjectsOf(await world.judge());
    if (!subject) throw new Error("there is no subject");
    const { tenant: _, ...withoutTenant } = subject;
    const bindings = { ...subject, trust: { ...subject.trust, backend: "identityBinding" as const } };
    const ports = { cluster: () => world.access, clock: world.clock, signal: new AbortController().signal };
    const prove = async (one: typeof withoutTenant, azure: EnginePorts["azure"]) => {
      const proofs = await proveExchanges([one], { ...ports, azure }, { report: () => undefined }, { pace });
      return proofs.map(({ result, evidence }) => `${result}: ${evidence}`);
    };
    expect(await prove(subject, undefined)).toEqual(["not-checked: nobody is signed in to Azure"]);
    expect(await prove(withoutTenant, world.azureAccess)).toEqual(["not-checked: the identity's tenant is not known"]);
    expect(await prove(bindings, world.azureAccess)).toEqual([
      "not-checked: with an identity binding only a pod of the cluster can exchange tokens",
    ]);
    expect(world.azure.requests.filter(({ path }) => path.endsWith("/token"))).toEqual([]);
  });

  it("keeps no token: not in events, results, records or errors", async () => {
    const world = await engineWorld({ objects: app("cart"), azure: { propagationMilliseconds: 100_000 } });
    const judgement = await world.judge();
    const seen: string[] = [];
    const cluster: ClusterAccess = {
      ...world.access,
      async requestToken(...args) {
        const token = await world.access.requestToken(...args);
        seen.push(token);
        if (seen.length === 2) throw new ApiError("the connection broke", {});
        return token;
      },
    };
    const run = await applied(world, { ports: { cluster: () => cluster } });
    expect(run.outcomes).toEqual(switched);
    expect(new Set(seen).size).toBe(seen.length);
    const told = JSON.stringify([run, world.events, world.records(), judgement.mapped, world.cluster.objects()]);
    expect(seen.filter(token => told.includes(token.slice(-40)))).toEqual([]);
    expect(told).not.toMatch(/eyJ/);
    expect([audience, issuer].every(one => told.includes(one))).toBe(true);
  });
});
