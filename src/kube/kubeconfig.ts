import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, dirname, join, resolve } from "node:path";
import type { Cluster, Context, User } from "@kubernetes/client-node/dist/config_types.js";
import { LineCounter, parseDocument } from "yaml";
import { CommandError } from "../core/errors.ts";
import { fileProblem } from "../core/fileProblem.ts";
import { isRecord } from "../core/kubernetes.ts";
import { type CredentialPluginConfig, credentialPluginConfig } from "./credentialPlugin.ts";

/** What the client library's reader leaves out of `users[].user`. */
export interface UserDetails {
  plugin?: CredentialPluginConfig;
  provideClusterInfo?: true;
  /** Headers of `as-groups` and `as-uid`; the library sends that of `as`. */
  impersonation: Record<string, string[]>;
}

/** The kubeconfig as kubectl would see it: several files merged, the first that names a thing wins. */
export interface Kubeconfig {
  /** Where it was read from, for messages. */
  from: string;
  currentContext?: string;
  contexts: Map<string, Context>;
  clusters: Map<string, Cluster>;
  users: Map<string, { user: User; details: UserDetails }>;
}

export interface KubeconfigOptions {
  /** `--kubeconfig`; wins over everything else. */
  kubeconfig?: string | undefined;
  env?: NodeJS.ProcessEnv;
  /** Where the pod's own credentials are looked for; another folder in tests. */
  inClusterRoot?: string;
}

const inClusterToken = "/var/run/secrets/kubernetes.io/serviceaccount/token";

/**
 * Loads `--kubeconfig`, or the files of KUBECONFIG, or `~/.kube/config`, or the service account of the pod it runs in; in this
 * order, as kubectl does. Files of KUBECONFIG that are not there are skipped.
 *
 * @throws CommandError when there is none, or a file cannot be read or is not a kubeconfig
 */
export async function loadKubeconfig(options: KubeconfigOptions = {}): Promise<Kubeconfig> {
  const env = options.env ?? process.env;
  const home = env.HOME || homedir();
  if (options.kubeconfig !== undefined) {
    if (!existsSync(options.kubeconfig)) {
      throw new CommandError(`The kubeconfig ${options.kubeconfig} (--kubeconfig) does not exist`);
    }
    return readFiles([options.kubeconfig]);
  }
  const named = (env.KUBECONFIG ?? "").split(delimiter).filter(file => file !== "");
  if (named.length > 0) {
    const present = named.filter(file => existsSync(file));
    if (present.length === 0) {
      throw new CommandError(`No kubeconfig found: KUBECONFIG names ${named.join(", ")}, which does not exist`, {
        hint,
      });
    }
    return readFiles(present);
  }
  const standard = join(home, ".kube", "config");
  if (existsSync(standard)) return readFiles([standard]);
  const token = (options.inClusterRoot ?? "") + inClusterToken;
  if (env.KUBERNETES_SERVICE_HOST && existsSync(token)) return inCluster(options.inClusterRoot ?? "");
  throw new CommandError(
    `No kubeconfig found: no --kubeconfig, no KUBECONFIG, no file ${standard}, and not inside a pod with a service account`,
    { hint },
  );
}

const hint = "Write one with az aks get-credentials --resource-group RG --name CLUSTER, or name it with --kubeconfig.";

async function readFiles(files: string[]): Promise<Kubeconfig> {
  const { KubeConfig } = await import("@kubernetes/client-node/dist/config.js");
  const merged: Kubeconfig = {
    from: files.join(delimiter),
    contexts: new Map(),
    clusters: new Map(),
    users: new Map(),
  };
  for (const file of files) {
    const document = parse(file);
    const folder = dirname(resolve(file));
    const config = new KubeConfig();
    // Through JSON, which its YAML parser reads too: that parser's errors quote lines, and lines may hold tokens.
    config.loadFromString(JSON.stringify(document), { onInvalidEntry: "filter" });
    config.makePathsAbsolute(folder);
    if (typeof document["current-context"] === "string" && document["current-context"] !== "") {
      merged.currentContext ??= document["current-context"];
    }
    for (const context of config.contexts) keepFirst(merged.contexts, context.name, context);
    for (const cluster of config.clusters) keepFirst(merged.clusters, cluster.name, cluster);
    const raw = new Map(
      (Array.isArray(document.users) ? document.users : []).filter(isRecord).map(item => [item.name, item.user]),
    );
    for (const user of config.users) keepFirst(merged.users, user.name, withDetails(user, raw.get(user.name), folder));
  }
  return merged;
}

function parse(file: string): Record<string, unknown> {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    throw new CommandError(`The kubeconfig ${file} cannot be read: ${fileProblem(error)}`, { cause: error });
  }
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, merge: true });
  const [problem] = document.errors;
  if (problem) {
    const { line, col } = lines.linePos(problem.pos[0]);
    throw new CommandError(`The kubeconfig ${file} is not valid YAML: line ${line}, column ${col} (${problem.code})`);
  }
  let value: unknown;
  try {
    value = document.toJS();
  } catch (error) {
    throw new CommandError(`The kubeconfig ${file} has aliases that cannot be resolved`, { cause: error });
  }
  if (value === null || value === undefined) return {};
  if (!isRecord(value)) throw new CommandError(`The kubeconfig ${file} is not a kubeconfig: no fields at its top`);
  return value;
}

/** Adds the fields of client-go's AuthInfo (tools/clientcmd/api/v1/types.go) that the library does not read. */
function withDetails(user: User, raw: unknown, folder: string): { user: User; details: UserDetails } {
  const details: UserDetails = { impersonation: {} };
  if (!isRecord(raw)) return { user, details };
  const plugin = credentialPluginConfig(raw.exec, folder);
  if (plugin) details.plugin = plugin;
  if (isRecord(raw.exec) && raw.exec.provideClusterInfo === true) details.provideClusterInfo = true;
  if (Array.isArray(raw["as-groups"])) details.impersonation["Impersonate-Group"] = raw["as-groups"].map(String);
  if (typeof raw["as-uid"] === "string") details.impersonation["Impersonate-Uid"] = [raw["as-uid"]];
  if (typeof raw.tokenFile !== "string" || raw.tokenFile === "") return { user, details };
  const { token: _replaced, ...rest } = user;
  const tokenFile = resolve(folder, raw.tokenFile);
  return { user: { ...rest, authProvider: { name: "tokenFile", config: { tokenFile } } }, details };
}

async function inCluster(root: string): Promise<Kubeconfig> {
  const { KubeConfig } = await import("@kubernetes/client-node/dist/config.js");
  const config = new KubeConfig();
  config.loadFromCluster(root);
  const name = "in-cluster";
  return {
    from: "the pod's service account",
    currentContext: name,
    contexts: new Map(config.contexts.map(context => [name, { ...context, name }])),
    clusters: new Map(config.clusters.map(cluster => [cluster.name, cluster])),
    users: new Map(config.users.map(user => [user.name, { user, details: { impersonation: {} } }])),
  };
}

function keepFirst<Value>(map: Map<string, Value>, key: string, value: Value): void {
  if (!map.has(key)) map.set(key, value);
}
