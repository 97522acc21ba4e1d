import { stripVTControlCharacters } from "node:util";
import { describe, expect, it } from "vitest";
import { follow } from "../../src/commands/follow.ts";
import type { Io } from "../../src/commands/io.ts";
import type { StepOf } from "../../src/core/model.ts";
import type { RunEvent } from "../../src/engine/ports.ts";
import { silentIo } from "./io.ts";

const step: StepOf<"patch"> = {
  id: "c1/shop/Deployment/cart#switch",
  stage: "switch",
  dependsOn: [],
  usages: ["c1/shop/Deployment/cart"],
  route: "live",
  target: { source: "c1", apiVersion: "apps/v1", kind: "Deployment", namespace: "shop", name: "cart" },
  op: "patch",
  changes: [],
};
const refusal =
  'admission webhook "validation.gatekeeper.sh" denied the request: [psp-labels] you must provide labels: {"owner"}, which every workload of the namespace shop has to have since the first of May';
const failed: RunEvent = {
  event: "step-ended",
  step,
  result: { step: step.id, usages: step.usages, outcome: "failed", message: refusal },
};

/** What is said of events, each as it was said. */
async function said(events: readonly RunEvent[], io: Partial<Io>): Promise<string[]> {
  const lines: string[] = [];
  const { report } = await follow({}, silentIo({ say: line => void lines.push(line), ...io }), []);
  for (const event of events) report(event);
  return lines;
}

describe("what is told of a run", () => {
  it("is wrapped behind its mark where a terminal shows it", async () => {
    expect((await said([failed], { sayColumns: 80 })).join("\n").split("\n")).toEqual([
      '  ✗ Deployment shop/cart failed: admission webhook "validation.gatekeeper.sh"',
      '    denied the request: [psp-labels] you must provide labels: {"owner"}, which',
      "    every workload of the namespace shop has to have since the first of May",
    ]);
  });

  it("is as wide with colours as without", async () => {
    const plain = (await said([failed], { sayColumns: 80 })).join("\n");
    const [coloured = ""] = await said([failed], { sayColumns: 80, colors: true });
    expect(coloured).toContain("\u001b[31m✗\u001b[39m");
    expect(stripVTControlCharacters(coloured)).toBe(plain);
  });

  it("is said at once for every event, so that the line of the progress stays below it", async () => {
    expect(await said([failed, failed], { sayColumns: 80 })).toHaveLength(2);
  });

  it.each<[string, RunEvent, string]>([
    [
      "a refusal",
      { event: "step-retried", step, message: refusal, seconds: 4 },
      `  ↻ Deployment shop/cart: again in 4 s (${refusal})`,
    ],
    ["a rollout", { event: "rollout-waits", step, message: refusal }, `  … Deployment shop/cart: ${refusal}`],
    [
      "an exchange that waits",
      { event: "exchange-waits", open: 2, seconds: 60, message: refusal },
      `  … 2 tokens to exchange at Entra, next try in 60 s (${refusal})`,
    ],
    ["a step", failed, `  ✗ Deployment shop/cart failed: ${refusal}`],
  ])("is a line an event where it is kept, for grep: %s", async (_, event, line) => {
    // The result may be shown by a terminal all the same.
    expect(await said([event], { columns: 80 })).toEqual([line]);
  });

  it.each([80, 200])("fits %i columns, whatever it is", async columns => {
    const events: RunEvent[] = [
      { event: "step-retried", step, message: refusal, seconds: 4 },
      { event: "rollout-waits", step, message: refusal },
      { event: "exchange-waits", open: 2, seconds: 60, message: refusal },
      failed,
    ];
    const lines = (await said(events, { sayColumns: columns })).flatMap(one => one.split("\n"));
    expect(lines.filter(line => line.length > Math.min(columns, 120))).toEqual([]);
    expect(lines.filter(line => /^ {2}\S /.test(line))).toHaveLength(4);
    expect(lines.filter(line => !/^ {2}\S |^ {4}\S/.test(line))).toEqual([]);
  });
});
