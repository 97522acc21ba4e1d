import type { Check, Verification } from "../../core/documents/verification.ts";
import { text } from "../escape.ts";
import { count, type Style, wrap } from "./layout.ts";
import { findingLines } from "./parts.ts";

const titles: Record<Check["code"], string> = {
  "credential-matches": "a federated credential matches what its pods show",
  "service-account-annotated": "the service account names the identity",
  "template-selects-webhook": "the pod template selects the webhook",
  "pods-mutated": "running pods carry the variables and the token",
  "dry-run-pod-mutated": "the webhook would change a new pod",
};

/** Checks by workload, each with its evidence. */
export function verificationLines(verification: Verification, style: Style): string[] {
  const { color } = style;
  const marks = { passed: color.green("✓"), failed: color.red("✗"), "not-checked": color.yellow("?") };
  const lines: string[] = [];
  let usage = "";
  for (const check of verification.checks) {
    if (check.usage !== usage) lines.push(...(usage === "" ? [] : [""]), color.bold(text(usageName(check.usage))));
    usage = check.usage;
    lines.push(`  ${marks[check.result]} ${titles[check.code]}`);
    lines.push(...wrap(text(check.evidence), "      ", style).map(line => color.dim(line)));
  }
  if (lines.length > 0) lines.push("");
  const told = verification.findings.filter(one => one.severity === "error");
  if (told.length > 0) lines.push(color.bold("Findings"), ...findingLines(told, style), "");
  const { passed, failed, notChecked } = verification.summary;
  lines.push(`${count(passed, "check")} passed, ${failed} failed, ${notChecked} not checked.`);
  return lines;
}

/** `NAMESPACE KIND/NAME` of a usage id, which starts with its source. */
export function usageName(id: string): string {
  const [kind, name] = id.split("/").slice(-2);
  const namespace = id.split("/").at(-3) ?? "";
  return `${kind} ${namespace}/${name}`;
}
