import { describe, expect, it } from "vitest";
import type { RoleAssignment } from "../../../src/core/azure/azurePorts.ts";
import { applicationsToRead, principalsToRead } from "../../../src/core/azure/azureToRead.ts";
import type { AzureFacts, Decisions } from "../../../src/core/model.ts";
import { judge, planDocument } from "../../../src/core/reports.ts";
import { clientIDAnnotation, useLabel } from "../../../src/core/workloadIdentity/workloadIdentity.ts";
import {
  azureIdentity,
  binding,
  bound,
  clientIDOf,
  credential,
  decisions,
  factsOf,
  issuer,
  mutated,
  owned,
  resourceIDOf,
  serviceAccount,
  workload,
} from "../factories.ts";

const [old, spare] = [resourceIDOf("cart"), resourceIDOf("spare")].map(id => id.toLowerCase());
const chosen: Decisions = { ...decisions, workloads: { "shop/Deployment/cart": { identity: resourceIDOf("spare") } } };
const shop = [
  ...bound("shop/cart"),
  serviceAccount("shop/cart"),
  workload("shop/cart", { label: "cart", account: "cart" }),
];

type Seen = NonNullable<ReturnType<AzureFacts["identities"]["get"]>>;

function worldOf(
  objects = shop,
  {
    seen,
    roles,
    choice = chosen,
  }: { seen?: Seen | null; roles?: AzureFacts["roleAssignments"]; choice?: Decisions } = {},
) {
  const facts = factsOf(objects);
  const known: Seen = { clientID: clientIDOf("spare"), principalID: "p", credentials: [] };
  facts.azure = {
    ...facts.azure,
    identities: new Map([
      ...facts.azure.identities,
      ...(seen === null ? [] : [[spare, seen ?? known] as [string, Seen]]),
    ]),
    ...(roles ? { roleAssignments: roles } : {}),
  };
  const judgement = judge(facts, choice);
  const mapping = judgement.mapped.mappings.find(one => one.usage.endsWith("/Deployment/cart"));
  const told = (code: string) => judgement.mapped.findings.find(one => one.code === code)?.args;
  return { facts, judgement, mapping, told };
}

const at = (scope: string, role = "Reader"): RoleAssignment => ({ role, scope });
const rolesOf = (from: RoleAssignment[] | { failed: string }, to: RoleAssignment[] | { failed: string }) =>
  new Map([
    [old ?? "", from],
    [spare ?? "", to],
  ]);

describe("another identity that people chose", () => {
  it("gets the credential, and its client id of ARM goes to the service account", () => {
    const { mapping, judgement } = worldOf();
    expect(mapping).toMatchObject({
      trusts: [{ principal: spare, issuer, subject: "system:serviceaccount:shop:cart" }],
      defaultPrincipal: { id: spare, type: "userAssigned", clientID: clientIDOf("spare") },
      blockedBy: [],
      notChecked: [],
    });
    const account = judgement.steps.steps.find(step => step.target.kind === "ServiceAccount");
    expect(account).toMatchObject({ changes: [{ after: clientIDOf("spare") }] });
    expect(planDocument(judgement, "1").principals.map(({ id }) => id)).toEqual([spare]);
  });

  it("leaves what pod identity gives as it is", () => {
    const [usage] = planDocument(worldOf().judgement, "1").usages;
    expect(usage?.identities).toMatchObject([{ clientID: clientIDOf("cart"), resourceID: resourceIDOf("cart") }]);
    expect(JSON.stringify(usage)).not.toContain("insteadOf");
  });

  it("is read from ARM beside the other one, whose roles it is compared with", () => {
    const facts = factsOf(shop);
    expect(principalsToRead(facts, chosen).map(({ id }) => id)).toEqual([old, spare]);
    expect(principalsToRead(facts, decisions).map(({ id }) => id)).toEqual([old]);
    expect(applicationsToRead(facts, chosen)).toEqual([]);
  });

  it.each<[string, Seen | null, object]>([
    ["blocks where Azure has none", "notFound", { blockedBy: ["identity-not-found"] }],
    ["is not checked where it could not be read", { failed: "no rights" }, { notChecked: ["azure-not-checked"] }],
    ["is not checked where Azure was not asked", null, { notChecked: ["azure-not-checked"] }],
  ])("%s, and no account is given a client id that nobody knows", (_, seen, verdict) => {
    const { mapping, judgement } = worldOf(shop, { seen });
    expect(mapping).toMatchObject(verdict);
    expect(judgement.steps.steps.filter(step => step.target.kind === "ServiceAccount")).toEqual([]);
  });

  it("blocks where its resource id is none", () => {
    const choice = { ...decisions, workloads: { "shop/Deployment/cart": { identity: "/subscriptions/sub/spare" } } };
    const { mapping, told, facts } = worldOf(shop, { choice });
    expect(mapping?.blockedBy).toEqual(["resource-id-invalid"]);
    expect(told("resource-id-invalid")).toEqual({
      resourceID: "/subscriptions/sub/spare",
      key: "shop/Deployment/cart",
    });
    expect(principalsToRead(facts, choice).map(({ id }) => id)).toContain(old);
  });

  it("takes the default's place where there are several, and the others stay", () => {
    const several = [...shop, azureIdentity("shop/second"), binding("shop/second", { selector: "cart" })];
    const workloads = { "shop/Deployment/cart": { identity: resourceIDOf("spare"), defaultIdentity: "shop/cart" } };
    const { mapping } = worldOf(several, { choice: { ...decisions, workloads } });
    expect(mapping?.blockedBy).toEqual([]);
    expect(mapping?.trusts.map(({ principal }) => principal)).toEqual([spare, resourceIDOf("second").toLowerCase()]);
  });

  it("gives the workload an account of its own where it shares one with others", () => {
    const sharing = workload("shop/orders", { label: "cart", account: "cart" });
    const { judgement } = worldOf([...shop, sharing]);
    const accounts = judgement.mapped.mappings.map(({ serviceAccount: { name }, trusts }) => [
      name,
      trusts[0]?.principal,
    ]);
    expect(accounts).toEqual([
      ["cart-deployment", spare],
      ["orders", old],
    ]);
  });

  it("is what makes the budget hold", () => {
    const full = Array.from({ length: 20 }, (_, index) =>
      credential(`old-${index}`, `gone:${index}`, { issuer: "https://x/" }),
    );
    const facts = factsOf(shop, { azure: { cart: { credentials: full } } });
    expect(judge(facts, decisions).mapped.mappings[0]?.blockedBy).toEqual(["credential-budget-exceeded"]);
    const { mapping } = worldOf();
    expect(mapping?.blockedBy).toEqual([]);
  });

  it("is where the workload is, once its account and its pods say so: nothing is left to do", () => {
    const account = serviceAccount("shop/cart", { [clientIDAnnotation]: clientIDOf("spare") });
    const migrated = workload("shop/cart", { label: "cart", account: "cart", labels: { [useLabel]: "true" } });
    const pod = workload("shop/cart-1", {
      kind: "Pod",
      podSpec: { ...mutated, serviceAccountName: "cart" },
      metadata: owned("Deployment", "cart"),
    });
    const there = [...bound("shop/cart"), account, migrated, pod];
    const seen = { clientID: clientIDOf("spare"), credentials: [credential("mine", "shop:cart")] };
    const { judgement, mapping } = worldOf(there, { seen });
    expect([judgement.steps.steps, mapping?.blockedBy]).toEqual([[], []]);
    expect(judgement.selected.map(({ state }) => state)).toEqual(["migrated"]);
    expect(judge(factsOf(there), decisions).selected.map(({ state }) => state)).toEqual(["both"]);
  });
});

describe("the rights of another identity", () => {
  it("are never said to be all seen", () => {
    expect(worldOf().told("data-plane-rights-not-visible")).toEqual({ from: old, to: spare });
    expect(worldOf(shop, { choice: decisions }).told("data-plane-rights-not-visible")).toBeUndefined();
  });

  it("are compared role by role: the same one above it will do", () => {
    const from = [
      at("/subscriptions/s/resourceGroups/rg"),
      at("/subscriptions/s", "Contributor"),
      at("/subscriptions/t"),
    ];
    const to = [at("/subscriptions/S"), at("/subscriptions/s/resourceGroups/rg", "Contributor")];
    expect(worldOf(shop, { roles: rolesOf(from, to) }).told("role-assignments-differ")).toEqual({
      from: old,
      to: spare,
      missing: ["Contributor on /subscriptions/s", "Reader on /subscriptions/t"],
    });
    expect(
      worldOf(shop, { roles: rolesOf([at("/subscriptions/s/x")], [at("/")]) }).told("role-assignments-differ"),
    ).toBe(undefined);
  });

  it("that could not be listed are said to be unknown, which blocks nothing", () => {
    const { told, mapping } = worldOf(shop, { roles: rolesOf([], { failed: "no rights" }) });
    expect(told("role-assignments-not-visible")).toEqual({ from: old, to: spare, reason: "no rights" });
    expect([mapping?.blockedBy, mapping?.notChecked]).toEqual([[], []]);
  });
});
