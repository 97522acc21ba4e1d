import { describe, expect, it } from "vitest";
import { estimateAzure } from "../../../src/core/azure/azureEstimate.ts";
import type { Step } from "../../../src/core/model.ts";
import { estimateText, shortTime } from "../../../src/output/text/estimate.ts";

function trust(principal: string, index: number): Step {
  const name = `credential-${index}`;
  const key = { issuer: "https://issuer/", subject: `system:serviceaccount:shop:${index}`, audience: "a" };
  return {
    id: `${principal}/${name}#prepare`,
    stage: "prepare",
    dependsOn: [],
    usages: ["u"],
    route: "live",
    op: "trust",
    target: { source: "s", kind: "FederatedIdentityCredential", principal, name },
    trust: { principal, ...key, backend: "federatedCredential", name },
  };
}

const identity = (subscription: number, name: number) =>
  `/subscriptions/s${subscription}/resourcegroups/g/providers/microsoft.managedidentity/userassignedidentities/i${name}`;

/** So many credentials on so many identities in so many subscriptions. */
const steps = (subscriptions: number, identities: number, credentials: number) =>
  Array.from({ length: identities }, (_, one) =>
    Array.from({ length: credentials }, (_, index) => trust(identity(one % subscriptions, one), index)),
  ).flat();

describe("the least that Azure takes", () => {
  it.each([
    ["one identity's rate decides", steps(1, 1, 20), 80],
    ["a subscription's rate decides", steps(2, 25, 20), 130],
    ["the tenant's rate decides", steps(10, 100, 10), 100],
  ])("%s", (_, some, seconds) => {
    expect(estimateAzure(some)?.seconds).toBe(seconds);
  });

  it("counts what is written to managed identities", () => {
    const application = trust("00000000-0000-4000-8000-000000000001", 1);
    expect(estimateAzure([...steps(2, 3, 2), application])).toEqual({
      credentials: 6,
      identities: 3,
      subscriptions: 2,
      seconds: 8,
    });
    expect(estimateAzure([application])).toBeUndefined();
    expect(estimateAzure([])).toBeUndefined();
  });

  it("is told in a sentence", () => {
    const about = { credentials: 500, identities: 25, subscriptions: 2, seconds: 130 };
    expect(estimateText(about)).toBe(
      "Writing 500 federated credentials to 25 identities in 2 subscriptions takes at least 2 min 10 s at the rates that Azure documents.",
    );
    expect(estimateText({ credentials: 1, identities: 1, subscriptions: 1, seconds: 4 })).toBe(
      "Writing 1 federated credential to 1 identity takes at least 4 s at the rates that Azure documents.",
    );
  });
});

describe("a span of time", () => {
  it.each([
    [0, "0 s"],
    [0.2, "1 s"],
    [59, "59 s"],
    [60, "1 min"],
    [61, "1 min 1 s"],
    [3600, "1 h"],
    [3661, "1 h 1 min"],
    [7205, "2 h"],
  ])("of %s seconds is %s", (seconds, words) => {
    expect(shortTime(seconds)).toBe(words);
  });
});
