import { describe, expect, test } from "vitest";
import { stringify } from "yaml";
import { assemble } from "../../src/core/assemble.ts";
import { principalsToRead } from "../../src/core/azure/azureToRead.ts";
import { blockedFrom } from "../../src/core/blocked.ts";
import type { Finding } from "../../src/core/model.ts";
import { judge, planDocument, scanDocument } from "../../src/core/reports.ts";
import { decisions } from "../core/factories.ts";
import { withIdentities } from "./bound.ts";
import { collectCorpusFile, corpusFiles, isCorpusThere } from "./files.ts";

const given = { ...decisions, issuer: "https://issuer.example/" };

/** What a file gives, in a few lines: a change of any of it is seen in review. */
async function summaryOf(file: string): Promise<object> {
  const collected = await collectCorpusFile(file);
  const judged = judge(assemble([], collected, given), given);
  const { identities, bindings, exceptions, usages } = scanDocument(judged, "0.0.0");
  // Files seldom hold workload, binding and identity together: what would become of each label, were it bound.
  const bound = { ...collected, objects: withIdentities(collected.objects, collected.source.id) };
  const facts = assemble([], bound, given);
  const principals = principalsToRead(facts, given);
  facts.azure = { identities: new Map(principals.map(({ id, clientID }) => [id, { clientID, credentials: [] }])) };
  const plan = planDocument(judge(facts, given), "0.0.0");
  return {
    identities: identities.length,
    bindings: bindings.length,
    exceptions: exceptions.length,
    usages: usages.map(({ id, state, via }) => `${workloadOf(id)} ${via} ${state}`),
    findings: countsOf(planDocument(judged, "0.0.0").findings),
    bound: plan.mappings.map(({ usage, serviceAccount, ...blocks }) =>
      [workloadOf(usage), serviceAccount.use, serviceAccount.name, ...blockedFrom(blocks, "switch")].join(" "),
    ),
    steps: plan.steps.map(({ op, route, target }) =>
      `${op} ${route} ${target.kind} ${"namespace" in target ? target.name : ""}`.trim(),
    ),
  };
}

/** Without the path of the file that an id begins with. */
function workloadOf(usage: string): string {
  return usage.split("/").slice(-3).join("/");
}

function countsOf(findings: readonly Pick<Finding, "code">[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { code } of findings) counts[code] = (counts[code] ?? 0) + 1;
  return Object.fromEntries(Object.entries(counts).sort());
}

describe.skipIf(!isCorpusThere)("real manifests", () => {
  test("give what they gave when somebody last looked at it", async () => {
    const summaries: Record<string, object> = {};
    for (const file of corpusFiles()) summaries[file] = await summaryOf(file);
    expect(Object.keys(summaries).length).toBeGreaterThan(100);
    await expect(stringify(summaries, { lineWidth: 0 })).toMatchFileSnapshot("golden.yaml");
  });
});
