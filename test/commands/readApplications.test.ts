import { describe, expect, test } from "vitest";
import { AzureSignInError } from "../../src/azure/signInError.ts";
import { askAzure } from "../../src/commands/askAzure.ts";
import type { AzureReach } from "../../src/commands/io.ts";
import type { KubernetesObject } from "../../src/core/kubernetes.ts";
import { judge } from "../../src/core/reports.ts";
import { signedInAccess } from "../../src/sandbox/azure/signedIn.ts";
import { createSimulatedAzure } from "../../src/sandbox/azure/simulatedAzure.ts";
import { SimulatedClock } from "../../src/sandbox/simulatedClock.ts";
import {
  bound,
  boundApplication,
  clientIDOf,
  credential,
  decisions,
  factsOf,
  serviceAccount,
  tenant,
  workload,
} from "../core/factories.ts";
import { silentIo } from "./io.ts";

function app(name: string, identity: KubernetesObject[]): KubernetesObject[] {
  return [...identity, serviceAccount(`shop/${name}`), workload(`shop/${name}`, { label: name, account: name })];
}

const till = app("till", boundApplication("shop/till"));
const cart = app("cart", bound("shop/cart"));

/** Asks an Azure that has the application `till` and the managed identity `cart`. */
async function ask(
  objects: readonly KubernetesObject[],
  change: (access: AzureReach) => Partial<AzureReach> = () => ({}),
) {
  const clock = new SimulatedClock();
  const azure = createSimulatedAzure({ clock, jwks: async () => undefined });
  azure.addApplication({
    tenantId: tenant,
    clientId: clientIDOf("till"),
    displayName: "till",
    federatedCredentials: [credential("mine", "shop:till")],
  });
  azure.addIdentity({
    subscriptionId: "sub",
    resourceGroup: "shop",
    name: "cart",
    tenantId: tenant,
    clientId: clientIDOf("cart"),
    principalId: clientIDOf("cart"),
  });
  const access = signedInAccess(azure, clock);
  const said: string[] = [];
  const facts = factsOf(objects, { applications: { till: "notAsked" } });
  const world = {
    clock,
    random: () => 1,
    connect: async () => [],
    azure: async () => ({ ...access, ...change(access) }),
  };
  const io = silentIo({ say: text => void said.push(text) });
  const reached = await askAzure(facts, decisions, { flags: { output: "text" }, world, io });
  const { mappings } = judge(facts, decisions).mapped;
  return {
    reached: reached !== undefined,
    said,
    applications: facts.azure.applications,
    outcomes: mappings.map(({ trusts, blockedBy, notChecked }) => [
      trusts.map(({ adopts }) => adopts ?? "new").join(),
      ...blockedBy,
      ...notChecked,
    ]),
  };
}

function refused(): never {
  throw new AzureSignInError("The sign-in was refused: AADSTS65001", { failure: "rejected", aadsts: 65001, hint: "-" });
}

describe("applications", () => {
  test("are asked of Graph with their credentials", async () => {
    const asked = await ask(till);
    expect(asked).toMatchObject({ reached: true, said: [], outcomes: [["mine"]] });
    expect(asked.applications).toEqual(
      new Map([[clientIDOf("till"), { credentials: [credential("mine", "shop:till")] }]]),
    );
  });

  test("are asked together with ARM: a CI's assertion is too old for a second scope after the first has been used up", async () => {
    let isGraphAsked = () => {};
    const graphAsked = new Promise<void>(resolve => {
      isGraphAsked = resolve;
    });
    const asked = await ask([...till, ...cart], access => ({
      async queryIdentities(...args) {
        await graphAsked;
        return access.queryIdentities(...args);
      },
      getApplication(clientID) {
        isGraphAsked();
        return access.getApplication(clientID);
      },
    }));
    expect(asked.outcomes).toEqual([["new"], ["mine"]]);
  });

  test("that Graph gives no token for leave ARM as it is", async () => {
    const asked = await ask([...till, ...cart], () => ({ getApplication: async () => refused() }));
    expect(asked).toMatchObject({ reached: true, said: [], outcomes: [["new"], ["new", "azure-not-checked"]] });
  });

  test("alone without a token are told once, and nothing is reached", async () => {
    const asked = await ask(till, () => ({ getApplication: async () => refused() }));
    expect(asked).toMatchObject({ reached: false, outcomes: [["new", "azure-not-checked"]] });
    expect(asked.said.join("\n")).toContain("AADSTS65001");
  });

  test("without any sign-in are not checked", async () => {
    const clock = new SimulatedClock();
    const facts = factsOf(till, { applications: { till: "notAsked" } });
    const world = { clock, random: () => 1, connect: async () => [], azure: async () => refused() };
    expect(await askAzure(facts, decisions, { flags: { output: "text" }, world, io: silentIo() })).toBeUndefined();
    expect(judge(facts, decisions).mapped.mappings).toMatchObject([{ notChecked: ["azure-not-checked"] }]);
  });
});
