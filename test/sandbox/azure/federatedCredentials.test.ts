import { describe, expect, test } from "vitest";
import { apiVersion, arm, audience, identityPath, issuer, putCredential, shopAzure } from "./world.ts";

const list = `${identityPath}/federatedIdentityCredentials?${apiVersion}`;
const error = (code: string, message: string) => ({ error: { code, message } });

describe("federated credentials of the simulated Azure", () => {
  test("replaces the credential of the same name without asking", async () => {
    const azure = shopAzure();
    const created = await putCredential(azure, "shop-cart");
    const replaced = await putCredential(azure, "shop-cart", { subject: "system:serviceaccount:shop:other" });
    expect([created.status, replaced.status]).toEqual([201, 200]);
    expect(azure.federatedCredentials(identityPath)).toEqual([
      { name: "shop-cart", issuer, subject: "system:serviceaccount:shop:other", audience },
    ]);
  });

  test("lists page after page through nextLink", async () => {
    const azure = shopAzure({ pageSize: 2 });
    for (const name of ["one", "two", "three", "four", "five"]) await putCredential(azure, name);
    const names: string[][] = [];
    let next: string | undefined = list;
    while (next !== undefined) {
      const { body } = (await arm(azure, "GET", next)) as { body: { value: { name: string }[]; nextLink?: string } };
      names.push(body.value.map(one => one.name));
      next = body.nextLink;
    }
    expect(names).toEqual([["one", "two"], ["three", "four"], ["five"]]);
  });

  test("deletes with 200, and with 204 what is not there", async () => {
    const azure = shopAzure();
    await putCredential(azure, "shop-cart");
    const path = `${identityPath}/federatedIdentityCredentials/SHOP-CART?${apiVersion}`;
    expect((await arm(azure, "DELETE", path)).status).toBe(200);
    expect((await arm(azure, "DELETE", path)).status).toBe(204);
    expect(azure.federatedCredentials(identityPath)).toEqual([]);
  });

  test.each([
    ["ab", "is too short"],
    ["-cart", "begins with a hyphen"],
    ["shop.cart", "has a dot"],
    ["x".repeat(121), "is too long"],
  ])("refuses the name %s, which %s", async name => {
    const answer = await putCredential(shopAzure(), name);
    expect(answer).toMatchObject({
      status: 400,
      body: error("BadRequest", `Federated Identity Credential name '${name}' is invalid.`),
    });
  });

  test.each([
    [
      "two audiences",
      { audiences: [audience, "api://other"] },
      "Federated identity credentials must have exactly one audience.",
    ],
    ["no audience", { audiences: [] }, "Federated identity credentials must have exactly one audience."],
    [
      "no subject",
      { subject: undefined },
      "The request format was unexpected. Federated Identity Credential must specify 'issuer', 'subject' and 'audience'.",
    ],
    [
      "a long issuer",
      { issuer: `https://${"x".repeat(593)}` },
      "Federated Identity Credential issuer is longer than 600 characters.",
    ],
    [
      "a long subject",
      { subject: "x".repeat(601) },
      "Federated Identity Credential subject is longer than 600 characters.",
    ],
    [
      "a long audience",
      { audiences: ["x".repeat(601)] },
      "Federated Identity Credential audience is longer than 600 characters.",
    ],
  ])("refuses %s", async (_, properties, message) => {
    expect(await putCredential(shopAzure(), "shop-cart", properties)).toMatchObject({
      status: 400,
      body: error("BadRequest", message),
    });
  });

  test("accepts values of exactly 600 characters", async () => {
    const properties = { issuer: `https://${"i".repeat(592)}`, subject: "s".repeat(600), audiences: ["a".repeat(600)] };
    expect((await putCredential(shopAzure(), "x".repeat(120), properties)).status).toBe(201);
  });

  test("refuses a body without properties", async () => {
    const path = `${identityPath}/federatedIdentityCredentials/shop-cart?${apiVersion}`;
    expect(await arm(shopAzure(), "PUT", path, {})).toMatchObject({
      status: 400,
      body: error("BadRequest", "Federated Identity Credential from HTTP body has empty properties"),
    });
  });

  test("refuses a second credential with the same issuer and subject, in either reported form", async () => {
    const message = "Issuer and subject combination already exists for this Managed Identity.";
    for (const [duplicateAnswer, status, code] of [
      ["badRequest", 400, "BadRequest"],
      ["conflict", 409, "Conflict"],
    ] as const) {
      const azure = shopAzure({ duplicateAnswer });
      await putCredential(azure, "first", { subject: "same" });
      expect(await putCredential(azure, "second", { subject: "same", audiences: ["api://other"] })).toMatchObject({
        status,
        body: error(code, message),
      });
      expect((await putCredential(azure, "first", { subject: "same" })).status).toBe(200);
    }
  });

  test("takes 20 credentials and refuses the 21st, while the 20 can still be replaced", async () => {
    const azure = shopAzure();
    for (let index = 1; index <= 20; index++) {
      expect((await putCredential(azure, `credential-${index}`)).status).toBe(201);
    }
    const refused = await putCredential(azure, "credential-21");
    expect(refused).toMatchObject({ status: 400, body: { error: { code: "BadRequest" } } });
    expect((await putCredential(azure, "credential-20", { subject: "another" })).status).toBe(200);
    expect(azure.federatedCredentials(identityPath)).toHaveLength(20);
  });

  test("refuses a write while another one on the same identity is under way, a delete too", async () => {
    const azure = shopAzure({ writeMilliseconds: 900 });
    await putCredential(azure, "old");
    const answers = await Promise.all([
      putCredential(azure, "first"),
      putCredential(azure, "second"),
      arm(azure, "DELETE", `${identityPath}/federatedIdentityCredentials/old?${apiVersion}`),
    ]);
    const concurrent = error(
      "ConcurrentFederatedIdentityCredentialsWritesForSingleManagedIdentity",
      `Too many Federated Identity Credentials are written concurrently for the managed identity '${identityPath.toLowerCase()}'. Concurrent Federated Identity Credentials writes under the same managed identity are not supported.`,
    );
    expect(answers.map(answer => answer.status)).toEqual([201, 409, 409]);
    expect(answers.slice(1).map(answer => answer.body)).toEqual([concurrent, concurrent]);
    expect((await putCredential(azure, "second")).status).toBe(201);
  });

  test("answers what is missing the way ARM does", async () => {
    const azure = shopAzure();
    const at = (path: string, method = "GET") => arm(azure, method, `${path}?${apiVersion}`);
    const code = async (path: string, method?: string) => {
      const { status, body } = await at(path, method);
      return [status, (body as { error: { code: string } }).error.code];
    };
    const type = "providers/Microsoft.ManagedIdentity/userAssignedIdentities";
    const group = identityPath.split("/providers/")[0];
    expect(await code(`/subscriptions/unknown/resourceGroups/Shop-RG/${type}/cart`)).toEqual([
      404,
      "SubscriptionNotFound",
    ]);
    expect(await code(identityPath.replace("Shop-RG", "other"))).toEqual([404, "ResourceGroupNotFound"]);
    expect(await code(`${group}/${type}/nobody`)).toEqual([404, "ResourceNotFound"]);
    expect(await code(`${group}/${type}/nobody/federatedIdentityCredentials`)).toEqual([404, "ParentResourceNotFound"]);
    expect(await code(`${group}/${type}/nobody/federatedIdentityCredentials/abc`, "DELETE")).toEqual([
      404,
      "ParentResourceNotFound",
    ]);
    expect(await code(`${identityPath}/federatedIdentityCredentials/abc`)).toEqual([404, "ResourceNotFound"]);
  });

  test("wants a token that it knows and an api-version that exists", async () => {
    const azure = shopAzure();
    const send = async (url: string, authorization?: string) => {
      const headers: Record<string, string> = authorization === undefined ? {} : { authorization };
      const answer = await azure.handle({ method: "GET", url: `https://management.test${url}`, headers, body: "" });
      return [answer.status, (JSON.parse(answer.body) as { error: { code: string } }).error.code];
    };
    expect(await send(list)).toEqual([401, "AuthenticationFailed"]);
    expect(await send(list, "Bearer forged")).toEqual([401, "InvalidAuthenticationToken"]);
    expect((await arm(azure, "GET", `${identityPath}/federatedIdentityCredentials`)).body).toMatchObject({
      error: { code: "MissingApiVersionParameter" },
    });
    expect((await arm(azure, "GET", list.replace("2024-11-30", "2018-11-30"))).status).toBe(400);
  });

  test("keeps to lower case in resourcegroups and to the name as it was given, whatever was asked", async () => {
    const azure = shopAzure();
    const { body } = await arm(azure, "GET", `${identityPath.toUpperCase()}?${apiVersion}`);
    expect(body).toMatchObject({ id: identityPath.replace("resourceGroups", "resourcegroups"), name: "cart" });
  });

  test("lists identities of a subscription and of a resource group", async () => {
    const azure = shopAzure({ pageSize: 1 });
    const subscription = identityPath.split("/resourceGroups/")[0] ?? "";
    azure.addIdentity({
      subscriptionId: subscription.split("/")[2] ?? "",
      resourceGroup: "other",
      name: "till",
      tenantId: "t",
      clientId: "c",
      principalId: "p",
    });
    const type = `providers/Microsoft.ManagedIdentity/userAssignedIdentities?${apiVersion}`;
    const first = await arm(azure, "GET", `${subscription}/${type}`);
    const { nextLink } = first.body as { nextLink: string };
    const second = await arm(azure, "GET", nextLink);
    const inGroup = await arm(azure, "GET", `${subscription}/resourceGroups/OTHER/${type}`);
    const names = [first, second, inGroup].map(({ body }) =>
      (body as { value: { name: string }[] }).value.map(one => one.name),
    );
    expect(names).toEqual([["cart"], ["till"], ["till"]]);
  });
});
