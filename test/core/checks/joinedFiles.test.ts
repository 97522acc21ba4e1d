import { expect, test } from "vitest";
import { judge } from "../../../src/core/reports.ts";
import { bound, decisions, factsOf, files, issuer, serviceAccount, workload } from "../factories.ts";

const live = [
  ...bound("shop/cart"),
  ...bound("shop/orders"),
  serviceAccount("shop/shared"),
  workload("shop/orders", { label: "orders", account: "shared" }),
];

function mappingOf(account: string) {
  const facts = factsOf(live, { files: [workload("shop/cart", { label: "cart", account })] });
  return judge(facts, decisions).mapped.mappings.find(one => one.usage.startsWith(files));
}

test("a workload in files alone does not get an account that others use in the cluster", () => {
  expect(mappingOf("shared")?.blockedBy).toEqual(["service-account-in-cluster"]);
});

test("a workload in files alone with an account of its own is planned for the issuer of the cluster beside them", () => {
  const mapping = mappingOf("cart");
  expect(mapping?.blockedBy).toEqual([]);
  expect(mapping?.trusts).toMatchObject([{ issuer, subject: "system:serviceaccount:shop:cart" }]);
});
