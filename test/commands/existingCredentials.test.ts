import { describe, expect, it } from "vitest";
import type { FederatedCredential } from "../../src/core/model.ts";
import { credential, resourceIDOf } from "../core/factories.ts";
import { fleetWorld, issuerOf } from "./fleetWorld.ts";

const issuer = issuerOf("west");
const apply = ["apply", "--context", "aks-west", "--yes", "-o", "json"];

async function world(credentials: FederatedCredential[]) {
  const made = await fleetWorld({ credentials });
  const plan = async () => (await made.run("plan", "--context", "aks-west", "-o", "json")).document;
  const stored = () => made.azure.federatedCredentials(resourceIDOf("cart"));
  return { ...made, plan, stored };
}

/** The name that the tool would give to the credential of `shop/app-0`. */
async function plannedName(): Promise<string> {
  const { plan } = await world([]);
  return (await plan()).mappings[0].trusts[0].name;
}

describe("a credential that is there already", () => {
  it("is adopted whatever its name, and nothing is written beside it", async () => {
    const theirs = credential("terraform-made-this", "shop:app-0", { issuer });
    const { plan, run, stored, azureWrites } = await world([theirs]);
    expect((await plan()).mappings[0]).toMatchObject({ trusts: [{ adopts: theirs.name }], blockedBy: [] });
    const { exitCode, document } = await run(...apply);
    expect([exitCode, document.summary.applied]).toEqual([0, 2]);
    expect([stored(), azureWrites()]).toEqual([[theirs], []]);
  });

  it("blocks where it has this issuer and subject for another audience, and stays as it is", async () => {
    const theirs = credential("theirs", "shop:app-0", { issuer, audience: "api://other" });
    const { plan, run, stored, azureWrites, clusterWrites } = await world([theirs]);
    expect((await plan()).mappings[0].blockedBy).toEqual(["credential-audience-differs"]);
    expect((await run(...apply)).exitCode).toBe(3);
    expect([stored(), azureWrites(), clusterWrites("west")]).toEqual([[theirs], [], []]);
  });

  it("blocks where it has the new one's name for another subject, and is not overwritten", async () => {
    const theirs = credential(await plannedName(), "shop:somebody-else", { issuer });
    const { plan, run, stored, azureWrites, clusterWrites } = await world([theirs]);
    expect((await plan()).mappings[0].blockedBy).toEqual(["credential-name-taken"]);
    expect((await run(...apply)).exitCode).toBe(3);
    expect([stored(), azureWrites(), clusterWrites("west")]).toEqual([[theirs], [], []]);
  });

  it("differs where its issuer lacks the trailing slash: another one is written beside it", async () => {
    const theirs = credential("theirs", "shop:app-0", { issuer: issuer.replace(/\/$/, "") });
    const { run, stored } = await world([theirs]);
    expect((await run(...apply)).exitCode).toBe(0);
    expect(stored().map(one => one.issuer)).toEqual([theirs.issuer, issuer]);
  });

  it("and that nobody needs is pointed out and left alone", async () => {
    const gone = credential("gone", "shop:gone", { issuer });
    const { run, stored } = await world([gone]);
    const { printed } = await run("plan", "--context", "aks-west");
    expect(printed.replace(/\s+/g, " ")).toContain("The service account of gone does not exist.");
    expect((await run(...apply)).exitCode).toBe(0);
    expect(stored()).toContainEqual(gone);
  });
});
