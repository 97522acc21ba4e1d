import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bindingsOf } from "../../../src/core/accounts/roleBindings.ts";
import { compareWithPlan } from "../../../src/core/compare.ts";
import type { Facts } from "../../../src/core/facts.ts";
import type { JsonObject, KubernetesObject } from "../../../src/core/kubernetes.ts";
import type { Decisions, Step, StepOf } from "../../../src/core/model.ts";
import { judge, planDocument } from "../../../src/core/reports.ts";
import { checksOf } from "../../../src/core/verify.ts";
import { clientIDAnnotation } from "../../../src/core/workloadIdentity/workloadIdentity.ts";
import {
  bound,
  clientIDOf,
  decisions,
  factsOf,
  owned,
  roleBinding,
  serviceAccount,
  west,
  workload,
} from "../factories.ts";
import { anyWorld, applied } from "../worlds.ts";

const subject = (name: string, namespace = "shop") => ({ kind: "ServiceAccount", name, namespace });
const user = (name: string) => ({ kind: "User", name: `system:serviceaccount:shop:${name}` });
const change = (name: string) => ({ path: ["subjects", { match: subject(name) }], after: subject(name) });
const cart = `${west}/shop/Deployment/cart`;
const orders = `${west}/shop/Deployment/orders`;
const accountStep = (name: string) => `${west}/shop/ServiceAccount/${name}#prepare`;

/** Two workloads with two identities on one account, which so has to be parted. */
const shared = (...more: KubernetesObject[]) => [
  ...bound("shop/red"),
  ...bound("shop/green"),
  serviceAccount("shop/till"),
  workload("shop/cart", { label: "red", account: "till" }),
  workload("shop/orders", { label: "green", account: "till" }),
  ...more,
];
const stepsOf = (objects: readonly KubernetesObject[], choice: Partial<Decisions> = {}) =>
  judge(factsOf(objects), { ...decisions, ...choice }).steps;
const isBinding = ({ target }: Step) => target.kind.endsWith("RoleBinding");
const bindingSteps = (objects: readonly KubernetesObject[]) => stepsOf(objects).steps.filter(isBinding);

describe("the role bindings of an account that is replaced", () => {
  it("get the dedicated accounts beside it, all in one step a binding, before the pods are switched", () => {
    const { steps } = stepsOf(
      shared(roleBinding("shop/read", [subject("till")]), roleBinding("watch", [user("till")])),
    );
    const names = steps.map(({ id }) => id.replace(`${west}/`, "").replace(/^subscriptions.*\//, ""));
    expect(names).toEqual([
      "shop/ServiceAccount/cart#prepare",
      "shop/ServiceAccount/orders#prepare",
      expect.stringMatching(/^shop-orders-/),
      expect.stringMatching(/^shop-cart-/),
      "/ClusterRoleBinding/watch#prepare",
      "shop/RoleBinding/read#prepare",
      "shop/Deployment/cart#switch",
      "shop/Deployment/orders#switch",
    ]);
    const base = {
      stage: "prepare",
      dependsOn: [accountStep("cart"), accountStep("orders")],
      usages: [cart, orders],
      route: "live",
      op: "patch",
      changes: [change("cart"), change("orders")],
    };
    const target = { source: west, apiVersion: "rbac.authorization.k8s.io/v1" };
    expect(steps.filter(isBinding)).toEqual([
      {
        ...base,
        id: `${west}//ClusterRoleBinding/watch#prepare`,
        target: { ...target, kind: "ClusterRoleBinding", name: "watch", uid: "uid-clusterrolebinding-watch" },
      },
      {
        ...base,
        id: `${west}/shop/RoleBinding/read#prepare`,
        target: { ...target, kind: "RoleBinding", namespace: "shop", name: "read", uid: "uid-rolebinding-read" },
      },
    ]);
    const switches = steps.filter(step => step.stage === "switch");
    expect(switches).not.toEqual([]);
    for (const { dependsOn } of switches)
      expect(dependsOn).toEqual(expect.arrayContaining(steps.filter(isBinding).map(({ id }) => id)));
  });

  it.each<[string, KubernetesObject]>([
    ["as an account", roleBinding("shop/read", [subject("till")])],
    ["as an account, the namespace left out", roleBinding("shop/read", [{ kind: "ServiceAccount", name: "till" }])],
    ["as an account, from another namespace", roleBinding("bank/read", [subject("till")])],
    ["as a user", roleBinding("shop/read", [user("till")])],
    ["among others", roleBinding("read", [{ kind: "Group", name: "x" }, user("web"), subject("till")])],
    ["twice", roleBinding("read", [user("till"), subject("till")])],
  ])("are found where they name it %s", (_, binding) => {
    expect(bindingSteps(shared(binding))).toMatchObject([{ changes: [change("cart"), change("orders")] }]);
  });

  it.each<[string, JsonObject[]]>([
    ["another account", [subject("tills")]],
    ["an account of another namespace", [subject("till", "bank")]],
    ["every account of the namespace", [{ kind: "Group", name: "system:serviceaccounts:shop" }]],
    ["every account", [{ kind: "Group", name: "system:serviceaccounts" }]],
    ["a user that only looks like it", [{ kind: "User", name: "x:system:serviceaccount:shop:till" }]],
    ["nobody", []],
    ["what is no subject", [{ kind: "ServiceAccount", name: 1 as unknown as string }]],
  ])("are left alone where they name %s", (_, subjects) => {
    expect(bindingSteps(shared(roleBinding("read", subjects)))).toEqual([]);
  });

  it("are left alone where the account is kept", () => {
    const objects = [
      ...bound("shop/red"),
      serviceAccount("shop/till"),
      workload("shop/cart", { label: "red", account: "till" }),
      roleBinding("shop/read", [subject("till")]),
    ];
    expect(bindingSteps(objects)).toEqual([]);
  });

  it("are done for who is in already, and counted", () => {
    const made = serviceAccount("shop/cart", {
      "azwi-migrate.dev/created-for": "Deployment/cart",
      "azwi-migrate.dev/instead-of": "till",
      [clientIDAnnotation]: clientIDOf("red"),
    });
    const binding = roleBinding("shop/read", [subject("till"), user("cart")]);
    expect(bindingSteps(shared(made, binding))).toMatchObject([
      { usages: [orders], changes: [change("orders")], dependsOn: [accountStep("orders")] },
    ]);
  });

  it("are changed where they come from when another tool writes them", () => {
    const helm = { annotations: { "meta.helm.sh/release-name": "shop", "meta.helm.sh/release-namespace": "shop" } };
    const labels = { "app.kubernetes.io/managed-by": "Helm" };
    const binding = roleBinding("shop/read", [subject("till")]);
    const released = { ...binding, metadata: { ...binding.metadata, ...helm, labels } };
    const controlled = { ...binding, metadata: { ...binding.metadata, ...owned("Tenant", "shop", "example.com/v1") } };
    expect(bindingSteps(shared(released))).toMatchObject([{ route: "git", op: "patch" }]);
    expect(bindingSteps(shared(controlled))).toMatchObject([{ route: "manual", op: "manual" }]);
  });

  it("stay in one step for a thousand workloads", () => {
    const many = Array.from({ length: 1000 }, (_, index) =>
      workload(`shop/app-${String(index).padStart(4, "0")}`, { label: `red-${index % 50}`, account: "default" }),
    );
    // An identity has room for the credentials of 20.
    const identities = Array.from({ length: 50 }, (_, index) => bound(`shop/red-${index}`)).flat();
    const [step, ...others] = bindingSteps([...identities, ...many, roleBinding("read", [subject("default")])]);
    expect(others).toEqual([]);
    expect(step).toMatchObject({ usages: { length: 1000 }, changes: { length: 1000 }, dependsOn: { length: 1000 } });
  });
});

describe("the settings of an account that is replaced", () => {
  const settings = { imagePullSecrets: [{ name: "acr" }, { name: "hub" }], automountServiceAccountToken: false };
  const withSettings = (...more: KubernetesObject[]) => [
    ...bound("shop/red"),
    serviceAccount("shop/default", {}, settings),
    workload("shop/cart", { label: "red", account: "default" }),
    ...more,
  ];
  const accountOf = (objects: KubernetesObject[]) =>
    stepsOf(objects).steps.find(step => step.target.kind === "ServiceAccount");

  it("are in the account that is created", () => {
    expect(accountOf(withSettings())).toMatchObject({ op: "create", object: settings });
  });

  it("are added to one that was created before, where it has none of its own", () => {
    const made = (rest: JsonObject) =>
      serviceAccount(
        "shop/cart",
        {
          "azwi-migrate.dev/created-for": "Deployment/cart",
          "azwi-migrate.dev/instead-of": "default",
          [clientIDAnnotation]: clientIDOf("red"),
        },
        rest,
      );
    const pullSecret = (name: string) => ({ path: ["imagePullSecrets", { match: { name } }], after: { name } });
    expect(accountOf(withSettings(made({ imagePullSecrets: [{ name: "hub" }] })))).toMatchObject({
      op: "patch",
      changes: [pullSecret("acr"), { path: ["automountServiceAccountToken"], after: false }],
    });
    expect(accountOf(withSettings(made({ ...settings, automountServiceAccountToken: true })))).toBeUndefined();
  });
});

describe("in any cluster", () => {
  const choices = fc.constantFrom<Partial<Decisions>>({}, { serviceAccount: "dedicated" });

  it("a dedicated account ends with the role bindings of the account that it replaces, and no other", () => {
    fc.assert(
      fc.property(anyWorld, choices, (world, choice) => {
        const decided = { ...decisions, ...choice };
        const before = judge(world, decided);
        const after = before.steps.steps.reduce(applied, world);
        for (const { usage, serviceAccount, blockedBy } of before.mapped.mappings) {
          const was = before.found.usages.find(one => one.id === usage);
          if (!was?.serviceAccount || blockedBy.length > 0 || serviceAccount.name === was.serviceAccount) continue;
          const { source, namespace = "default" } = was.workload;
          const names = (facts: Facts, name: string) =>
            bindingsOf(facts, source, { namespace, name }).map(one => one.ref);
          expect(names(after, serviceAccount.name)).toEqual(names(world, was.serviceAccount));
        }
        expect(checksOf(judge(after, decided), ["prepare"]).filter(isFailedBinding)).toEqual([]);
      }),
      { numRuns: 100 },
    );
  });

  const isFailedBinding = ({ code, result }: ReturnType<typeof checksOf>[number]) =>
    code === "role-bindings-carried-over" && result === "failed";
});

describe("a saved plan with a role binding that several workloads share", () => {
  const objects = shared(roleBinding("shop/read", [subject("till")]));
  const plan = planDocument(judge(factsOf(objects), decisions), "test");
  const compared = (facts: Facts, saved = plan) => compareWithPlan(saved, judge(facts, saved.decisions));
  const read = plan.steps.find(isBinding);
  if (read?.op !== "patch") throw new Error("no step for the role binding");

  it("does the part of those that may go on, after their accounts alone", () => {
    const drifted = objects.map(one =>
      one.kind === "Deployment" && one.metadata.name === "orders"
        ? workload("shop/orders", { label: "green", account: "elsewhere" })
        : one,
    );
    // The account is shared no more, so that the plan of the other one has gone stale too: it stays on a made account.
    const { steps, refused } = compared(factsOf([...drifted, made("cart", "red")]));
    expect(refused.map(one => one.usage)).toEqual([orders]);
    expect(steps.filter(isBinding)).toEqual([
      { ...read, usages: [cart], changes: [change("cart")], dependsOn: [accountStep("cart")] },
    ]);
    expect(steps.some(step => step.usages.includes(orders))).toBe(false);
  });

  it("goes on where one part is done already, by whomever", () => {
    const bindings = roleBinding("shop/read", [subject("till"), subject("cart")]);
    expect(compared(factsOf(shared(bindings, made("cart", "red"))))).toEqual({ steps: plan.steps, refused: [] });
  });

  const forged = (forge: (step: StepOf<"patch">) => void) => {
    const copy = structuredClone(plan);
    for (const step of copy.steps) if (isBinding(step)) forge(step as StepOf<"patch">);
    return compared(factsOf(objects), copy);
  };
  it.each<[string, (step: StepOf<"patch">) => void, string[]]>([
    ["a subject more", step => step.changes.push(change("evil")), [cart, orders]],
    [
      "another subject under a workload's name",
      step => Object.assign(step.changes[0] ?? {}, { after: subject("x") }),
      [cart, orders],
    ],
    ["a subject less", step => step.changes.pop(), [orders]],
    ["another binding", step => Object.assign(step.target, { name: "admin" }), [cart, orders]],
    ["no dependency on the account", step => Object.assign(step, { dependsOn: [accountStep("cart")] }), [orders]],
    ["a usage that is not there", step => step.usages.push("foreign"), ["foreign"]],
  ])("does not run with %s", (_, forge, expected) => {
    const { steps, refused } = forged(forge);
    expect(refused.map(one => one.usage).sort()).toEqual(expected);
    const left = steps.filter(isBinding).flatMap(step => ("changes" in step ? step.changes : []));
    expect(left).toEqual(
      [change("cart"), change("orders")].filter((_, index) => !expected.includes([cart, orders][index] ?? "")),
    );
  });
});

function made(name: string, identity: string): KubernetesObject {
  return serviceAccount(`shop/${name}`, {
    "azwi-migrate.dev/created-for": `Deployment/${name}`,
    "azwi-migrate.dev/instead-of": "till",
    [clientIDAnnotation]: clientIDOf(identity),
  });
}
