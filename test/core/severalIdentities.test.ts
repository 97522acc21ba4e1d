import { describe, expect, test } from "vitest";
import type { WorkloadDecision } from "../../src/core/documents/decisions.ts";
import type { KubernetesObject } from "../../src/core/kubernetes.ts";
import { judge } from "../../src/core/reports.ts";
import { clientIDAnnotation } from "../../src/core/workloadIdentity/workloadIdentity.ts";
import {
  azureIdentity,
  binding,
  clientIDOf,
  decisions,
  factsOf,
  resourceIDOf,
  serviceAccount,
  workload,
} from "./factories.ts";

const twoBound: KubernetesObject[] = [
  azureIdentity("shop/blob"),
  azureIdentity("shop/vault"),
  binding("shop/blob", { selector: "cart" }),
  binding("shop/vault", { selector: "cart" }),
];

function judged(objects: KubernetesObject[], decision: WorkloadDecision = {}) {
  const workloads = { "shop/Deployment/cart": decision };
  return judge(factsOf([...twoBound, serviceAccount("shop/cart"), ...objects]), { ...decisions, workloads });
}

const cart = workload("shop/cart", { label: "cart", account: "cart" });
const principalOf = (name: string) => resourceIDOf(name).toLowerCase();

describe("a workload with several identities", () => {
  test("is blocked until the default is chosen, with the candidates and the place to choose", () => {
    const { mapped, steps } = judged([cart]);
    expect(mapped.mappings[0]).toMatchObject({ blockedBy: ["several-identities"] });
    expect(mapped.mappings[0]).not.toHaveProperty("defaultPrincipal");
    expect(mapped.findings.find(one => one.code === "several-identities")?.args).toEqual({
      candidates: [`shop/blob (${clientIDOf("blob")})`, `shop/vault (${clientIDOf("vault")})`],
      key: "shop/Deployment/cart",
    });
    expect(steps.steps).toEqual([]);
  });

  test.each(["shop/vault", clientIDOf("vault").toUpperCase()])(
    "gets a credential on each, and the account of %s",
    name => {
      const { mapped, steps } = judged([cart], { defaultIdentity: name });
      const [mapping] = mapped.mappings;
      expect(mapping).toMatchObject({
        blockedBy: [],
        reasons: ["client-ids-needed-in-code", "service-account-reused"],
        defaultPrincipal: { id: principalOf("vault") },
      });
      expect(mapping?.trusts.map(({ principal, subject }) => ({ principal, subject }))).toEqual(
        ["vault", "blob"].map(identity => ({
          principal: principalOf(identity),
          subject: "system:serviceaccount:shop:cart",
        })),
      );
      expect(steps.steps.map(step => step.op).sort()).toEqual(["patch", "patch", "trust", "trust"]);
      const account = steps.steps.find(step => step.target.kind === "ServiceAccount");
      expect(account).toMatchObject({
        changes: [{ path: ["metadata", "annotations", clientIDAnnotation], after: clientIDOf("vault") }],
      });
      expect(steps.steps.at(-1)?.dependsOn).toHaveLength(3);
    },
  );

  test("is blocked by a choice that is none of them", () => {
    const { mapped } = judged([cart], { defaultIdentity: "shop/other" });
    expect(mapped.mappings[0]?.blockedBy).toEqual(["default-identity-unknown"]);
  });

  test("with one alone is blocked by a choice that is another, and needs none", () => {
    const one = (decision: WorkloadDecision) =>
      judge(
        factsOf([
          azureIdentity("shop/blob"),
          binding("shop/blob", { selector: "cart" }),
          serviceAccount("shop/cart"),
          cart,
        ]),
        { ...decisions, workloads: { "shop/Deployment/cart": decision } },
      ).mapped.mappings[0]?.blockedBy;
    expect(one({ defaultIdentity: "shop/vault" })).toEqual(["default-identity-unknown"]);
    expect(one({ defaultIdentity: "shop/blob" })).toEqual([]);
    expect(one({})).toEqual([]);
  });

  test("does not share its account with a workload that has one of them alone", () => {
    const objects = [
      cart,
      workload("shop/orders", { label: "orders", account: "cart" }),
      binding("shop/orders", { azureIdentity: "vault", selector: "orders" }),
    ];
    const { mapped } = judged(objects, { defaultIdentity: "shop/vault" });
    expect(mapped.mappings.map(one => one.serviceAccount)).toEqual([
      { name: "cart-deployment", use: "create" },
      { name: "orders", use: "create" },
    ]);
  });

  test("is blocked where one resource id comes with two client ids: NMI serves both, and Azure knows one", () => {
    const other = azureIdentity("shop/vault", { resourceID: resourceIDOf("blob") });
    const objects = [azureIdentity("shop/blob"), other, ...twoBound.slice(2), serviceAccount("shop/cart"), cart];
    expect(judge(factsOf(objects), decisions).mapped.mappings[0]?.blockedBy).toEqual([
      "client-id-mismatch",
      "several-identities",
    ]);
  });

  test("is counted by principal: two AzureIdentity objects of one managed identity need no choice", () => {
    const same = azureIdentity("shop/vault", { resourceID: resourceIDOf("blob"), clientID: clientIDOf("blob") });
    const objects = [azureIdentity("shop/blob"), same, ...twoBound.slice(2), serviceAccount("shop/cart"), cart];
    expect(judge(factsOf(objects), decisions).mapped.mappings[0]?.blockedBy).toEqual([]);
  });
});

describe("the identity of a client id", () => {
  const broken = [
    azureIdentity("shop/cart", { resourceID: "n/a" }),
    binding("shop/cart"),
    serviceAccount("shop/cart"),
    cart,
  ];
  const managed = {
    cluster: { podIdentity: [{ mode: "managed", namespaced: true, addon: false, namespace: "x" } as const] },
  };

  test("is unknown where managed mode never needed the resource id", () => {
    expect(judge(factsOf(broken, managed), decisions).mapped.mappings[0]?.blockedBy).toEqual(["resource-id-invalid"]);
  });

  test("is what the config file says, whatever the object says", () => {
    const identities = { [clientIDOf("cart").toUpperCase()]: { resourceID: resourceIDOf("cart") } };
    const { mapped } = judge(factsOf(broken, managed), { ...decisions, identities });
    expect(mapped.mappings[0]).toMatchObject({
      blockedBy: [],
      notChecked: ["azure-not-checked"],
      trusts: [{ principal: principalOf("cart") }],
    });
  });
});

test("a workload that is on workload identity already needs no choice: its account has made it", () => {
  const { mapped, steps } = judge(
    factsOf([
      ...twoBound,
      serviceAccount("shop/cart", { [clientIDAnnotation]: clientIDOf("vault") }),
      workload("shop/cart", { label: "cart", account: "cart", labels: { "azure.workload.identity/use": "true" } }),
    ]),
    decisions,
  );
  expect(mapped.mappings[0]).toMatchObject({ blockedBy: [], defaultPrincipal: { id: principalOf("vault") } });
  expect(steps.steps.map(step => step.op)).toEqual(["trust", "trust"]);
});
