import { accountRefOf, identityNameOf } from "../core/exchange/exchangeSubjects.ts";
import { nameOf } from "../core/facts.ts";
import type { Source, Step } from "../core/model.ts";
import type { Driver } from "../engine/ports.ts";
import { text } from "../output/escape.ts";
import { hanging } from "../output/text/hanging.ts";
import { count } from "../output/text/layout.ts";
import { clusterNames, inCluster } from "../output/text/parts.ts";
import { stepName, withStepNames } from "../output/text/runResult.ts";
import type { Io } from "./io.ts";
import { styleOf } from "./show.ts";

const outcomeWords = {
  applied: "done",
  unproven: "done, but unproven",
  done: "was done already",
  git: "is left to its source",
  manual: "is left to you",
  drifted: "is not as it was planned from",
  unknown: "could not be looked at",
  failed: "failed",
  stopped: "was not tried",
  interrupted: "was interrupted",
} as const;

/**
 * Tells on standard error what a run in these clusters does, a line an event; what is longer than a terminal is wide goes on behind
 * its mark.
 */
export async function follow({ quiet }: { quiet?: boolean }, io: Io, sources: readonly Source[]): Promise<Driver> {
  const style = { ...(await styleOf(io)), ...clusterNames(sources) };
  const { color } = style;
  const nameOfStep = ({ id }: Step) => text(stepName(id, style));
  const tell = (mark: string, line: string) => {
    if (!quiet) io.say(hanging(mark, line, io.sayColumns));
  };
  const say = (mark: string, line: string) => tell(`  ${mark} `, line);
  return {
    report(event) {
      switch (event.event) {
        case "stage-started":
          tell("", color.bold(`Stage ${event.stage}`));
          return;
        case "step-started":
          return;
        case "step-retried":
          // Where there is a line that tells of it, a line a refusal would only drown what matters.
          if (event.throttled && io.status) return;
          say(
            color.yellow("↻"),
            `${nameOfStep(event.step)}: again in ${event.seconds.toFixed(0)} s (${text(event.message)})`,
          );
          return;
        case "rollout-waits":
          say(color.dim("…"), `${nameOfStep(event.step)}: ${text(event.message)}`);
          return;
        case "exchange-waits": {
          const { open, seconds, message } = event;
          const why = message === undefined ? "" : ` (${text(message)})`;
          say(
            color.dim("…"),
            `${count(open, "token")} to exchange at Entra, next try in ${seconds.toFixed(0)} s${why}`,
          );
          return;
        }
        case "exchange-ended": {
          const { subject, result, evidence } = event.proof;
          const account = text(nameOf(accountRefOf(subject))) + inCluster(subject.source, style);
          const name = `${account} as ${text(identityNameOf(subject))}`;
          if (result === "passed") say(color.green("✓"), `${name}: tokens exchanged`);
          else say(result === "failed" ? color.red("✗") : color.yellow("?"), `${name}: ${text(evidence)}`);
          return;
        }
        case "probes-started":
          say(color.dim("…"), `${count(event.pods, "probe pod")} to run, each for ${event.seconds} s at the most`);
          return;
        case "probe-ended": {
          const { target, result, evidence } = event.proof;
          const mark = { passed: color.green("✓"), failed: color.red("✗"), "not-checked": color.yellow("?") }[result];
          const { workload } = target;
          say(mark, `probe of ${text(nameOf(workload))}${inCluster(workload.source, style)}: ${text(evidence)}`);
          return;
        }
        case "step-ended": {
          const { outcome, message, waitsFor } = event.result;
          const good = outcome === "applied" || outcome === "done";
          const mark = good
            ? color.green("✓")
            : outcome === "unproven" || outcome === "git" || outcome === "manual" || waitsFor
              ? color.yellow("!")
              : color.red("✗");
          const why = message === undefined ? "" : `: ${text(withStepNames(message, style))}`;
          say(mark, `${nameOfStep(event.step)} ${outcomeWords[outcome]}${why}`);
        }
      }
    },
  };
}
