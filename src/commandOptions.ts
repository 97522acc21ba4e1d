import { type Command, InvalidArgumentError, Option } from "commander";
import { parseManagedClusterResourceId } from "./azure/resourceId.ts";
import { durationMilliseconds } from "./commands/duration.ts";
import { outputFormats } from "./commands/io.ts";
import { defaultProbeImage } from "./core/probe/defaultImage.ts";

/** What every command that reads clusters takes. */
export function cluster(command: Command): Command {
  return command
    .option("--kubeconfig <file>", "the kubeconfig file", text)
    .option("--context <name>", "a context of the kubeconfig (repeatable)", texts)
    .option("-n, --namespace <name>", "only workloads of this namespace (repeatable); default: all", collect)
    .option("-A, --all-namespaces", "workloads of all namespaces, whatever the config file says")
    .option("-l, --selector <selector>", "only workloads whose labels fit")
    .addOption(output())
    .option("--config <file>", "decisions: the values of these flags, written down", text)
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
export function common(command: Command): Command {
  return cluster(command).option(
    "-f, --filename <path>",
    "manifests: a file, a folder, or - (repeatable); alone, no cluster is asked",
    collect,
  );
}

/** What decides how a workload is mapped. */
export function mapping(command: Command): Command {
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
      text,
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
    .option("--cloud <cloud>", "public, usgovernment, china, or a file with endpoints", text)
    .option("--tenant <id>", "the tenant to sign in to", text)
    .option(
      "--subscription <id>",
      "look for identities and clusters in this subscription (repeatable); default: all that you can see",
      collect,
    );
}

export function output(): Option {
  return new Option("-o, --output <format>", "how to print the result").default("text").choices([...outputFormats]);
}

export function probeImage(): Option {
  return new Option(
    "--probe-image <image>",
    `with --probe-pods: an image with a shell and curl that the cluster can pull (default: ${defaultProbeImage})`,
  );
}

export function exchangeTimeout(): Option {
  return new Option(
    "--exchange-timeout <duration>",
    "how long Entra may take to accept the tokens of service accounts (default: 10m)",
  ).argParser(seconds);
}

export function exchangeInterval(): Option {
  return new Option(
    "--exchange-interval <duration>",
    "how long to wait after a credential is written, as Entra remembers refusals, and between exchanges (default: 60s)",
  ).argParser(seconds);
}

export function collect(value: string, previous: string[] = []): string[] {
  return [...previous, value];
}

/** A file to be written. */
export function newFile(value: string): string {
  if (value !== "" && value !== "-") return value;
  throw new InvalidArgumentError("It is the name of a file; -o json prints to standard output.");
}

export function text(value: string): string {
  if (value !== "") return value;
  throw new InvalidArgumentError("It is empty: perhaps a variable of the shell that is not set.");
}

function texts(value: string, previous?: string[]): string[] {
  return collect(text(value), previous);
}

function managedCluster(value: string, previous?: string[]): string[] {
  if (parseManagedClusterResourceId(value.slice(value.lastIndexOf("=/") + 1))) return collect(value, previous);
  throw new InvalidArgumentError(
    "It is /subscriptions/S/resourceGroups/G/providers/Microsoft.ContainerService/managedClusters/NAME, as az aks show --query id tells it.",
  );
}

function port(value: string): number {
  const number = Number(value);
  if (/^\d+$/.test(value) && number >= 1 && number <= 65535) return number;
  throw new InvalidArgumentError("It is a number from 1 to 65535.");
}

function milliseconds(value: string): number {
  const duration = durationMilliseconds(value);
  if (duration !== undefined) return duration;
  throw new InvalidArgumentError("Write it as 30s, 2m or 1m30s, up to 24 days.");
}

export function seconds(value: string): number {
  return milliseconds(value) / 1000;
}
