import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Plan } from "../../src/core/documents/plan.ts";
import type { FederatedCredentialSeed } from "../../src/sandbox/azure/simulatedAzure.ts";
import { testbedOrSkip } from "../testbed/require.ts";
import type { ManagedIdentity } from "./azure.ts";
import { type Environment, startEnvironment } from "./environment.ts";
import { bound, deployment, namespace, serviceAccount, standardMode } from "./world.ts";

const audience = "api://AzureADTokenExchange";
const concurrentWrites = "ConcurrentFederatedIdentityCredentialsWritesForSingleManagedIdentity";

describe.skipIf(testbedOrSkip() === undefined)("federated credentials in Azure", () => {
  let here: Environment;

  beforeAll(async () => {
    here = await startEnvironment();
    await here.testbed.apply([...standardMode]);
  });
  afterAll(() => here?.stop());

  const subject = (shop: string, account: string) => `system:serviceaccount:${shop}:${account}`;

  /**
   * A namespace with one workload without pods for each name, which has an identity and an account of its own; nothing
   * rolls here. Gives the identities.
   */
  async function openShop(
    shop: string,
    workloads: Record<string, (subject: string) => FederatedCredentialSeed[]>,
  ): Promise<Record<string, ManagedIdentity>> {
    const identities = Object.entries(workloads).map(
      ([name, existing]) => [name, here.azure.addIdentity(`${shop}-${name}`, existing(subject(shop, name)))] as const,
    );
    await here.testbed.apply([
      namespace(shop),
      ...identities.flatMap(([name, identity]) => [
        ...bound(shop, identity),
        serviceAccount(shop, name),
        deployment(shop, name, { label: identity.name, account: name, replicas: 0 }),
      ]),
    ]);
    return Object.fromEntries(identities);
  }

  const none = () => [];
  const triple = (identity: ManagedIdentity | undefined) =>
    identity === undefined
      ? undefined
      : here.azure.credentialsOf(identity).map(({ issuer, subject, audience }) => ({ issuer, subject, audience }));
  const wanted = (shop: string, account: string) => [
    { issuer: here.testbed.issuer, subject: subject(shop, account), audience },
  ];
  const puts = (identity: ManagedIdentity | undefined) =>
    here.azure.simulated.requests
      .filter(
        ({ method, path }) =>
          method === "PUT" && path.toLowerCase().includes(identity?.resourceID.toLowerCase() ?? "-"),
      )
      .map(({ outcome }) => outcome);
  const applyIn = async (shop: string) => {
    const { code, stderr, document } = await here.apply("-n", shop);
    const outcomes = document.steps.map(({ step, outcome }) => [step.split("/").slice(-2).join("/"), outcome]);
    return { code, stderr, document, outcomes: Object.fromEntries(outcomes) };
  };

  it("are adopted whatever their name, where issuer, subject and audience are the same", async () => {
    const { cart } = await openShop("adopting", {
      cart: own => [{ name: "made-by-hand", issuer: here.testbed.issuer, subject: own, audience }],
    });
    const { document: plan } = await here.document<Plan>(["plan", "-n", "adopting"]);
    expect(plan.mappings).toMatchObject([{ trusts: [{ adopts: "made-by-hand" }], blockedBy: [] }]);
    expect(plan.mappings[0]?.reasons).toContain("credential-adopted");
    expect(plan.steps.map(({ op }) => op)).toEqual(["patch", "patch"]);
    expect((await applyIn("adopting")).code).toBe(0);
    expect(cart && here.azure.credentialsOf(cart)).toEqual([
      { name: "made-by-hand", issuer: here.testbed.issuer, subject: subject("adopting", "cart"), audience },
    ]);
    expect(puts(cart)).toEqual([]);
  });

  it("block the workload where only the audience differs, and are left as they are", async () => {
    const existing = (own: string) => [
      { name: "other-audience", issuer: here.testbed.issuer, subject: own, audience: "api://another" },
    ];
    const { cart, orders } = await openShop("blocking", { cart: existing, orders: none });
    const { document: plan } = await here.document<Plan>(["plan", "-n", "blocking"]);
    expect(plan.mappings.map(({ usage, blockedBy }) => [usage.split("/").at(-1), blockedBy])).toEqual([
      ["cart", ["credential-audience-differs"]],
      ["orders", []],
    ]);
    expect((await applyIn("blocking")).code).toBe(3);
    expect(cart && here.azure.credentialsOf(cart)).toEqual(existing(subject("blocking", "cart")));
    expect(triple(orders)).toEqual(wanted("blocking", "orders"));
  });

  it("are written in the end where Azure throttles, is busy with another write, or loses its answer", async () => {
    const { throttled, busy, lost } = await openShop("patient", { throttled: none, busy: none, lost: none });
    const path = (identity: ManagedIdentity | undefined) => `${identity?.name}/federatedIdentityCredentials`;
    here.azure.simulated.fail({
      ...{ method: "PUT", path: path(throttled), count: 1, effect: "answer" },
      ...{ status: 429, code: "TooManyRequests", headers: { "retry-after": "2" } },
    });
    here.azure.simulated.fail({
      ...{ method: "PUT", path: path(busy), count: 2, effect: "answer" },
      ...{ status: 409, code: concurrentWrites },
    });
    here.azure.simulated.fail({ method: "PUT", path: path(lost), count: 1, effect: "answerLost" });
    const { code, stderr } = await applyIn("patient");
    expect(code).toBe(0);
    expect([throttled, busy, lost].map(puts)).toEqual([[429, 201], [409, 409, 201], ["answerLost"]]);
    expect(triple(throttled)).toEqual(wanted("patient", "throttled"));
    expect(triple(busy)).toEqual(wanted("patient", "busy"));
    expect(triple(lost)).toEqual(wanted("patient", "lost"));
    expect(stderr).toMatch(/patient-throttled-[0-9a-f]+ on patient-throttled: again in 2 s/);
  });

  it("fail for one identity alone where its writes are forbidden, with Azure's words", async () => {
    const { allowed, forbidden } = await openShop("guarded", { allowed: none, forbidden: none });
    here.azure.simulated.fail({
      ...{ method: "PUT", path: `${forbidden?.name}/`, effect: "answer" },
      ...{ status: 403, code: "AuthorizationFailed", message: "The client has no authorization to write." },
    });
    const { code, document, outcomes } = await applyIn("guarded");
    expect({ code, outcomes }).toMatchObject({
      code: 1,
      outcomes: { "Deployment/allowed#switch": "unproven", "Deployment/forbidden#switch": "stopped" },
    });
    const failed = document.steps.filter(({ outcome }) => outcome === "failed");
    expect(failed).toEqual([
      {
        step: expect.stringContaining("guarded-forbidden"),
        usages: [`${here.clusterID}/guarded/Deployment/forbidden`],
        outcome: "failed",
        message: expect.stringContaining("The client has no authorization to write."),
      },
    ]);
    expect([triple(allowed), triple(forbidden)]).toEqual([wanted("guarded", "allowed"), []]);
  });

  it("are not checked for one identity alone where it may not be read, and apply leaves its workload alone", async () => {
    const { allowed, hidden } = await openShop("veiled", { allowed: none, hidden: none });
    here.azure.simulated.fail({
      ...{ method: "GET", path: `${hidden?.name}`, effect: "answer" },
      ...{ status: 403, code: "AuthorizationFailed", message: "The client has no authorization to read." },
    });
    const { code, document } = await applyIn("veiled");
    expect({ code, refused: document.refused }).toEqual({
      code: 4,
      refused: [
        {
          usage: `${here.clusterID}/veiled/Deployment/hidden`,
          differences: ["not checked: azure-not-checked; plan again with access"],
        },
      ],
    });
    expect([triple(allowed), triple(hidden)]).toEqual([wanted("veiled", "allowed"), []]);
    expect(puts(hidden)).toEqual([]);
  });

  it("are planned as not checked without a sign-in, and apply writes nothing at all then", async () => {
    await openShop("signed-out", { cart: none });
    const as = { env: { AZURE_CLIENT_SECRET: "wrong" } };
    const { code, document } = await here.document<Plan>(["plan", "-n", "signed-out"], as);
    expect({ code, notChecked: document.mappings.map(one => one.notChecked) }).toEqual({
      code: 0,
      notChecked: [["azure-not-checked"]],
    });
    expect(JSON.stringify(document.findings)).toContain("AADSTS7000215");
    const writes = here.gate.writes.length;
    const applied = await here.cli(["apply", "-n", "signed-out", "--yes"], as);
    expect({ code: applied.code, writes: here.gate.writes.length }).toEqual({ code: 4, writes });
  });

  it("are never written by a user who lacks the rights in the cluster, who is told which before anything is written", async () => {
    const { cart } = await openShop("powerless", { cart: none });
    const { code, stderr, stdout } = await here.cli(["apply", "-n", "powerless", "--yes"], { user: "reader" });
    expect(code).toBe(4);
    expect(stdout + stderr).toMatch(/not allowed: create (namespaces|configmaps)/);
    expect(puts(cart)).toEqual([]);
  });
});
