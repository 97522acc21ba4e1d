import type { Fleet } from "../../core/documents/fleet.ts";
import { planName } from "../../core/fleet.ts";
import { text } from "../escape.ts";
import { count, type Style, table } from "./layout.ts";
import { findingLines } from "./parts.ts";

/** The plans of a fleet by cluster, the credentials of every identity over all of them, and what does not fit. */
export function fleetLines({ plans, budget, findings }: Fleet, style: Style): string[] {
  const { color } = style;
  const painted = (rows: string[][]) => table(rows, style, (cell, _, row) => (row === 0 ? color.bold(cell) : cell));
  const clusters = plans.map(plan => [
    text(planName(plan)),
    String(plan.mappings.length),
    String(plan.steps.length),
    String(plan.summary.blocked),
    String(plan.summary.notChecked),
  ]);
  const credentials = budget.map(({ principal, existing, planned, limit }) => [
    text(shortName(principal)),
    String(existing),
    String(planned),
    `${existing + planned} of ${limit}${existing + planned > limit && planned > 0 ? ", too many" : ""}`,
  ]);
  const sum = (field: "blocked" | "prepareOnly") => plans.reduce((all, { summary }) => all + (summary[field] ?? 0), 0);
  const [blocked, prepareOnly] = [sum("blocked"), sum("prepareOnly")];
  const ofSwitch = prepareOnly === 0 ? "" : `, ${prepareOnly} of these from stage switch alone`;
  return [
    ...painted([["CLUSTER", "WORKLOADS", "STEPS", "BLOCKED", "NOT CHECKED"], ...clusters]),
    "",
    ...(credentials.length === 0
      ? []
      : [...painted([["IDENTITY", "CREDENTIALS", "NEW", "TOGETHER"], ...credentials]), ""]),
    ...(findings.length === 0 ? [] : [color.bold("Findings"), ...findingLines(findings, style), ""]),
    color.bold(`Fleet: ${count(plans.length, "plan")}, ${count(budget.length, "identity", "identities")}.`),
    ...(blocked === 0 ? [] : [color.red(`${count(blocked, "workload is", "workloads are")} blocked${ofSwitch}.`)]),
  ];
}

/** What tells identities apart comes first: in a narrow terminal the end is cut. The whole id is in JSON. */
function shortName(principal: string): string {
  const [, subscription, resourceGroup, name] =
    /^\/subscriptions\/([^/]+)\/resourcegroups\/([^/]+)\/.*\/([^/]+)$/i.exec(principal) ?? [];
  return name === undefined ? principal : `${name} (resource group ${resourceGroup}, subscription ${subscription})`;
}
