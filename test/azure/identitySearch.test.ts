import { describe, expect, test } from "vitest";
import { identitySearch } from "../../src/azure/identitySearch.ts";
import type { SimulatedAzureOptions } from "../../src/sandbox/azure/simulatedAzure.ts";
import { restOn, shopAzure, subscriptionId, tenantId } from "../sandbox/azure/world.ts";

const other = "99999999-0000-0000-0000-000000000009";
const provider = "providers/microsoft.managedidentity/userassignedidentities";

function clientID(index: number): string {
  return `c1000000-0000-4000-8000-${String(index).padStart(12, "0")}`;
}

/** Identities app-0, app-1, ... by turns in two subscriptions, beside `cart`. */
function manyIdentities(count: number, options: Partial<SimulatedAzureOptions> = {}) {
  const azure = shopAzure(options);
  for (let index = 0; index < count; index++) {
    azure.addIdentity({
      subscriptionId: index % 2 === 0 ? subscriptionId : other,
      resourceGroup: "Apps",
      name: `app-${index}`,
      tenantId,
      clientId: clientID(index),
      principalId: clientID(index),
    });
  }
  const rest = restOn(azure);
  return { azure, search: identitySearch(rest) };
}

const names = (found: { id: string }[]) => found.map(({ id }) => id.split("/").at(-1));

describe("identities by client id", () => {
  test("are found over all subscriptions with one query, whatever the case of the id", async () => {
    const { azure, search } = manyIdentities(4);
    const wanted = [clientID(2).toUpperCase(), clientID(3), "00000000-0000-0000-0000-000000000000"];
    expect(await search.queryIdentities(wanted, {})).toEqual(
      [
        [3, other],
        [2, subscriptionId],
      ].map(([index, subscription]) => ({
        id: `/subscriptions/${subscription}/resourcegroups/apps/${provider}/app-${index}`,
        clientID: clientID(Number(index)),
        principalID: clientID(Number(index)),
        tenantID: tenantId,
        location: "westeurope",
      })),
    );
    expect(azure.requests).toHaveLength(1);
    expect(azure.requests[0]).toMatchObject({
      method: "POST",
      path: "/providers/Microsoft.ResourceGraph/resources",
      query: { "api-version": "2022-10-01" },
      outcome: 200,
    });
  });

  test("are found in the subscriptions that are named, and nowhere else", async () => {
    const { search } = manyIdentities(4);
    const wanted = [0, 1, 2, 3].map(clientID);
    expect(names(await search.queryIdentities(wanted, { subscriptions: [other] }))).toEqual(["app-1", "app-3"]);
  });

  test("come in portions of 200 client ids, each with all of its pages", async () => {
    const { azure, search } = manyIdentities(450, { pageSize: 90 });
    const wanted = Array.from({ length: 450 }, (_, index) => clientID(index));
    const found = await search.queryIdentities(wanted, {});
    expect(new Set(found.map(one => one.clientID))).toEqual(new Set(wanted));
    expect(found).toHaveLength(450);
    expect(azure.requests).toHaveLength(3 + 3 + 1);
  });

  test("are looked for by GUIDs only: nothing else gets into a query", async () => {
    const { azure, search } = manyIdentities(1);
    await expect(search.queryIdentities(["x') | union secrets //"], {})).rejects.toMatchObject({ kind: "badRequest" });
    expect(azure.requests).toEqual([]);
  });

  test.each([
    ["rows that are none", { data: [1, null, { id: 5 }, { id: "/x", properties: {} }], resultTruncated: "false" }, []],
    ["an answer without rows", { count: 0 }, "something else than rows"],
    ["rows that were cut short", { data: [], resultTruncated: "true" }, "does not come to an end"],
    [
      "a page that leads to itself",
      { data: [], resultTruncated: "true", $skipToken: "again" },
      "does not come to an end",
    ],
  ])("%s", async (_, body, expected) => {
    const { azure, search } = manyIdentities(1);
    azure.fail({ effect: "answer", path: "/Microsoft.ResourceGraph/", status: 200, code: "", body });
    const found = search.queryIdentities([clientID(0)], {});
    if (typeof expected === "string") await expect(found).rejects.toThrow(expected);
    else expect(await found).toEqual(expected);
  });
});

describe("lists of what the caller sees", () => {
  test("have all identities of a subscription, page by page", async () => {
    const { azure, search } = manyIdentities(9, { pageSize: 2 });
    expect(names(await search.listIdentities(other))).toEqual(["app-1", "app-3", "app-5", "app-7"]);
    expect(azure.requests.filter(({ path }) => path.includes(other))).toHaveLength(2);
    await expect(search.listIdentities("../x")).rejects.toMatchObject({ status: 404 });
  });

  test("have the subscriptions with their tenants", async () => {
    const { search } = manyIdentities(2, { pageSize: 1 });
    expect(await search.listSubscriptions()).toEqual([
      { id: subscriptionId, name: expect.any(String), tenantID: tenantId },
      { id: other, name: expect.any(String), tenantID: tenantId },
    ]);
  });
});
