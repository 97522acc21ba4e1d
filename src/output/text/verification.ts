import type { Check, Verification } from "../../core/documents/verification.ts";
import { text } from "../escape.ts";
import { count, type Style, wrap } from "./layout.ts";
import { amongRead, azureClusterText, clusterNames, findingLines, inCluster } from "./parts.ts";

const titles: Record<Check["code"], string> = {
  "credential-matches": "federated credential",
  "identity-binding-matches": "identity binding",
  "service-account-annotated": "service account",
  "role-bindings-carried-over": "role bindings",
  "token-exchanged": "token exchange",
  "egress-probed": "probe pod",
  "template-selects-webhook": "pod template",
  "pods-mutated": "running pods",
  "dry-run-pod-mutated": "a new pod",
};
const titleWidth = Math.max(...Object.values(titles).map(title => title.length));

/** Checks by workload in the order in which they build on each other, each with its evidence. */
export function verificationLines(verification: Verification, terminal: Style): string[] {
  const style = { ...terminal, ...clusterNames(verification.sources, verification.findings) };
  const { color } = style;
  const marks = { passed: color.green("✓"), failed: color.red("✗"), "not-checked": color.yellow("?") };
  const order = Object.keys(titles);
  const usages = [...new Set(verification.checks.map(check => check.usage))];
  const clusters = verification.sources.flatMap(source =>
    source.type === "cluster" && source.azure ? [[source.context, azureClusterText(source.azure)] as const] : [],
  );
  const lines = clusters.flatMap(([context, known]) => wrap(`${text(context)}: AKS cluster ${known}`, "", style));
  if (lines.length > 0) lines.push("");
  const ofUsages = usages.flatMap(usage => {
    const checks = verification.checks.filter(check => check.usage === usage);
    checks.sort((a, b) => order.indexOf(a.code) - order.indexOf(b.code));
    return [
      color.bold(text(usageName(usage))) + inCluster(sourceOf(usage), style),
      ...checks.flatMap(check => {
        const title = `  ${marks[check.result]} ${titles[check.code]}`;
        if (style.columns < 100) return [title, ...wrap(text(check.evidence), "      ", style)];
        const [first = "", ...rest] = wrap(text(check.evidence), " ".repeat(titleWidth + 6), style);
        const padding = " ".repeat(titleWidth - titles[check.code].length);
        return [`${title}${padding}  ${first.trimStart()}`, ...rest];
      }),
      "",
    ];
  });
  lines.push(...ofUsages);
  const told = verification.findings.filter(one => one.severity === "error" || one.code === "bindings-not-checked");
  if (told.length > 0) lines.push(color.bold("Findings"), ...findingLines(told, style), "");
  if (usages.length === 0) return [...lines, ...wrap(nothingToCheck(verification), "", style)];
  const { passed, failed, notChecked } = verification.summary;
  const sum = `${count(passed, "check")} passed, ${failed} failed, ${notChecked} not checked.`;
  lines.push(failed > 0 ? color.red(sum) : sum);
  return lines;
}

/** "0 failed" must not be said of a namespace that is misspelt. */
function nothingToCheck({ findings }: Verification): string {
  return `Nothing to check: no workload uses pod identity${amongRead(findings) || " here"}, or none that -n and -l choose.`;
}

/** `KIND NAMESPACE/NAME` of a usage id, which starts with its source. */
export function usageName(id: string): string {
  const [namespace = "", kind = "", name = ""] = id.split("/").slice(-3);
  return namespace === "" ? `${kind} ${name}` : `${kind} ${namespace}/${name}`;
}

/** The source that a usage id starts with. */
export function sourceOf(id: string): string {
  return id.split("/").slice(0, -3).join("/");
}
