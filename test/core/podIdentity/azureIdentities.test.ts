import { expect, test } from "vitest";
import { azureIdentityOf } from "../../../src/core/podIdentity/azureIdentities.ts";
import { azureIdentity, clientIDOf, factsOf, files, resourceIDOf, west } from "../factories.ts";

const facts = factsOf([azureIdentity("a/cart"), azureIdentity("b/cart"), azureIdentity("a/odd", { resourceID: "x" })]);
const nameOf = (...asked: Parameters<typeof azureIdentityOf>) => {
  const found = azureIdentityOf(...asked);
  return found && `${found.namespace}/${found.name}`;
};

test("the first AzureIdentity with a client id is found, however that is written", () => {
  expect(nameOf(facts, west, { clientID: clientIDOf("cart").toUpperCase() })).toBe("a/cart");
  expect(nameOf(facts, west, { clientID: clientIDOf("other") })).toBeUndefined();
});

test("without a client id the resource id decides", () => {
  expect(nameOf(facts, west, { resourceID: resourceIDOf("cart").toUpperCase() })).toBe("a/cart");
  expect(nameOf(facts, west, { clientID: clientIDOf("odd"), resourceID: resourceIDOf("cart") })).toBe("a/odd");
  expect(nameOf(facts, west, { resourceID: "x" })).toBeUndefined();
  expect(nameOf(facts, west, {})).toBeUndefined();
});

test("one source's objects are not another's", () => {
  expect(nameOf(facts, files, { clientID: clientIDOf("cart") })).toBeUndefined();
});
