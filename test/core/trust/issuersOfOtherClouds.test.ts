import { describe, expect, test } from "vitest";
import { issuerClouds, resolveCloud } from "../../../src/azure/clouds.ts";
import type { Facts } from "../../../src/core/facts.ts";
import { issuersOfOtherClouds } from "../../../src/core/trust/issuersOfOtherClouds.ts";
import { cluster, factsOf } from "../factories.ts";

/** The findings for a cluster with this issuer when this cloud was asked. */
function found(issuer: string | undefined, asked: string | undefined, flag?: string) {
  const { issuer: _, ...without } = cluster({});
  const facts: Facts = { ...factsOf([]), sources: [issuer === undefined ? without : { ...without, issuer }] };
  if (asked !== undefined) {
    const cloud = resolveCloud(asked, {});
    facts.azure = { ...facts.azure, cloud: { name: cloud.name, issuers: issuerClouds(cloud) } };
  }
  return issuersOfOtherClouds(facts, flag === undefined ? {} : { issuer: flag }).map(({ code, args }) => ({
    code,
    args,
  }));
}

const tenant = "10000000-0000-4000-8000-000000000001";
const issuerIn = (domain: string) => `https://usgovvirginia.oic.prod-aks.azure.${domain}/${tenant}/${tenant}/`;

describe("the cloud of a cluster's issuer", () => {
  test("is named where another one was asked", () => {
    const issuer = issuerIn("us");
    const args = { context: cluster({}).context, issuer, cloud: "public", issuerCloud: "usgovernment" };
    expect(found(issuer, "public")).toEqual([{ code: "cloud-mismatch", args }]);
    expect(found(issuer, "usgovernment")).toEqual([]);
  });

  test.each(["com", "us", "cn"])("is told apart for azure.%s", domain => {
    const own = { com: "public", us: "usgovernment", cn: "china" }[domain];
    const mismatched = ["public", "usgovernment", "china"].filter(asked => found(issuerIn(domain), asked).length > 0);
    expect(mismatched).toEqual(["public", "usgovernment", "china"].filter(asked => asked !== own));
  });

  test("is that of an old cluster's issuer too, and of one that was given by a flag", () => {
    expect(found("https://oidc.prod-aks.azure.com/1b2/", "china")).toHaveLength(1);
    expect(found(undefined, "china", issuerIn("com"))).toHaveLength(1);
  });

  test.each([
    ["a host of nobody's", "https://oidc.contoso.example/"],
    ["a host that only looks like one", "https://oic.prod-aks.azure.us.contoso.example/"],
    ["one that only ends like one", "https://xoic.prod-aks.azure.us/"],
    ["no URL", "kubernetes/serviceaccount"],
    ["no issuer", undefined],
  ])("is not known, so that nothing is said: %s", (_, issuer) => {
    expect(found(issuer, "public")).toEqual([]);
  });

  test("is not compared where Azure was not asked", () => {
    expect(found(issuerIn("us"), undefined)).toEqual([]);
  });
});
