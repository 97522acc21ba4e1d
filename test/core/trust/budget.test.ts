import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { FederatedCredential, Trust } from "../../../src/core/model.ts";
import { budgetsOf, type Claim, credentialLimit, isExceeded } from "../../../src/core/trust/budget.ts";
import { audience, credential, issuer } from "../factories.ts";

const principal = "/subscriptions/s/resourcegroups/r/providers/p/userassignedidentities/cart";

function trust(account: string, rest: Partial<Trust> = {}): Trust {
  const subject = `system:serviceaccount:${account}`;
  return { principal, issuer, subject, audience, backend: "federatedCredential", name: account, ...rest };
}

function claim(usage: string, account: string, rest: Partial<Claim> = {}): Claim {
  return { usage, source: "west", namespace: account.split(":")[0] ?? "", trusts: [trust(account)], ...rest };
}

const budget = (claims: readonly Claim[], credentials: readonly FederatedCredential[] = []) =>
  budgetsOf(claims, new Map([[principal, credentials]])).get(principal);

describe("the credentials of a principal", () => {
  it("are those that exist and those that are planned, each once", () => {
    const claims = [
      claim("a", "shop:cart"),
      claim("b", "shop:cart"),
      claim("c", "shop:orders"),
      claim("d", "bank:pay"),
    ];
    expect(budget(claims, [credential("x", "bank:pay"), credential("y", "old:gone")])).toEqual({
      principal,
      existing: 2,
      planned: 2,
      limit: credentialLimit,
      shared: 3,
      needing: ["a", "b", "c"],
      fitting: [],
    });
  });

  it("are told apart by issuer and audience too", () => {
    const claims = [
      claim("a", "shop:cart"),
      claim("b", "shop:cart", { source: "east", trusts: [trust("shop:cart", { issuer: "https://east.example/" })] }),
      claim("c", "shop:cart", { trusts: [trust("shop:cart", { audience: "other" })] }),
    ];
    expect(budget(claims)).toMatchObject({ existing: 0, planned: 3 });
  });

  it("are fewer where workloads of a namespace with the same identities could share an account", () => {
    const other = `${principal}2`;
    const claims = [
      claim("a", "shop:a"),
      claim("b", "shop:b"),
      claim("c", "shop:c", { trusts: [trust("shop:c"), trust("shop:c", { principal: other })] }),
      claim("d", "bank:d"),
    ];
    expect(budget(claims)).toMatchObject({ planned: 4, shared: 3 });
    expect(budget(claims, [credential("x", "shop:a")])).toMatchObject({ existing: 1, planned: 3, shared: 3 });
  });

  it("are one for all identity bindings, which fit where the others leave no room", () => {
    const many = Array.from({ length: 20 }, (_, index) => claim(`f${index}`, `shop:f${index}`));
    const bound = ["x", "y"].map(name =>
      claim(name, `shop:${name}`, { trusts: [trust(`shop:${name}`, { backend: "identityBinding" })] }),
    );
    const found = budget([...many, ...bound]);
    expect(found).toMatchObject({ existing: 0, planned: 21, fitting: ["x", "y"] });
    expect(found && isExceeded(found)).toBe(true);
    const full = Array.from({ length: 20 }, (_, index) => credential(`e${index}`, `old:e${index}`));
    expect(budget(bound, full)).toMatchObject({ existing: 20, planned: 1, fitting: [] });
    const present = credential("aks-identity-binding", "x", { issuer: "https://ib.oic.prod-aks.azure.com/t/c" });
    expect(budget(bound, [present])).toMatchObject({ existing: 1, planned: 0, needing: [] });
  });

  it("that are there already are no excess, however many they are", () => {
    const full = Array.from({ length: 20 }, (_, index) => credential(`e${index}`, `shop:e${index}`));
    const adopting = budget([claim("a", "shop:e0")], full);
    expect(adopting && isExceeded(adopting)).toBe(false);
    const one = budget([claim("a", "shop:new")], full);
    expect(one && isExceeded(one)).toBe(true);
    const last = budget([claim("a", "shop:new")], full.slice(1));
    expect(last && isExceeded(last)).toBe(false);
  });
});

describe("over random fleets", () => {
  const account = fc
    .tuple(fc.constantFrom("shop", "bank"), fc.integer({ min: 0, max: 14 }))
    .map(([n, i]) => `${n}:${i}`);
  const from = fc.constantFrom(issuer, "https://east.example/", "https://north.example/");
  const key = fc.record({ account, issuer: from });
  const claims = fc.array(key, { maxLength: 60 }).map(keys =>
    keys.map((one, index): Claim => {
      return claim(`u${index}`, one.account, {
        source: one.issuer,
        trusts: [trust(one.account, { issuer: one.issuer })],
      });
    }),
  );
  const existing = fc
    .uniqueArray(key, { maxLength: 20, selector: one => JSON.stringify(one) })
    .map(keys => keys.map((one, index) => credential(`e${index}`, one.account, { issuer: one.issuer })));
  const asSet = (claims: readonly Claim[], credentials: readonly FederatedCredential[]) =>
    new Set(
      [...claims.flatMap(one => one.trusts), ...credentials].map(one => JSON.stringify([one.issuer, one.subject])),
    ).size;

  it("no credential counts twice", () => {
    fc.assert(
      fc.property(claims, existing, (claims, credentials) => {
        const found = budget(claims, credentials);
        if (!found) return claims.length === 0;
        return (
          found.existing + found.planned === asSet(claims, credentials) && found.shared <= asSet(claims, credentials)
        );
      }),
    );
  });

  it("judging again in the middle of a run gives the same sum, and needs nobody who did not need before", () => {
    fc.assert(
      fc.property(claims, existing, fc.nat({ max: 60 }), (claims, credentials, written) => {
        const before = budget(claims, credentials);
        if (!before) return;
        const meanwhile = claims
          .slice(0, written)
          .flatMap(one => one.trusts)
          .filter(one => !credentials.some(known => known.issuer === one.issuer && known.subject === one.subject));
        const unique = [...new Map(meanwhile.map(one => [`${one.issuer} ${one.subject}`, one])).values()];
        const now = budget(claims, [...credentials, ...unique.map(one => ({ ...one, name: one.name }))]);
        expect((now?.existing ?? 0) + (now?.planned ?? 0)).toBe(before.existing + before.planned);
        for (const usage of now?.needing ?? []) expect(before.needing).toContain(usage);
      }),
    );
  });
});
