import type { Scan } from "../core/documents/scan.ts";
import { type ExitCode, exitCodes } from "../core/errors.ts";
import { type Survey, scanDocument, survey } from "../core/reports.ts";
import { usageDocument, withConsumers } from "../core/usageDocuments.ts";
import { version } from "../version.ts";
import { readBaseline, refuseUnread, usersSince } from "./baseline.ts";
import { decide } from "./decide.ts";
import { gather } from "./gather.ts";
import type { CommonFlags, Io, World } from "./io.ts";
import { readingOutcome } from "./outcome.ts";
import { show } from "./show.ts";

export interface ScanFlags extends CommonFlags {
  baseline?: string;
}

/** Prints who uses pod identity, from clusters and files; with a baseline, who has started since. */
export async function scan(flags: ScanFlags, world: World, io: Io): Promise<ExitCode> {
  // A file that cannot be read is told before anybody is asked.
  const baseline = flags.baseline === undefined ? undefined : await readBaseline(flags.baseline, io);
  const decisions = await decide(flags, io);
  const { facts } = await gather(flags, world, io, { decisions, azure: "leave", unread: "tell" });
  if (baseline) refuseUnread(baseline, facts.sources);
  const surveyed = survey(facts, decisions);
  const since = baseline ? usersSince(baseline, usagesOf(surveyed)) : [];
  const found = { ...surveyed.found, findings: [...surveyed.found.findings, ...since] };
  const document = scanDocument({ ...surveyed, found }, version);
  await show(document, flags, io);
  const outcome = readingOutcome(document);
  return outcome === exitCodes.ok && since.length > 0 ? exitCodes.blocked : outcome;
}

/** As the document has them, which a baseline was too: those through consumers with the others. */
function usagesOf(surveyed: Survey): Scan["usages"] {
  return withConsumers(surveyed, surveyed.selected.map(usageDocument));
}
