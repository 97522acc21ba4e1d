import { describe, expect, test } from "vitest";
import type { WorkloadDecision } from "../../../src/core/documents/decisions.ts";
import { exchangeSubjects, identityNameOf } from "../../../src/core/exchange/exchangeSubjects.ts";
import type { KubernetesObject } from "../../../src/core/kubernetes.ts";
import type { AzureFacts } from "../../../src/core/model.ts";
import { judge } from "../../../src/core/reports.ts";
import { tenantIDAnnotation } from "../../../src/core/workloadIdentity/workloadIdentity.ts";
import {
  azureIdentity,
  binding,
  bound,
  boundApplication,
  clientIDOf,
  decisions,
  factsOf,
  resourceIDOf,
  serviceAccount,
  tenant,
  workload,
} from "../factories.ts";

function subjectsOf(objects: KubernetesObject[], options: { decision?: WorkloadDecision; azure?: AzureFacts } = {}) {
  const workloads = { "shop/Deployment/cart": options.decision ?? {} };
  const facts = factsOf(objects);
  if (options.azure) facts.azure = options.azure;
  const { selected, mapped } = judge(facts, { ...decisions, workloads });
  return exchangeSubjects(facts, selected, mapped.mappings).map(({ trust, usages, source: _, ...rest }) => ({
    ...rest,
    identity: identityNameOf({ trust }),
    usages: usages.map(usage => usage.split("/").slice(2).join("/")),
  }));
}

const known = (...names: string[]): AzureFacts => ({
  identities: new Map(
    names.map(name => [
      resourceIDOf(name).toLowerCase(),
      { clientID: clientIDOf(name), tenantID: tenant, credentials: [] },
    ]),
  ),
});
const cart = { namespace: "shop", serviceAccount: "cart", clientID: clientIDOf("cart"), identity: "cart" };

describe("what tokens can prove", () => {
  test("is each service account with each of its identities, in the identity's own tenant", () => {
    const objects = [
      azureIdentity("shop/blob"),
      azureIdentity("shop/vault"),
      binding("shop/blob", { selector: "cart" }),
      binding("shop/vault", { selector: "cart" }),
      serviceAccount("shop/cart", { [tenantIDAnnotation]: tenant }),
      workload("shop/cart", { label: "cart", account: "cart" }),
    ];
    const options = { decision: { defaultIdentity: "shop/vault" }, azure: known("blob", "vault") };
    const of = (name: string) => ({ ...cart, clientID: clientIDOf(name), identity: name });
    const rest = { tenant, usages: ["Deployment/cart"] };
    expect(subjectsOf(objects, options)).toEqual([
      { ...of("vault"), ...rest },
      { ...of("blob"), ...rest },
    ]);
  });

  test("is one of several workloads that share both", () => {
    const objects = [
      ...bound("shop/cart"),
      serviceAccount("shop/cart"),
      workload("shop/cart", { label: "cart", account: "cart" }),
      workload("shop/orders", { label: "cart", account: "cart" }),
    ];
    expect(subjectsOf(objects, { azure: known("cart") })).toEqual([
      { ...cart, tenant, usages: ["Deployment/cart", "Deployment/orders"] },
    ]);
  });

  test("is in the tenant that the service account names where Azure tells none, and in none where nobody does", () => {
    const objects = (annotations?: Record<string, string>) => [
      ...bound("shop/cart"),
      serviceAccount("shop/cart", annotations),
      workload("shop/cart", { label: "cart", account: "cart" }),
    ];
    const azure = { identities: new Map() };
    const usages = ["Deployment/cart"];
    expect(subjectsOf(objects({ [tenantIDAnnotation]: "named" }), { azure })).toEqual([
      { ...cart, tenant: "named", usages },
    ]);
    expect(subjectsOf(objects(), { azure })).toEqual([{ ...cart, usages }]);
  });

  test("is one application in each of the tenants that it is asked for in", () => {
    const objects = [
      ...boundApplication("shop/till", { tenantID: "first" }),
      ...boundApplication("shop/abroad", { clientID: clientIDOf("till"), tenantID: "second" }),
      { ...binding("shop/abroad", { selector: "till" }), metadata: { namespace: "shop", name: "second" } },
      serviceAccount("shop/cart"),
      workload("shop/cart", { label: "till", account: "cart" }),
    ];
    const till = { ...cart, clientID: clientIDOf("till"), identity: clientIDOf("till"), usages: ["Deployment/cart"] };
    expect(subjectsOf(objects, { azure: { identities: new Map() } })).toEqual([
      { ...till, tenant: "second" },
      { ...till, tenant: "first" },
    ]);
  });
});
