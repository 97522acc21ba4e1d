import type { ExitCode } from "../core/errors.ts";
import { judge, scanDocument } from "../core/reports.ts";
import { version } from "../version.ts";
import { decide } from "./decide.ts";
import { gather } from "./gather.ts";
import type { CommonFlags, Io, World } from "./io.ts";
import { readingOutcome } from "./outcome.ts";
import { show } from "./show.ts";

/** Prints who uses pod identity, from clusters and files. */
export async function scan(flags: CommonFlags, world: World, io: Io): Promise<ExitCode> {
  const decisions = await decide(flags, io);
  const { facts } = await gather(flags, world, io, { decisions, azure: "leave" });
  const document = scanDocument(judge(facts, decisions), version);
  await show(document, flags, io);
  return readingOutcome(document);
}
