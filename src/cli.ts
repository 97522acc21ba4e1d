import { Command, CommanderError, Option } from "commander";
import {
  cluster,
  collect,
  common,
  exchangeInterval,
  exchangeTimeout,
  mapping,
  newFile,
  output,
  probeImage,
  seconds,
  text,
} from "./commandOptions.ts";
import type { ApplyFlags } from "./commands/apply.ts";
import type { ExplainFlags } from "./commands/explain.ts";
import type { Io, World } from "./commands/io.ts";
import type { MergeFlags } from "./commands/merge.ts";
import type { PlanFlags } from "./commands/plan.ts";
import type { RehearseFlags } from "./commands/rehearse.ts";
import type { ScanFlags } from "./commands/scan.ts";
import type { VerifyFlags } from "./commands/verify.ts";
import { CommandError, exitCodes, hintIn } from "./core/errors.ts";
import { ApiError } from "./core/ports.ts";
import { textBlock } from "./output/escape.ts";
import { version } from "./version.ts";

/**
 * Reads the command line, runs the command and gives the exit code. Commands are imported when they are called, so that
 * `--version` and `--help` cost nothing of them. What is thrown for the user's eyes is printed; anything else is a defect and
 * shows its stack only with -v.
 */
export async function main(argv: readonly string[], io: Io, world: World): Promise<number> {
  let exitCode: number = exitCodes.ok;
  const program = commandLine(io, async command => {
    exitCode = await command(world, io);
  });
  try {
    await program.parseAsync([...argv], { from: "user" });
    return io.signal.aborted ? exitCodes.interrupted : exitCode;
  } catch (error) {
    return report(error, io, argv.includes("-v") || argv.includes("--verbose"));
  }
}

type Run = (world: World, io: Io) => Promise<number>;

function commandLine(io: Io, run: (command: Run) => Promise<void>): Command {
  const program = new Command("azwi-migrate")
    .description("Moves AKS workloads from AAD Pod Identity to Microsoft Entra Workload ID: find, plan, apply, prove.")
    .version(version, "--version", "print the version")
    .helpCommand("help [command]", "the flags of a command")
    .exitOverride()
    .configureOutput({
      writeOut: text => io.print(text.replace(/\n$/, "")),
      // It quotes the command line, which a script may have put together from anything.
      writeErr: text => io.say(textBlock(text.replace(/\n$/, ""))),
    })
    .showHelpAfterError("(azwi-migrate COMMAND --help tells the flags)");

  common(program.command("scan"))
    .description("show who uses pod identity, in clusters or manifests")
    .option("--baseline <file>", "a scan in JSON; exit 3 when somebody uses pod identity now who did not then", text)
    .action((flags: ScanFlags) =>
      run(async (world, to) => (await import("./commands/scan.ts")).scan(flags, world, to)),
    );

  mapping(common(program.command("plan")))
    .description("show what would be changed, as diffs; changes nothing")
    .option("--out <file>", "also write the plan, for `apply`", newFile)
    .option(
      "--detailed-exitcode",
      "exit 0: nothing to do, 2: changes pending, 3: a workload is blocked, or its switch is",
    )
    .option(
      "--write-config [file]",
      "ask what is open, and keep the answers in the config file (azwi-migrate.yaml)",
      text,
    )
    .addOption(new Option("--dry-run <where>", "also ask the API server about every change").choices(["server"]))
    .action((flags: PlanFlags) =>
      run(async (world, to) => (await import("./commands/plan.ts")).plan(flags, world, to)),
    );

  mapping(cluster(program.command("apply")))
    .description("carry out a saved plan or fleet; without one: plan, ask, carry out")
    .argument("[plan]", "a file that `plan --out` or `merge --out` wrote", text)
    .addOption(
      new Option(
        "--stage <stage>",
        "prepare: Azure, service accounts and role bindings, nobody restarts; switch: pod templates",
      ).choices(["prepare", "switch"]),
    )
    .option("--azure-only", "with --stage prepare: what is in Azure alone; in the clusters nothing but records")
    .option(
      "--identity <resource-id>",
      "of a saved plan: that it gives this identity to a workload, as its config file said, is right (repeatable)",
      collect,
    )
    .option("--yes", "do not ask")
    .addOption(
      new Option("--timeout <duration>", "how long one rollout may take").default(600, "10m").argParser(seconds),
    )
    .addOption(exchangeTimeout())
    .addOption(exchangeInterval())
    .addOption(probeImage())
    .addHelpText("after", fleetHelp)
    .action((file: string | undefined, flags: ApplyFlags) =>
      run(async (world, to) => (await import("./commands/apply.ts")).apply(file, flags, world, to)),
    );

  mapping(cluster(program.command("verify")))
    .description("check credentials, service accounts and running pods")
    .addOption(new Option("--stage <stage>", "check this stage only").choices(["prepare", "switch"]))
    .option("--dry-run-pods", "also ask the webhook about a new pod of each template (needs the right to create pods)")
    .option(
      "--exchange",
      "also exchange a token of each service account for its identity's (needs create on serviceaccounts/token)",
    )
    .addOption(exchangeTimeout())
    .addOption(exchangeInterval())
    .addOption(probeImage())
    .action((flags: VerifyFlags) =>
      run(async (world, to) => (await import("./commands/verify.ts")).verify(flags, world, to)),
    );

  program
    .command("merge")
    .description(
      "join plans that several machines made into one fleet, and count the credentials over all; reads files alone",
    )
    .argument("<plan...>", "files that `plan --out` wrote, each of other clusters")
    .option("--out <file>", "also write the fleet, for `apply`", newFile)
    .addOption(output())
    .option("--no-color", "no colours")
    .option("-q, --quiet", "the result only")
    .option("-v, --verbose", "show the stack of an unexpected error")
    .action((files: string[], flags: MergeFlags) =>
      run(async (_world, to) => (await import("./commands/merge.ts")).merge(files, flags, to)),
    );

  program
    .command("explain")
    .description("what a finding means, why it matters, what to do; without a code: all of them")
    .argument("[code]", "the finding's code, as the other commands print it")
    .addOption(output())
    .option("--no-color", "no colours")
    .option("-v, --verbose", "show the stack of an unexpected error")
    .action((code: string | undefined, flags: ExplainFlags) =>
      run(async (_world, to) => (await import("./commands/explain.ts")).explain(code, flags, to)),
    );

  program
    .command("rehearse")
    .description(
      "the whole migration on a simulated cluster and a simulated Azure, inside this process; touches nothing",
    )
    .option(
      "-f, --filename <path>",
      "your manifests instead of the example shop; a file, a folder, or - (repeatable)",
      collect,
    )
    .addOption(
      new Option(
        "--pod-identity-mode <mode>",
        "how bindings are matched; default: as the manifests install it, else standard",
      ).choices(["standard", "namespaced", "managed"]),
    )
    .option("--no-color", "no colours")
    .option("-q, --quiet", "results only")
    .option("-v, --verbose", "show the stack of an unexpected error")
    .action((flags: RehearseFlags) =>
      run(async (_world, to) => (await import("./commands/rehearse.ts")).rehearse(flags, to)),
    );
  return program;
}

const fleetHelp = `
Of a fleet (merge --out):
  apply FLEET --stage prepare --azure-only
      the one prepare job: counts credentials over all clusters, writes what
      is in Azure
  apply FLEET --context NAME
      a shard: the plan of that cluster, after the prepare job; never writes
      in Azure
  apply FLEET
      all clusters from here, by the contexts that their plans name, in Azure
      too`;

/** Tells an error to the user and gives its exit code. */
async function report(error: unknown, io: Io, verbose: boolean): Promise<number> {
  if (error instanceof CommanderError) return error.exitCode;
  if (io.signal.aborted) {
    io.say("Interrupted.");
    return exitCodes.interrupted;
  }
  const { problem } = await import("./output/text/hanging.ts");
  io.say(problem(`error: ${textBlock(error instanceof Error ? error.message : String(error))}`, io.sayColumns));
  if (error instanceof CommandError || error instanceof ApiError) {
    const hint = hintIn(error);
    if (hint !== undefined) io.say(textBlock(hint));
    if (verbose && error.stack) io.say(textBlock(error.stack));
    return error instanceof CommandError ? error.exitCode : exitCodes.failed;
  }
  io.say(
    verbose && error instanceof Error && error.stack
      ? textBlock(error.stack)
      : "This is a defect of azwi-migrate; -v shows where.",
  );
  return exitCodes.failed;
}
