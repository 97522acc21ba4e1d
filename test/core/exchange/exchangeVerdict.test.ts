import { describe, expect, test } from "vitest";
import type { ExchangeSubject } from "../../../src/core/exchange/exchangeSubjects.ts";
import { verdictOf } from "../../../src/core/exchange/exchangeVerdict.ts";
import type { FederatedCredential } from "../../../src/core/model.ts";

const issuer = "https://westeurope.oic.prod-aks.azure.com/tenant/cluster/";
const subject = "system:serviceaccount:shop:cart";
const audience = "api://AzureADTokenExchange";
const planned: ExchangeSubject = {
  source: "uid",
  namespace: "shop",
  serviceAccount: "cart",
  trust: {
    principal: "/subscriptions/sub/resourcegroups/shop/providers/microsoft.managedidentity/userassignedidentities/cart",
    issuer,
    subject,
    audience,
    backend: "federatedCredential",
    name: "shop-cart-0123456789",
  },
  clientID: "client",
  tenant: "tenant",
  usages: ["uid/shop/Deployment/cart"],
};
const ref = { source: "uid", apiVersion: "v1", kind: "ServiceAccount", namespace: "shop", name: "cart" };

function tokenOf(claims: object): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  return `${part({ alg: "RS256" })}.${part({ iss: issuer, sub: subject, aud: [audience], ...claims })}.signature`;
}

function credential(name: string, other: Partial<FederatedCredential> = {}): FederatedCredential {
  return { name, issuer, subject, audience, ...other };
}

function refused(
  code: number,
  credentials?: readonly FederatedCredential[],
  { claims = {}, words = "No." }: { claims?: object; words?: string } = {},
) {
  const answer = { status: 401, error: "invalid_client", codes: [code], message: `AADSTS${code}: ${words}` };
  const { is, evidence, finding } = verdictOf(answer, planned, { token: tokenOf(claims), credentials });
  expect(finding.subject).toEqual(ref);
  return { is, evidence, code: finding.code, args: finding.args };
}

const noMatch = [70021, 70025, 700211, 700212, 700213];

describe("a refused exchange", () => {
  test.each(noMatch)("with AADSTS%i, although the credential fits the token: Entra has not heard of it yet", code => {
    expect(refused(code, [credential("by-hand")])).toEqual({
      is: "notVisibleYet",
      evidence: `AADSTS${code}, though by-hand on cart has what the token shows: not visible to Entra yet`,
      code: "exchange-not-visible",
      args: { identity: "cart", credential: "by-hand", answer: `AADSTS${code}: No.` },
    });
  });

  test("names the slash that the credential's issuer lacks", () => {
    const other = issuer.slice(0, -1);
    const others = [credential("old", { issuer: "https://other/" }), credential("cart", { issuer: other })];
    expect(refused(700211, others)).toEqual({
      is: "wrong",
      evidence: `AADSTS700211: the token's issuer is ${issuer}, but cart on cart has ${other}, without the slash at the end`,
      code: "exchange-issuer-differs",
      args: { identity: "cart", credential: "cart", issuer, other, answer: "AADSTS700211: No." },
    });
  });

  test("names the slash that the credential's issuer has too many, and another issuer without it", () => {
    const claims = { iss: "https://cluster" };
    expect(refused(700211, [credential("cart", { issuer: "https://cluster/" })], { claims }).evidence).toBe(
      "AADSTS700211: the token's issuer is https://cluster, but cart on cart has https://cluster/, with a slash at the end",
    );
    expect(refused(700211, [credential("cart", { issuer: "https://other" })], { claims }).evidence).toBe(
      "AADSTS700211: the token's issuer is https://cluster, but cart on cart has https://other",
    );
  });

  test("names the subjects that the identity trusts instead: that of the credential which was meant, else all", () => {
    const others = ["one", "two", "three", "four"].map(name =>
      credential(name, { subject: `system:serviceaccount:shop:${name}` }),
    );
    expect(refused(700213, others)).toEqual({
      is: "wrong",
      evidence: `AADSTS700213: the token's subject is ${subject}, but the credentials of cart have system:serviceaccount:shop:one, system:serviceaccount:shop:two, system:serviceaccount:shop:three and 1 more`,
      code: "exchange-subject-differs",
      args: { identity: "cart", subject, others: others.map(one => one.subject), answer: "AADSTS700213: No." },
    });
    const meant = credential(planned.trust.name, { subject: "system:serviceaccount:shop:taken" });
    expect(refused(700213, [...others, meant]).args).toMatchObject({ others: ["system:serviceaccount:shop:taken"] });
  });

  test("names the audience that the credential has", () => {
    const other = "api://AzureADTokenExchangeChina";
    expect(refused(700212, [credential("cart", { audience: other })])).toEqual({
      is: "wrong",
      evidence: `AADSTS700212: the token's audience is ${audience}, but cart on cart has ${other}`,
      code: "exchange-audience-differs",
      args: { identity: "cart", credential: "cart", audience, other, answer: "AADSTS700212: No." },
    });
  });

  test("says where nothing comes near", () => {
    const nothing = { is: "wrong", code: "exchange-credential-missing" };
    expect(refused(70025, [])).toMatchObject(nothing);
    expect(refused(70021, [credential("x", { issuer: "https://x", subject: "x" })])).toMatchObject(nothing);
  });

  test("is held against the plan where the credentials cannot be read", () => {
    expect(refused(700213).is).toBe("notVisibleYet");
    expect(refused(700211, undefined, { claims: { iss: issuer.slice(0, -1) } })).toMatchObject({
      is: "wrong",
      code: "exchange-issuer-differs",
    });
  });

  test("counts all audiences of a token, which has one", () => {
    expect(refused(700212, [credential("cart")], { claims: { aud: audience } }).is).toBe("notVisibleYet");
    expect(refused(700212, [credential("cart")], { claims: { aud: [audience, "b"] } }).is).toBe("wrong");
  });

  test("is known by its words where the number is a new one", () => {
    const words = "No matching federated identity record found for presented assertion.";
    expect(refused(7002199, [credential("cart")], { words }).is).toBe("notVisibleYet");
  });

  test.each([
    [700016, "exchange-client-unknown", "AADSTS700016: tenant tenant does not know the client id client"],
    [90002, "exchange-client-unknown", "AADSTS90002: tenant tenant does not know the client id client"],
    [90061, "exchange-issuer-not-public", `AADSTS90061: Entra cannot read the documents of the issuer ${issuer}`],
    [501661, "exchange-issuer-not-public", `AADSTS501661: Entra cannot read the documents of the issuer ${issuer}`],
    [700024, "exchange-token-invalid", "AADSTS700024: No."],
    [700027, "exchange-token-invalid", "AADSTS700027: No."],
    [53003, "exchange-refused", "AADSTS53003: No."],
    [7002381, "exchange-refused", "AADSTS7002381: No."],
  ] as const)("with AADSTS%i is final, whatever the credentials are", (code, finding, evidence) => {
    expect(refused(code, [credential("cart")])).toMatchObject({ is: "wrong", code: finding, evidence });
  });

  test("of what is no token is told all the same", () => {
    const answer = {
      status: 400,
      error: "invalid_request",
      codes: [],
      message: "No matching federated identity record",
    };
    for (const token of ["", "a.b.c", "a.bnVsbA.c", tokenOf({ iss: 1 })]) {
      expect(verdictOf(answer, planned, { token, credentials: [credential("cart")] })).toMatchObject({
        is: "notVisibleYet",
        evidence: "invalid_request, though cart on cart has what the token shows: not visible to Entra yet",
      });
    }
  });
});
