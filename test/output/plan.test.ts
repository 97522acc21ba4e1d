import { Chalk } from "chalk";
import { expect, it, onTestFinished } from "vitest";
import type { Decisions } from "../../src/core/model.ts";
import { judge, planDocument } from "../../src/core/reports.ts";
import { planLines } from "../../src/output/text/plan.ts";
import { decisions, factsOf } from "../core/factories.ts";
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
