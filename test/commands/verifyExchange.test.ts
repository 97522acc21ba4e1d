import { describe, expect, it } from "vitest";
import type { Verification } from "../../src/core/documents/verification.ts";
import { credential } from "../core/factories.ts";
import { fleetWorld, issuerOf } from "./fleetWorld.ts";

const issuer = issuerOf("west");

/** What `verify --exchange` says of tokens, and how many it has shown to Entra. */
async function verified(made: Awaited<ReturnType<typeof fleetWorld>>) {
  const { document } = await made.run("verify", "--exchange", "--context", "aks-west", "-o", "json");
  const { checks } = document as Verification;
  return {
    tokens: checks.flatMap(({ code, result, evidence }) =>
      code === "token-exchanged" ? [`${result}: ${evidence}`] : [],
    ),
    shown: made.azure.requests.filter(({ path }) => path.endsWith("/oauth2/v2.0/token")).length,
  };
}

describe("verify --exchange", () => {
  const none = "not-checked: no federated credential for it was seen: run stage prepare first";

  it("shows Entra no token before the credential is there, as the refusal would be remembered", async () => {
    const made = await fleetWorld();
    expect(await verified(made)).toEqual({ tokens: [none], shown: 0 });
    await made.run("apply", "--context", "aks-west", "--stage", "prepare", "--yes", "-o", "json");
    const applied = made.azure.requests.filter(({ path }) => path.endsWith("/oauth2/v2.0/token")).length;
    const { tokens, shown } = await verified(made);
    expect([tokens, shown]).toEqual([[expect.stringMatching(/^passed: exchanged a token of /)], applied + 1]);
  });

  it("shows none for a workload that is blocked, whose account's credential has another audience", async () => {
    const made = await fleetWorld({
      credentials: [credential("theirs", "shop:app-0", { issuer, audience: "api://other" })],
    });
    expect(await verified(made)).toEqual({ tokens: [none], shown: 0 });
  });

  it("makes no probe pod before that either", async () => {
    const made = await fleetWorld();
    const { document } = await made.run("verify", "--probe-pods", "--context", "aks-west", "-o", "json");
    const { checks } = document as Verification;
    expect(
      checks.flatMap(({ code, result, evidence }) => (code === "egress-probed" ? [`${result}: ${evidence}`] : [])),
    ).toEqual([none]);
    expect(made.clusterWrites("west")).toEqual([]);
  });
});
