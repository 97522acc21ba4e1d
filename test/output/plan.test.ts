import { Chalk } from "chalk";
import { expect, it, onTestFinished } from "vitest";
import { clusterRef } from "../../src/core/facts.ts";
import { finding } from "../../src/core/findings/codes.ts";
import type { Decisions } from "../../src/core/model.ts";
import { judge, planDocument } from "../../src/core/reports.ts";
import { planLines } from "../../src/output/text/plan.ts";
import { bound, decisions, factsOf, serviceAccount, west, workload } from "../core/factories.ts";
import { credentialWorld } from "../engine/credentialWorld.ts";

it.each<[string, Partial<Decisions>, string]>([
  ["everywhere", {}, "Nothing to do: no workload here uses pod identity."],
  [
    "in what was chosen, so that a misspelt name shows",
    { namespaces: ["bank", "shpo"], selector: "team=cart" },
    "Nothing to do: no workload in namespaces bank, shpo with labels team=cart uses pod identity.",
  ],
])("says where nobody uses pod identity: %s", (_, chosen, expected) => {
  const plan = planDocument(judge(factsOf([]), { ...decisions, ...chosen }), "test");
  expect(planLines(plan, { color: new Chalk({ level: 0 }), columns: 120 }).at(-1)).toBe(expected);
});

it("says how long Azure takes at least for the credentials", async () => {
  const world = await credentialWorld({ subscriptions: 1, identities: 2, credentials: 20 });
  onTestFinished(world.stop);
  const nothing = planDocument(judge(factsOf([]), decisions), "test");
  const plan = { ...nothing, steps: world.steps, summary: { ...nothing.summary, trust: 40 } };
  expect(planLines(plan, { color: new Chalk({ level: 0 }), columns: 120 }).slice(-2)).toEqual([
    "Plan: 40 federated credentials to add.",
    "Writing 40 federated credentials to 2 identities takes at least 1 min 20 s at the rates that Azure documents.",
  ]);
});

it("tells workloads that are prepared only from those that are blocked whole, each with its name and code", () => {
  const facts = (...names: string[]) => {
    const known = factsOf([
      ...bound("shop/cart"),
      ...["paused", ...names].flatMap(name => [
        serviceAccount(`shop/${name}`),
        workload(`shop/${name}`, {
          label: "cart",
          account: name,
          ...(name === "paused" ? { spec: { paused: true } } : {}),
        }),
      ]),
    ]);
    const subject = clusterRef(west);
    return { ...known, findings: [finding("webhook-not-ready", { subject }, { failurePolicy: "Fail" })] };
  };
  const lines = (...names: string[]) =>
    planLines(planDocument(judge(facts(...names), decisions), "test"), {
      color: new Chalk({ level: 0 }),
      columns: 200,
    });
  // What a code means is not judged here.
  const told = lines("cart", "web").filter(line => !/^ {4}[^-]/.test(line));
  expect(told.slice(told.indexOf("Blocked: nothing is changed for these"))).toEqual([
    "Blocked: nothing is changed for these",
    "✗ rollout-paused Deployment shop/paused",
    "! webhook-not-ready Deployment shop/paused",
    "",
    "Prepare only: no pod is switched before this is put right",
    "! webhook-not-ready (3)",
    "    - the cluster",
    "    - Deployment shop/cart",
    "    - Deployment shop/web",
    "",
    "Plan: 2 federated credentials to add, 2 to change.",
    expect.stringMatching(/^Writing 2 federated credentials/),
    "1 workload is blocked.",
    "Prepare only: Deployment shop/cart (webhook-not-ready), Deployment shop/web (webhook-not-ready).",
  ]);
  expect(lines("a", "b", "c", "d").at(-1)).toBe("Prepare only: 4 workloads (webhook-not-ready).");
});
