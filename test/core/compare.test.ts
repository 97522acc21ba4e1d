import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compareWithPlan } from "../../src/core/compare.ts";
import type { Plan } from "../../src/core/documents/plan.ts";
import type { Facts } from "../../src/core/facts.ts";
import type { KubernetesObject } from "../../src/core/kubernetes.ts";
import type { Decisions, Step } from "../../src/core/model.ts";
import { judge, planDocument } from "../../src/core/reports.ts";
import { bound, clientIDOf, cluster, decisions, factsOf, serviceAccount, west, workload } from "./factories.ts";
import { anyWorld, applied } from "./worlds.ts";

const planOf = (facts: Facts, choice: Decisions = decisions) => planDocument(judge(facts, choice), "test");
const compared = (plan: Plan, facts: Facts) => compareWithPlan(plan, judge(facts, plan.decisions));

const shop: KubernetesObject[] = [
  ...bound("shop/cart"),
  ...bound("shop/orders"),
  serviceAccount("shop/cart"),
  serviceAccount("shop/orders"),
  workload("shop/cart", { label: "cart", account: "cart" }),
  workload("shop/orders", { label: "orders", account: "orders" }),
];
const { issuer: _unread, ...clusterWithoutIssuer } = cluster();
const cart = `${west}/shop/Deployment/cart`;
const orders = `${west}/shop/Deployment/orders`;

describe("a saved plan while it is carried out", () => {
  /** Steps whose dependencies are done, taken in the order that the numbers say. */
  function* orderOf(steps: readonly Step[], choices: readonly number[]): Generator<Step> {
    const left = [...steps];
    for (let turn = 0; left.length > 0; turn++) {
      const ready = left.filter(step => !step.dependsOn.some(id => left.some(one => one.id === id)));
      const next = ready[(choices[turn % choices.length] ?? 0) % ready.length];
      if (!next) throw new Error("the steps depend on each other in a circle");
      left.splice(left.indexOf(next), 1);
      yield next;
    }
  }

  it("stays its own plan after each step, in whatever order its dependencies allow", () => {
    fc.assert(
      fc.property(
        anyWorld,
        fc.array(fc.nat(100), { minLength: 1, maxLength: 30 }),
        fc.constantFrom<Partial<Decisions>>(
          {},
          { selector: "app=cart" },
          { namespaces: ["shop"] },
          { clientPath: "proxy" },
          { serviceAccount: "dedicated" },
          { serviceAccount: "reuse" },
          { workloads: { "shop/Deployment/cart": { serviceAccount: "dedicated" } } },
          { serviceAccount: "dedicated", workloads: { "shop/Deployment/cart": { serviceAccount: "auto" } } },
        ),
        (world, choices, choice) => {
          const plan = planOf(world, { ...decisions, ...choice });
          let facts = world;
          for (const step of orderOf(plan.steps, choices)) {
            facts = applied(facts, step);
            expect(compared(plan, facts), `after ${step.id}`).toEqual({ steps: plan.steps, refused: [] });
          }
          expect(judge(facts, plan.decisions).steps.steps).toEqual([]);
        },
      ),
      { numRuns: 200 },
    );
  });
});

describe("a saved plan against the facts of now", () => {
  const plan = planOf(factsOf(shop));
  const stepsOf = (usage: string) => plan.steps.filter(step => step.usages.includes(usage));
  const without = (name: string) => shop.filter(one => !(one.kind === "Deployment" && one.metadata.name === name));
  const step = (id: string) => {
    const found = plan.steps.find(one => one.id.includes(id));
    if (!found) throw new Error(`no step ${id}`);
    return found;
  };

  it("runs whole where nothing has changed", () => {
    expect(compared(plan, factsOf(shop))).toEqual({ steps: plan.steps, refused: [] });
  });

  it("refuses a drifted workload and lets the others go on", () => {
    const drifted = [
      ...without("cart"),
      workload("shop/cart", { label: "cart", account: "other" }),
      serviceAccount("shop/other"),
    ];
    const { steps, refused } = compared(plan, factsOf(drifted));
    expect(steps).toEqual(stepsOf(orders));
    expect(refused.map(one => one.usage)).toEqual([cart]);
    expect(refused[0]?.differences).toHaveLength(3);
  });

  it("refuses what was made anew under the same name", () => {
    const anew = [
      ...without("cart"),
      workload("shop/cart", { label: "cart", account: "cart", metadata: { uid: "another" } }),
    ];
    expect(compared(plan, factsOf(anew))).toMatchObject({
      refused: [
        {
          usage: cart,
          differences: [
            expect.stringMatching(
              /^.*Deployment\/cart#switch: target: the plan has .*uid-deployment-cart.*, now it is .*another/,
            ),
          ],
        },
      ],
      steps: stepsOf(orders),
    });
  });

  it("names the codes where a usage is blocked now", () => {
    const paused = [
      ...without("cart"),
      workload("shop/cart", { label: "cart", account: "cart", spec: { paused: true } }),
    ];
    const [first] = compared(plan, factsOf(paused)).refused;
    expect(first).toEqual({
      usage: cart,
      differences: stepsOf(cart).map(({ id }) => `${id}: is not needed or not possible any more (rollout-paused)`),
    });
  });

  it("made while the switch was blocked prepares when it no longer is, and switches nothing that it has not shown", () => {
    const missing = planOf(factsOf(shop, { cluster: { webhook: { installed: false } } }));
    expect(missing.steps.map(({ stage }) => stage)).toEqual(["prepare", "prepare", "prepare", "prepare"]);
    expect(compared(missing, factsOf(shop))).toEqual({ steps: missing.steps, refused: [] });
  });

  it("names what blocks the switch now, and begins nothing that it cannot end", () => {
    const away = factsOf(shop, { cluster: { webhook: { installed: false } } });
    expect(compared(plan, away)).toEqual({
      steps: [],
      refused: [cart, orders].map(usage => ({
        usage,
        differences: [`${usage}#switch: is not needed or not possible any more (webhook-not-installed)`],
      })),
    });
  });

  it("patches nothing live that another tool writes, whatever route the plan says", () => {
    const ownedByHelm = [
      ...without("cart"),
      workload("shop/cart", { label: "cart", account: "cart", metadata: { managers: ["helm"] } }),
    ];
    const facts = factsOf(ownedByHelm);
    expect(compared(plan, facts)).toEqual({
      refused: [
        {
          usage: cart,
          differences: [expect.stringMatching(/Deployment\/cart#switch: route: the plan has "live", now it is "git"$/)],
        },
      ],
      steps: stepsOf(orders),
    });
    const honest = planOf(facts);
    expect(compared(honest, facts)).toEqual({ refused: [], steps: honest.steps });
    const steps = honest.steps.map(step => (step.op === "patch" ? { ...step, route: "live" as const } : step));
    expect(compared({ ...honest, steps }, facts).refused).toMatchObject([{ usage: cart }]);
  });

  it("goes on where people have done a step meanwhile", () => {
    const facts = stepsOf(cart).reduce(applied, factsOf(shop));
    expect(compared(plan, facts)).toEqual({ steps: plan.steps, refused: [] });
  });

  it("goes on where a new workload shares a step, and runs nothing for it", () => {
    const more = [...shop, workload("shop/another", { label: "cart", account: "cart" })];
    expect(compared(plan, factsOf(more))).toEqual({ steps: plan.steps, refused: [] });
  });

  it("runs a shared step for those that may go on", () => {
    const second = workload("shop/second", { label: "cart", account: "cart" });
    const both = planOf(factsOf([...shop, second]));
    const drifted = [
      ...shop,
      workload("shop/second", { label: "cart", account: "cart", labels: { "azure.workload.identity/use": "no" } }),
    ];
    const { steps, refused } = compared(both, factsOf(drifted));
    expect(refused.map(one => one.usage)).toEqual([`${west}/shop/Deployment/second`]);
    expect(steps.map(one => one.id)).toEqual(
      both.steps.filter(one => !one.id.includes("Deployment/second")).map(one => one.id),
    );
  });

  it("writes nothing that was not checked, when it was made or now", () => {
    const unread = { azure: { cart: { failed: "forbidden" } } };
    const message = "not checked: azure-not-checked; plan again with access";
    const uncheckedPlan = planOf(factsOf(shop, unread));
    expect(compared(uncheckedPlan, factsOf(shop))).toEqual({
      steps: uncheckedPlan.steps.filter(one => one.usages.includes(orders)),
      refused: [{ usage: cart, differences: [message] }],
    });
    expect(compared(plan, factsOf(shop, unread)).refused).toEqual([{ usage: cart, differences: [message] }]);
  });

  it("is not done where nothing is left to write but something was not checked", () => {
    const migrated = [
      ...bound("shop/cart"),
      serviceAccount("shop/cart", { "azure.workload.identity/client-id": clientIDOf("cart") }),
      workload("shop/cart", { label: "cart", account: "cart", labels: { "azure.workload.identity/use": "true" } }),
    ];
    const facts = factsOf(migrated);
    facts.sources = [clusterWithoutIssuer];
    expect(compared(planOf(facts), facts)).toEqual({
      steps: [],
      refused: [{ usage: cart, differences: ["not checked: issuer-unknown; plan again with access"] }],
    });
  });

  it("writes nothing that is not checked, even where the plan has lost its mapping", () => {
    const uncheckedPlan = { ...planOf(factsOf(shop)), mappings: [] };
    const now = factsOf(shop, { azure: { cart: { failed: "forbidden" } } });
    expect(compared(uncheckedPlan, now).refused.map(one => one.usage)).toEqual([cart]);
  });

  it("is not refused for a workload that came later and could not be checked", () => {
    const without = planOf(factsOf(shop.filter(one => one.metadata.name !== "orders" || one.kind !== "Deployment")));
    const unread = factsOf(shop, { azure: { orders: { failed: "forbidden" } } });
    expect(compared(without, unread)).toEqual({ steps: without.steps, refused: [] });
  });

  describe("that was forged", () => {
    const forged = (change: (steps: Step[]) => void): Plan => {
      const copy = structuredClone(plan);
      change(copy.steps);
      return copy;
    };
    const refusedUsages = (one: Plan) => compared(one, factsOf(shop)).refused.map(({ usage }) => usage);
    const idOf = (one: Step) => one.id;

    it.each<[string, (step: Step) => void]>([
      [
        "another subject",
        one => one.op === "trust" && Object.assign(one.trust, { subject: "system:serviceaccount:shop:evil" }),
      ],
      ["another identity as target", one => one.op === "trust" && Object.assign(one.target, { principal: "/other" })],
      ["another issuer", one => one.op === "trust" && Object.assign(one.trust, { issuer: "https://evil/" })],
      ["a field more", one => one.op === "trust" && Object.assign(one.trust, { adopts: "x" })],
      ["no dependencies", one => one.op === "patch" && one.restartsPods && Object.assign(one, { dependsOn: [] })],
      ["another stage", one => one.op === "patch" && Object.assign(one, { stage: "cleanup" })],
      ["another new value", one => one.op === "patch" && Object.assign(one.changes[0] ?? {}, { after: "evil" })],
      ["another guard", one => one.op === "patch" && Object.assign(one.changes[0] ?? {}, { before: "x" })],
      ["a change more", one => one.op === "patch" && one.changes.push({ path: ["spec", "replicas"], after: 0 })],
      ["a foreign usage", one => Object.assign(one, { usages: [...one.usages, "foreign"] })],
      ["no restart", one => one.op === "patch" && delete one.restartsPods],
    ])("does not run with %s", (_, change) => {
      const one = forged(steps => steps.filter(step => step.usages.includes(cart)).forEach(change));
      expect(refusedUsages(one)).toContain(cart);
      expect(
        compared(one, factsOf(shop)).steps.filter(
          step => step.usages.includes(cart) && !step.usages.includes("foreign"),
        ),
      ).toEqual([]);
    });

    it("does not run a step for nobody", () => {
      const one = forged(steps => {
        const [first] = steps;
        if (first) first.usages = [];
      });
      expect(compared(one, factsOf(shop)).steps.map(idOf)).toEqual(plan.steps.slice(1).map(idOf));
    });

    it("does not run a step more", () => {
      const evil: Step = {
        ...step("ServiceAccount/cart"),
        id: "evil",
        op: "patch",
        route: "live",
        target: { source: west, apiVersion: "v1", kind: "ServiceAccount", namespace: "shop", name: "orders" },
        changes: [{ path: ["metadata", "annotations", "azure.workload.identity/client-id"], after: "evil" }],
      };
      expect(refusedUsages(forged(steps => steps.push(evil)))).toEqual([cart]);
    });
  });
});
