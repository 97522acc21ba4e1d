import { estimateAzure } from "../core/azure/azureEstimate.ts";
import { CommandError } from "../core/errors.ts";
import type { Step } from "../core/model.ts";
import { estimateText } from "../output/text/estimate.ts";
import { hanging } from "../output/text/hanging.ts";
import type { ApplyFlags } from "./apply.ts";
import type { Io } from "./io.ts";
import { type Document, styleOf, textLines } from "./show.ts";

/** Shows what was planned and asks, unless `--yes` answers or nothing is to be written. Throws where nobody can be asked. */
export async function isConfirmed(
  documents: readonly Document[],
  steps: readonly Step[],
  flags: Pick<ApplyFlags, "yes" | "quiet">,
  io: Io,
): Promise<boolean> {
  if (steps.every(step => step.route !== "live")) return true;
  const estimate = flags.quiet ? undefined : estimateAzure(steps);
  if (flags.yes) {
    if (estimate) io.say(hanging("", estimateText(estimate), io.sayColumns));
    return true;
  }
  if (!io.confirm) {
    throw new CommandError("Nobody is there to confirm: standard input is not a terminal", {
      hint: "Read the plan, then give --yes.",
    });
  }
  const style = await styleOf(io);
  for (const document of documents) for (const line of await textLines(document, style)) io.say(line);
  // Each plan has its own, but what takes time is shared.
  if (estimate && documents.length > 1) io.say(hanging("", estimateText(estimate), io.sayColumns));
  const own = steps.filter(step => step.route === "live").length;
  return io.confirm(`Apply ${own === 1 ? "this step" : `these ${own} steps`}?`);
}
