import { describe, expect, it } from "vitest";
import { principalsToRead } from "../../src/core/azure/azureToRead.ts";
import { finding } from "../../src/core/findings/codes.ts";
import type { Finding } from "../../src/core/model.ts";
import { findingsOf, judge } from "../../src/core/reports.ts";
import { azureIdentity, binding, bound, decisions, factsOf, resourceIDOf, west, workload } from "./factories.ts";

const subject = (namespace: string | undefined, name: string) => ({
  source: west,
  apiVersion: "v1",
  kind: "ServiceAccount",
  ...(namespace === undefined ? {} : { namespace }),
  name,
});
const missing = (namespace: string | undefined, name: string) =>
  finding("service-account-missing", { subject: subject(namespace, name) }, { serviceAccount: name, among: "cluster" });
const unreadable = (line: number) => finding("yaml-invalid", { at: { file: "a.yaml", line } }, { reason: "x" });

describe("the findings of a document", () => {
  const facts = { ...factsOf([]), findings: [missing("shop", "b")] };
  const listed = (more: readonly Finding[], namespaces?: string[]) =>
    findingsOf(judge(facts, { ...decisions, ...(namespaces ? { namespaces } : {}) }), more);

  it("are those of reading and of judging, in a fixed order", () => {
    const more = [unreadable(10), missing("shop", "a"), unreadable(9), missing("bank", "c"), missing(undefined, "d")];
    const expected = [
      missing(undefined, "d"),
      missing("bank", "c"),
      missing("shop", "a"),
      missing("shop", "b"),
      unreadable(9),
      unreadable(10),
    ];
    expect(listed(more)).toEqual(expected);
    expect(listed([...more].reverse())).toEqual(expected);
  });

  it("are told once", () => {
    const args = { serviceAccount: "other", among: "cluster" as const };
    const twice = finding("service-account-missing", { subject: subject("shop", "b") }, args);
    expect(listed([missing("shop", "b"), twice, twice])).toEqual([missing("shop", "b"), twice]);
  });

  it("are those of the chosen namespaces, and of none", () => {
    expect(listed([missing("bank", "c"), missing(undefined, "d"), unreadable(1)], ["bank"])).toEqual([
      missing(undefined, "d"),
      missing("bank", "c"),
      unreadable(1),
    ]);
  });
});

describe("the findings of usages", () => {
  it("are left out with the usages that -l passes over", () => {
    const facts = factsOf([workload("shop/cart", { label: "none" }), workload("shop/orders", { label: "none" })]);
    const told = (selector?: string) => {
      const judgement = judge(facts, { ...decisions, ...(selector === undefined ? {} : { selector }) });
      return findingsOf(judgement, judgement.found.findings).map(({ code, subject }) => `${code} ${subject?.name}`);
    };
    expect(told()).toEqual(["label-without-binding cart", "label-without-binding orders"]);
    expect(told("nothing=fits")).toEqual([]);
  });
});

describe("the identities to ask Azure about", () => {
  it("are the managed identities of the chosen usages, once each", () => {
    const facts = factsOf([
      ...bound("shop/cart"),
      ...bound("shop/orders"),
      ...bound("shop/unused"),
      azureIdentity("shop/app", { type: 1 }),
      binding("shop/app"),
      workload("shop/cart", { label: "cart" }),
      workload("shop/cart2", { label: "cart" }),
      workload("shop/app", { label: "app" }),
      workload("bank/orders", { label: "orders" }),
    ]);
    const asked = (namespaces?: string[]) =>
      principalsToRead(facts, { ...decisions, ...(namespaces ? { namespaces } : {}) }).map(one => one.id);
    expect(asked()).toEqual([resourceIDOf("cart").toLowerCase(), resourceIDOf("orders").toLowerCase()]);
    expect(asked(["bank"])).toEqual([resourceIDOf("orders").toLowerCase()]);
  });
});

it("the same facts and decisions give the same judgement", () => {
  const facts = factsOf([...bound("shop/cart"), workload("shop/cart", { label: "cart" })]);
  expect(judge(facts, decisions)).toEqual(judge(facts, decisions));
});
