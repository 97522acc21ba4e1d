import { CommandError, type ExitCode, exitCodes } from "../core/errors.ts";
import { type Code, severities } from "../core/findings/codes.ts";
import { compare } from "../core/order.ts";
import { json } from "../output/escape.ts";
import { explanationOf } from "../output/explanation.ts";
import { codeLines, explanationLines } from "../output/text/explain.ts";
import type { Io, OutputFormat } from "./io.ts";
import { styleOf } from "./show.ts";

export interface ExplainFlags {
  output: OutputFormat;
}

/** Prints what a code means, or all codes with their titles. */
export async function explain(code: string | undefined, { output }: ExplainFlags, io: Io): Promise<ExitCode> {
  const codes = (Object.keys(severities) as Code[]).sort(compare);
  const known = codes.find(one => one === code);
  if (code !== undefined && known === undefined) throw unknownCode(code, codes);
  const style = await styleOf(io);
  if (known !== undefined) {
    const explanation = explanationOf(known);
    io.print(output === "json" ? json(explanation) : explanationLines(explanation, style).join("\n"));
    return exitCodes.ok;
  }
  const all = codes.map(explanationOf);
  io.print(output === "json" ? json(all) : codeLines(all, style).join("\n"));
  return exitCodes.ok;
}

function unknownCode(code: string, codes: readonly Code[]): CommandError {
  const words = code
    .toLowerCase()
    .split(/[^a-z]+/)
    .filter(word => word.length > 2);
  const likeness = (one: Code) =>
    words.filter(word => one.includes(word) || one.split("-").some(part => part.startsWith(word.slice(0, 5)))).length;
  const near = codes.filter(one => likeness(one) > 0).sort((a, b) => likeness(b) - likeness(a) || compare(a, b));
  return new CommandError(`There is no finding with the code ${JSON.stringify(code)}`, {
    hint: near.length > 0 ? `Near it: ${near.slice(0, 6).join(", ")}` : "azwi-migrate explain lists all codes.",
  });
}
