import { Chalk } from "chalk";
import { expect, it } from "vitest";
import type { Fleet } from "../../src/core/documents/fleet.ts";
import { fleetLines } from "../../src/output/text/fleet.ts";

const subscription = "0b1f6471-1bf0-4dda-aec3-cb9272f09590";
const identity = (resourceGroup: string, name: string) =>
  `/subscriptions/${subscription}/resourcegroups/${resourceGroup}/providers/microsoft.managedidentity/userassignedidentities/${name}`;
const fleet: Fleet = {
  apiVersion: "azwi-migrate.dev/v1alpha1",
  kind: "Fleet",
  toolVersion: "test",
  contentHash: "sha256:0",
  plans: [],
  budget: [
    { principal: identity("shop", "cart"), existing: 18, planned: 3, limit: 20 },
    { principal: identity("shop", "orders"), existing: 2, planned: 1, limit: 20 },
    { principal: "33333333-3333-4333-8333-333333333333", existing: 0, planned: 1, limit: 20 },
  ],
  findings: [],
};
const rows = (columns: number) => fleetLines(fleet, { color: new Chalk({ level: 0 }), columns }).slice(2, 6);

it("names every identity, in a narrow terminal too", () => {
  expect(rows(80)).toEqual([
    "IDENTITY                                    CREDENTIALS  NEW  TOGETHER",
    "cart (resource group shop, subscription 0…  18           3    21 of 20, too many",
    "orders (resource group shop, subscription…  2            1    3 of 20",
    "33333333-3333-4333-8333-333333333333        0            1    1 of 20",
  ]);
  expect(rows(200)[1]).toContain(`cart (resource group shop, subscription ${subscription})  `);
});
