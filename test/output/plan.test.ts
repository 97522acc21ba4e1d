import { Chalk } from "chalk";
import { expect, it } from "vitest";
import type { Decisions } from "../../src/core/model.ts";
import { judge, planDocument } from "../../src/core/reports.ts";
import { planLines } from "../../src/output/text/plan.ts";
import { decisions, factsOf } from "../core/factories.ts";

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
