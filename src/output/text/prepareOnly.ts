import type { Held } from "../../core/blocked.ts";
import { clusterRef } from "../../core/facts.ts";
import type { ObjectRef } from "../../core/model.ts";
import { usageIdOf } from "../../core/usageId.ts";
import { text } from "../escape.ts";
import { count, type Style, wrap } from "./layout.ts";
import { inCluster } from "./parts.ts";
import { sourceOf, usageName } from "./verification.ts";

export const prepareOnlyTitle = "Prepare only: no pod is switched before this is put right";

/** Those of some findings that hold these workloads back: what is told of each of them, and of their clusters. */
export function holding<Told extends { code: string; subject?: ObjectRef }>(
  held: readonly Held[],
  findings: readonly Told[],
): Told[] {
  const codes = new Map<string, Set<string>>();
  for (const { usage, switchBlockedBy } of held) {
    const source = sourceOf(usage);
    for (const id of [usage, usageIdOf(clusterRef(source))])
      codes.set(id, new Set([...(codes.get(id) ?? []), ...switchBlockedBy]));
  }
  return findings.filter(({ code, subject }) => subject && codes.get(usageIdOf(subject))?.has(code));
}

/** One sentence that names a few of them, and counts many. */
export function heldLines(held: readonly Held[], style: Style): string[] {
  if (held.length === 0) return [];
  const codes = [...new Set(held.flatMap(one => one.switchBlockedBy))].sort().join(", ");
  const names =
    held.length > 3
      ? `${count(held.length, "workload")} (${codes})`
      : held
          .map(
            ({ usage, switchBlockedBy }) =>
              `${usageName(usage)}${inCluster(sourceOf(usage), style)} (${switchBlockedBy.join(", ")})`,
          )
          .join(", ");
  return wrap(`Prepare only: ${text(names)}.`, "", style).map(line => style.color.yellow(line));
}
