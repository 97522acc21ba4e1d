import { Command, CommanderError, InvalidArgumentError, Option } from "commander";
import type { ApplyFlags } from "./commands/apply.ts";
import { durationMilliseconds } from "./commands/duration.ts";
import type { ExplainFlags } from "./commands/explain.ts";
import type { Io, World } from "./commands/io.ts";
import { outputFormats } from "./commands/io.ts";
import type { MergeFlags } from "./commands/merge.ts";
import type { PlanFlags } from "./commands/plan.ts";
import type { RehearseFlags } from "./commands/rehearse.ts";
import type { ScanFlags } from "./commands/scan.ts";
import type { VerifyFlags } from "./commands/verify.ts";
import { CommandError, exitCodes } from "./core/errors.ts";
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
    .helpCommand(false)
    .exitOverride()
    .configureOutput({
      writeOut: text => io.print(text.replace(/\n$/, "")),
      // It quotes the command line, which a script may have put together from anything.
      writeErr: text => io.say(textBlock(text.replace(/\n$/, ""))),
    })
    .showHelpAfterError("(azwi-migrate COMMAND --help tells the flags)");

  common(program.command("scan"))
    .description("show who uses pod identity, in clusters or manifests")
    .option("--baseline <file>", "a scan in JSON; exit 3 when somebody uses pod identity now who did not then")
    .action((flags: ScanFlags) =>
      run(async (world, to) => (await import("./commands/scan.ts")).scan(flags, world, to)),
    );

  mapping(common(program.command("plan")))
    .description("show what would be changed, as diffs; changes nothing")
    .option("--out <file>", "also write the plan, for `apply`")
    .option("--detailed-exitcode", "exit 0: nothing to do, 2: changes pending, 3: a workload is blocked")
    .option("--write-config [file]", "ask what is open, and keep the answers in the config file (azwi-migrate.yaml)")
    .addOption(new Option("--dry-run <where>", "also ask the API server about every change").choices(["server"]))
    .action((flags: PlanFlags) =>
      run(async (world, to) => (await import("./commands/plan.ts")).plan(flags, world, to)),
    );

  mapping(cluster(program.command("apply")))
    .description("carry out a saved plan or fleet; without one: plan, ask, carry out")
    .argument("[plan]", "a file that `plan --out` or `merge --out` wrote")
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
    .option("--out <file>", "also write the fleet, for `apply`")
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

/** What every command that reads clusters takes. */
function cluster(command: Command): Command {
  return command
    .option("--kubeconfig <file>", "the kubeconfig file")
    .option("--context <name>", "a context of the kubeconfig (repeatable)", collect)
    .option("-n, --namespace <name>", "only workloads of this namespace get steps (repeatable); default: all", collect)
    .option("-A, --all-namespaces", "workloads of all namespaces, whatever the config file says")
    .option("-l, --selector <selector>", "only workloads whose labels fit")
    .addOption(output())
    .option("--config <file>", "decisions: the values of these flags, written down")
    .addOption(
      new Option("--pod-identity-mode <mode>", "how bindings are matched, where the cluster does not say").choices([
        "standard",
        "namespaced",
        "managed",
      ]),
    )
    .addOption(
      new Option("--request-timeout <duration>", "how long one request may take (30s, 2m, 0 for ever)").argParser(
        milliseconds,
      ),
    )
    .option("--no-color", "no colours")
    .option("-q, --quiet", "no progress")
    .option("-v, --verbose", "show the stack of an unexpected error");
}

/** What commands take that read manifests too. */
function common(command: Command): Command {
  return cluster(command).option(
    "-f, --filename <path>",
    "manifests: a file, a folder, or - (repeatable); alone, no cluster is asked",
    collect,
  );
}

/** What decides how a workload is mapped. */
function mapping(command: Command): Command {
  return command
    .option("--issuer <url>", "the cluster's OIDC issuer, where it cannot be read")
    .option(
      "--cluster-resource-id <id>",
      "the AKS cluster in ARM, where it cannot be found; CONTEXT=ID for several contexts (repeatable)",
      managedCluster,
    )
    .option(
      "--audience <audience>",
      "audience of the token that the webhook projects (default: api://AzureADTokenExchange)",
    )
    .addOption(
      new Option(
        "--client-path <path>",
        "sdk: the application's SDK exchanges the token; proxy: a sidecar answers for IMDS",
      ).choices(["sdk", "proxy"]),
    )
    .addOption(
      new Option(
        "--service-account <policy>",
        "auto: the workload's own account where that fits; reuse: its own or nothing; dedicated: one of its own (default: auto)",
      ).choices(["auto", "reuse", "dedicated"]),
    )
    .addOption(
      new Option(
        "--trust <backend>",
        "by what workloads become their identity: a credential for each service account, or an AKS identity binding for all of them (preview) (default: federatedCredential)",
      ).choices(["federatedCredential", "identityBinding"]),
    )
    .option(
      "--probe-pods",
      "before the switch, a pod like the workload's exchanges a token; decides where policies leave its egress in doubt",
    )
    .option("--live", "patch in the cluster what Git, Helm or another tool writes")
    .addOption(new Option("--proxy-port <port>", "port of the proxy sidecar (default: 8000)").argParser(port))
    .option("--cloud <cloud>", "public, usgovernment, china, or a file with endpoints")
    .option("--tenant <id>", "the tenant to sign in to")
    .option(
      "--subscription <id>",
      "look for identities and clusters in this subscription (repeatable); default: all that you can see",
      collect,
    );
}

function output(): Option {
  return new Option("-o, --output <format>", "how to print the result").default("text").choices([...outputFormats]);
}

function probeImage(): Option {
  return new Option(
    "--probe-image <image>",
    "with --probe-pods: an image with a shell and curl that the cluster can pull (default: docker.io/curlimages/curl:8.11.1)",
  );
}

function exchangeTimeout(): Option {
  return new Option(
    "--exchange-timeout <duration>",
    "how long Entra may take to accept the tokens of service accounts (default: 10m)",
  ).argParser(seconds);
}

function exchangeInterval(): Option {
  return new Option(
    "--exchange-interval <duration>",
    "how long to wait after a credential is written, as Entra remembers refusals, and between exchanges (default: 60s)",
  ).argParser(seconds);
}

function collect(value: string, previous: string[] = []): string[] {
  return [...previous, value];
}

function managedCluster(value: string, previous?: string[]): string[] {
  const resource = value.slice(value.lastIndexOf("=/") + 1);
  if (
    /^\/subscriptions\/[^/]+\/resourcegroups\/[^/]+\/providers\/microsoft\.containerservice\/managedclusters\/[^/]+\/?$/i.test(
      resource,
    )
  )
    return collect(value, previous);
  throw new InvalidArgumentError(
    "It is /subscriptions/S/resourceGroups/G/providers/Microsoft.ContainerService/managedClusters/NAME, as az aks show --query id tells it.",
  );
}

function port(value: string): number {
  const number = Number(value);
  if (Number.isInteger(number) && number >= 1 && number <= 65535) return number;
  throw new InvalidArgumentError("It is a number from 1 to 65535.");
}

function milliseconds(value: string): number {
  const duration = durationMilliseconds(value);
  if (duration !== undefined) return duration;
  throw new InvalidArgumentError("Write it as 30s, 2m or 1m30s.");
}

function seconds(value: string): number {
  return milliseconds(value) / 1000;
}

/** Tells an error to the user and gives its exit code. */
async function report(error: unknown, io: Io, verbose: boolean): Promise<number> {
  if (error instanceof CommanderError) return error.exitCode;
  if (io.signal.aborted) {
    io.say("Interrupted.");
    return exitCodes.interrupted;
  }
  if (error instanceof CommandError || error instanceof ApiError) {
    io.say(`error: ${textBlock(error.message)}`);
    const hint = "hint" in error && typeof error.hint === "string" ? error.hint : undefined;
    if (hint !== undefined) io.say(textBlock(hint));
    if (verbose && error.stack) io.say(textBlock(error.stack));
    return error instanceof CommandError ? error.exitCode : exitCodes.failed;
  }
  io.say(`error: ${textBlock(error instanceof Error ? error.message : String(error))}`);
  io.say(
    verbose && error instanceof Error && error.stack
      ? textBlock(error.stack)
      : "This is a defect of azwi-migrate; -v shows where.",
  );
  return exitCodes.failed;
}
