import { describe, expect, test } from "vitest";
import { signedInAs } from "../../src/azure/signedInAs.ts";

const encode = (value: unknown) =>
  Buffer.from(typeof value === "string" ? value : JSON.stringify(value)).toString("base64url");
const jwt = (claims: unknown) => `${encode({ alg: "RS256" })}.${encode(claims)}.signature`;

async function asToldBy(token: string | undefined) {
  const scopes: unknown[] = [];
  const credential = {
    async getToken(scope: unknown) {
      scopes.push(scope);
      return token === undefined ? null : { token, expiresOnTimestamp: 0 };
    },
  };
  const seen = await signedInAs(credential, { name: "public", resourceManagerScope: "https://arm/.default" });
  expect(scopes).toEqual(["https://arm/.default"]);
  return seen;
}

describe("who the caller is in Azure", () => {
  test("is an application by its token", async () => {
    const claims = { tid: "T", oid: "O", appid: "A", idtyp: "app", aud: "https://arm" };
    expect(await asToldBy(jwt(claims))).toEqual({
      cloud: "public",
      tenantID: "T",
      objectID: "O",
      clientID: "A",
      type: "app",
    });
  });

  test.each([
    [{ tid: "T", oid: "O", appid: "cli", upn: "ann@shop.example", idtyp: "user" }, "cli"],
    [{ tid: "T", oid: "O", azp: "cli", preferred_username: "ann@shop.example" }, "cli"],
    [{ tid: "T", oid: "O", unique_name: "ann@shop.example" }, undefined],
  ])("is a user with the program that signed in for them: %j", async (claims, clientID) => {
    expect(await asToldBy(jwt(claims))).toEqual({
      cloud: "public",
      tenantID: "T",
      objectID: "O",
      userName: "ann@shop.example",
      type: "user",
      ...(clientID === undefined ? {} : { clientID }),
    });
  });

  test.each([
    undefined,
    "",
    "opaque",
    "a.b",
    "a.b.c",
    "a.b.c.d",
    jwt([]),
    jwt("null"),
    jwt("{"),
    jwt({ tid: 1, oid: {}, idtyp: ["app"], upn: "" }),
    jwt({ padding: "x".repeat(200_000), tid: "T" }),
  ])("is unknown where the token tells nothing (%#)", async token => {
    expect(await asToldBy(token)).toEqual({ cloud: "public" });
  });
});
