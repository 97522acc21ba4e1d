import { describe, expect, test } from "vitest";
import { decisionForIdentity } from "../../src/core/decisions.ts";
import type { Decisions } from "../../src/core/model.ts";
import { clientIDOf, resourceIDOf } from "./factories.ts";

describe("what is decided for an identity", () => {
  test("is found by its client id in any case, and is nothing for others", () => {
    const identities = { [clientIDOf("cart").toUpperCase()]: { resourceID: resourceIDOf("cart") } };
    expect(decisionForIdentity({ identities }, clientIDOf("cart"))).toEqual({ resourceID: resourceIDOf("cart") });
    expect(decisionForIdentity({ identities }, clientIDOf("other"))).toEqual({});
    expect(decisionForIdentity({}, clientIDOf("cart"))).toEqual({});
  });

  test("is read through once, however many workloads ask", () => {
    let read = 0;
    const identities: NonNullable<Decisions["identities"]> = new Proxy(
      {},
      {
        ownKeys() {
          read++;
          return [];
        },
      },
    );
    for (const name of ["cart", "orders"]) decisionForIdentity({ identities }, clientIDOf(name));
    expect(read).toBe(1);
  });
});
