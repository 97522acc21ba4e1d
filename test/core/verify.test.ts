import { describe, expect, it } from "vitest";
import type { JsonObject, KubernetesObject } from "../../src/core/kubernetes.ts";
import { judge } from "../../src/core/reports.ts";
import { checksOf } from "../../src/core/verify.ts";
import { clientIDAnnotation, useLabel } from "../../src/core/workloadIdentity/workloadIdentity.ts";
import {
  audience,
  bound,
  clientIDOf,
  credential,
  decisions,
  type FactsOptions,
  factsOf,
  mutated,
  owned,
  roleBinding,
  serviceAccount,
  tenant,
  west,
  workload,
} from "./factories.ts";

const mutatedAs = (clientID: string, tenantID = "x", authorityHost = "x"): JsonObject => ({
  ...mutated,
  containers: [
    {
      name: "app",
      env: [
        { name: "AZURE_CLIENT_ID", value: clientID },
        { name: "AZURE_TENANT_ID", value: tenantID },
        { name: "AZURE_FEDERATED_TOKEN_FILE", value: "x" },
        { name: "AZURE_AUTHORITY_HOST", value: authorityHost },
      ],
    },
  ],
});
const use = { [useLabel]: "true" };
const pod = (name: string, podSpec = mutatedAs(clientIDOf("cart")), account = "cart") =>
  workload(`shop/${name}`, {
    kind: "Pod",
    labels: use,
    account,
    podSpec,
    metadata: owned("Deployment", "cart"),
  });
const otherTenant = "bbbbbbbb-0000-0000-0000-00000000000b";
const inTenant = (name: string, tenantID: string) => pod(name, mutatedAs(clientIDOf("cart"), tenantID));
const inAzureTenant = (tenantID: string): FactsOptions => ({
  azure: { cart: { tenantID, credentials: [credential("mine", "shop:cart")] } },
});
const ready: KubernetesObject[] = [
  ...bound("shop/cart"),
  serviceAccount("shop/cart", { [clientIDAnnotation]: clientIDOf("cart") }),
  workload("shop/cart", { label: "cart", labels: use, account: "cart" }),
];
const trusted: FactsOptions = { azure: { cart: { credentials: [credential("mine", "shop:cart")] } } };
const checks = (objects: KubernetesObject[], options: FactsOptions = trusted) =>
  checksOf(judge(factsOf(objects, options), decisions), ["prepare", "switch"]);
/** Wording is not judged here. */
const results = (objects: KubernetesObject[], options?: FactsOptions) =>
  checks(objects, options).map(({ code, result }) => [code, result]);

describe("the checks of a usage", () => {
  it("pass where everything is in place", () => {
    const usage = `${west}/shop/Deployment/cart`;
    const subject = "Deployment shop/cart";
    const account = "system:serviceaccount:shop:cart";
    const passed = (code: string, stage: string, about: string, evidence: RegExp) => ({
      code,
      stage,
      usage,
      subject: about,
      result: "passed",
      evidence: expect.stringMatching(evidence),
    });
    expect(checks([...ready, pod("a"), pod("b")])).toEqual([
      passed("credential-matches", "prepare", subject, new RegExp(`mine .*${account}.*${audience}`)),
      passed("service-account-annotated", "prepare", "ServiceAccount shop/cart", new RegExp(clientIDOf("cart"))),
      passed("template-selects-webhook", "switch", subject, new RegExp(useLabel)),
      passed("pods-mutated", "switch", subject, new RegExp(`2 of 2 .*${account}`)),
    ]);
  });

  it("fail where nothing is", () => {
    const objects = [
      ...bound("shop/cart"),
      serviceAccount("shop/cart"),
      workload("shop/cart", { label: "cart", account: "cart" }),
      pod("a", {}),
    ];
    expect(results(objects, {})).toEqual([
      ["credential-matches", "failed"],
      ["service-account-annotated", "failed"],
      ["template-selects-webhook", "failed"],
      ["pods-mutated", "failed"],
    ]);
  });

  it("tell what blocks the switch of a workload that is prepared", () => {
    const prepared = [
      ...bound("shop/cart"),
      serviceAccount("shop/cart", { [clientIDAnnotation]: clientIDOf("cart") }),
      workload("shop/cart", { label: "cart", account: "cart" }),
    ];
    const told = checks(prepared, { ...trusted, cluster: { webhook: { installed: false } } });
    expect(told.map(({ code, result }) => [code, result])).toEqual([
      ["credential-matches", "passed"],
      ["service-account-annotated", "passed"],
      ["template-selects-webhook", "failed"],
      ["pods-mutated", "not-checked"],
    ]);
    expect(told[2]?.evidence).toMatch(/because of webhook-not-installed: plan says what to do$/);
  });

  it("are those of the stages that were asked for", () => {
    const judged = judge(factsOf(ready, trusted), decisions);
    expect(checksOf(judged, ["prepare"]).map(one => one.stage)).toEqual(["prepare", "prepare"]);
    expect(checksOf(judged, ["switch"]).map(one => one.stage)).toEqual(["switch", "switch"]);
  });

  it.each<[string, KubernetesObject[], FactsOptions, unknown[]]>([
    ["Azure was not asked", ready, { azure: { cart: "notAsked" } }, ["credential-matches", "not-checked"]],
    ["Azure refused", ready, { azure: { cart: { failed: "forbidden" } } }, ["credential-matches", "not-checked"]],
    ["the identity is gone", ready, { azure: { cart: "notFound" } }, ["credential-matches", "failed"]],
    [
      "pods cannot be listed",
      ready,
      { ...trusted, unknown: [{ kind: "Pod", except: [] }] },
      ["pods-mutated", "not-checked"],
    ],
    ["no pod runs", ready, trusted, ["pods-mutated", "not-checked"]],
    ["one pod is old", [...ready, pod("a"), pod("b", {})], trusted, ["pods-mutated", "failed"]],
    [
      "one pod has another identity's client id",
      [...ready, pod("a"), pod("b", mutatedAs(clientIDOf("orders")))],
      trusted,
      ["pods-mutated", "failed"],
    ],
    [
      "one pod asks another tenant, as a webhook of another one has it",
      [...ready, inTenant("a", tenant), inTenant("b", otherTenant)],
      inAzureTenant(tenant),
      ["pods-mutated", "failed"],
    ],
    [
      "all pods ask the identity's tenant",
      [...ready, inTenant("a", tenant), inTenant("b", tenant.toUpperCase())],
      inAzureTenant(tenant),
      ["pods-mutated", "passed"],
    ],
    [
      "pods ask a tenant by its domain name, which may be the identity's",
      [...ready, inTenant("a", "contoso.onmicrosoft.com")],
      inAzureTenant(tenant),
      ["pods-mutated", "passed"],
    ],
    [
      "one pod runs as another account still",
      [...ready, pod("a"), pod("b", mutatedAs(clientIDOf("cart")), "till")],
      trusted,
      ["pods-mutated", "failed"],
    ],
    [
      "accounts cannot be listed",
      ready,
      { ...trusted, unknown: [{ kind: "ServiceAccount", except: [] }] },
      ["service-account-annotated", "not-checked"],
    ],
    [
      "the account names another identity",
      [
        ...bound("shop/cart"),
        serviceAccount("shop/cart", { [clientIDAnnotation]: "x" }),
        workload("shop/cart", { label: "cart", labels: use, account: "cart" }),
      ],
      {},
      ["service-account-annotated", "failed"],
    ],
  ])("when %s", (_, objects, options, expected) => {
    expect(results(objects, options)).toContainEqual(expected);
  });
});

it.each([
  ["https://login.microsoftonline.us/", "failed"],
  ["https://login.microsoftonline.com/", "passed"],
  ["https://login.azurestack.example/", "passed"],
])("pods that ask %s have %s where the identities are in the public cloud", (asked, result) => {
  const facts = factsOf([...ready, pod("a", mutatedAs(clientIDOf("cart"), "x", asked))], trusted);
  facts.azure = { ...facts.azure, authorityHost: "https://login.microsoftonline.com" };
  const told = checksOf(judge(facts, decisions), ["switch"]).map(one => [one.code, one.result]);
  expect(told).toContainEqual(["pods-mutated", result]);
});

describe("the role bindings of an account that takes another's place", () => {
  const subject = (name: string) => ({ kind: "ServiceAccount", name, namespace: "shop" });
  const insteadOf = (name: string) => ({
    [clientIDAnnotation]: clientIDOf("cart"),
    "azwi-migrate.dev/created-for": "Deployment/cart",
    "azwi-migrate.dev/instead-of": name,
  });
  const world = (runsAs: string, ...bindings: KubernetesObject[]) => [
    ...bound("shop/cart"),
    serviceAccount("shop/default"),
    serviceAccount("shop/cart", insteadOf("default")),
    workload("shop/cart", { label: "cart", account: runsAs }),
    ...bindings,
  ];
  const check = (objects: KubernetesObject[], options?: FactsOptions) =>
    checks(objects, options)
      .filter(one => one.code === "role-bindings-carried-over")
      .map(({ result, subject, evidence }) => [result, subject, evidence]);
  const account = "ServiceAccount shop/cart";

  it.each(["default", "cart"])("are those of the other, while the pods run as %s", runsAs => {
    expect(check(world(runsAs))).toEqual([["passed", account, "default, which it replaces, is in none"]]);
    const both = roleBinding("shop/read", [subject("default"), subject("cart")]);
    expect(check(world(runsAs, both))).toEqual([
      ["passed", account, "cart is in RoleBinding shop/read, as default is"],
    ]);
    expect(check(world(runsAs, both, roleBinding("watch", [subject("default")])))).toEqual([
      ["failed", account, "default is in ClusterRoleBinding watch, but cart is not"],
    ]);
  });

  it("are not judged where they cannot all be read", () => {
    const unknown = [{ kind: "RoleBinding", except: ["shop"] }];
    expect(check(world("default"), { unknown })).toEqual([
      ["not-checked", account, "RoleBinding objects could not be read"],
    ]);
  });

  it("are nobody's business where the account was the workload's all along", () => {
    expect(check(ready)).toEqual([]);
  });
});
