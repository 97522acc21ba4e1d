import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { credentialName, isSameTrust, serviceAccountSubject, trustFor } from "../../../src/core/trust/trusts.ts";
import { audience, credential, issuer } from "../factories.ts";

const cart = { namespace: "shop", name: "cart" };
const trust = (existing: Parameters<typeof trustFor>[3]) => trustFor("/id", cart, { issuer, audience }, existing);

describe("the trust of a service account", () => {
  it("is a new credential with a name of its own", () => {
    expect(trust([])).toEqual({
      principal: "/id",
      issuer,
      subject: "system:serviceaccount:shop:cart",
      audience,
      backend: "federatedCredential",
      name: expect.stringMatching(/^shop-cart-[0-9a-f]{10}$/),
    });
  });

  it("adopts an existing credential whatever its name, and keeps the name it would have had", () => {
    const existing = [credential("other", "shop:orders"), credential("by-terraform", "shop:cart")];
    expect(trust(existing)).toEqual({ ...trust([]), adopts: "by-terraform" });
  });

  it.each([
    ["subject", { subject: "system:serviceaccount:shop:carts" }],
    ["issuer without its slash", { issuer: issuer.slice(0, -1) }],
    ["audience in another case", { audience: audience.toLowerCase() }],
  ])("does not adopt one with another %s", (_, rest) => {
    expect(trust([credential("near", "shop:cart", rest)])).toEqual(trust([]));
  });
});

describe("names of credentials", () => {
  // DNS labels and subdomains, as namespaces and service accounts are named.
  const label = fc.stringMatching(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/);
  const subdomain = fc.array(label, { minLength: 1, maxLength: 6 }).map(parts => parts.join("."));
  const anyKey = fc.record({
    namespace: label,
    account: subdomain,
    issuer: fc.webUrl(),
    audience: fc.constantFrom(audience, "b"),
  });
  const nameOf = ({
    namespace,
    account,
    ...rest
  }: {
    namespace: string;
    account: string;
    issuer: string;
    audience: string;
  }) => credentialName(namespace, account, { subject: serviceAccountSubject(namespace, account), ...rest });

  it("are legal in ARM for any namespace and account", () => {
    fc.assert(
      fc.property(anyKey, key => {
        expect(nameOf(key)).toMatch(/^[a-zA-Z0-9][a-zA-Z0-9-_]{2,119}$/);
      }),
    );
  });

  it("are equal for equal content only", () => {
    fc.assert(
      fc.property(anyKey, anyKey, (one, other) => {
        expect(nameOf(one) === nameOf(other)).toBe(JSON.stringify(one) === JSON.stringify(other));
      }),
    );
    // A dot and a hyphen look alike in the readable part.
    const near = { issuer, audience };
    expect(nameOf({ namespace: "a", account: "b.c", ...near })).not.toBe(
      nameOf({ namespace: "a", account: "b-c", ...near }),
    );
    expect(nameOf({ namespace: "a-b", account: "c", ...near })).not.toBe(
      nameOf({ namespace: "a", account: "b-c", ...near }),
    );
  });

  it("stay the same from release to release", () => {
    expect(nameOf({ namespace: "shop", account: "cart", issuer: "https://issuer/", audience })).toBe(
      "shop-cart-a055a3a8af",
    );
  });
});

describe("two trusts", () => {
  it("are the same with issuer, subject and audience, byte for byte", () => {
    const key = { issuer, subject: "s", audience };
    expect(isSameTrust(key, { ...key })).toBe(true);
    for (const field of ["issuer", "subject", "audience"] as const)
      expect(isSameTrust(key, { ...key, [field]: `${key[field]} ` })).toBe(false);
  });
});
