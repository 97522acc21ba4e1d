import { Chalk } from "chalk";
import { expect, it } from "vitest";
import type { Verification } from "../../src/core/documents/verification.ts";
import { finding } from "../../src/core/findings/codes.ts";
import { verificationLines } from "../../src/output/text/verification.ts";

const style = { color: new Chalk({ level: 0 }), columns: 120 };
const empty: Verification = {
  apiVersion: "azwi-migrate.dev/v1alpha1",
  kind: "Verification",
  toolVersion: "1",
  sources: [],
  checks: [],
  findings: [],
  summary: { passed: 0, failed: 0, notChecked: 0 },
};

it("does not count checks where there was nothing to check", () => {
  expect(verificationLines(empty, style)).toEqual([
    "Nothing to check: no workload uses pod identity here, or none that -n and -l choose.",
  ]);
});

it("says so of the clusters that were read alone", () => {
  const unread = finding("cluster-not-read", {}, { context: "east", reason: "gone" });
  const lines = verificationLines({ ...empty, findings: [unread] as Verification["findings"] }, style);
  expect(lines.at(-1)).toBe(
    "Nothing to check: no workload uses pod identity in the clusters that were read, or none that -n and -l choose.",
  );
});
