import type { RequestOptions } from "node:https";
import type { Cluster, User } from "@kubernetes/client-node/dist/config_types.js";
import { CommandError } from "../core/errors.ts";
import { type CredentialPlugin, credentialPlugin } from "./credentialPlugin.ts";
import { ConnectionError, redact } from "./failure.ts";
import { type Kubeconfig, type KubeconfigOptions, loadKubeconfig, type UserDetails } from "./kubeconfig.ts";
import { proxyFor } from "./proxy.ts";
import { type Connection, type Credentials, createConnection } from "./transport.ts";

export interface ConnectOptions extends KubeconfigOptions {
  /** `--context`, repeatable; none: the current one. */
  contexts?: readonly string[] | undefined;
  /** `--request-timeout` in milliseconds, 0 for none; default 60 s. */
  requestTimeoutMs?: number | undefined;
  /** The command's own signal: ends a credential plugin that still runs. */
  signal?: AbortSignal;
  /** Gets what a credential plugin says while it runs. */
  talk?: (line: string) => void;
  credentialPluginTimeoutMs?: number;
}

/**
 * One connection for each chosen context. Nothing is contacted yet.
 *
 * @throws CommandError when the kubeconfig or a context in it cannot be used, or two contexts lead to the same server
 */
export async function connect(options: ConnectOptions = {}): Promise<Connection[]> {
  const kubeconfig = await loadKubeconfig(options);
  const names = chosenContexts(kubeconfig, options.contexts ?? []);
  const connections: Connection[] = [];
  for (const name of names) {
    const connection = await connectTo(kubeconfig, name, options);
    const same = connections.find(other => other.server === connection.server);
    if (same) {
      throw new CommandError(`The contexts ${same.context} and ${name} are the same cluster, ${connection.server}`, {
        hint: "Name one of them: a cluster is migrated once.",
      });
    }
    connections.push(connection);
  }
  return connections;
}

function chosenContexts(kubeconfig: Kubeconfig, asked: readonly string[]): string[] {
  const known = [...kubeconfig.contexts.keys()].sort();
  const list = known.length > 0 ? `Known contexts: ${known.join(", ")}.` : "It has no contexts.";
  for (const name of asked) {
    if (!kubeconfig.contexts.has(name)) {
      throw new CommandError(`The context ${name} is not in the kubeconfig (${kubeconfig.from})`, { hint: list });
    }
  }
  if (asked.length > 0) return [...new Set(asked)];
  const current = kubeconfig.currentContext;
  if (current === undefined) {
    throw new CommandError(`The kubeconfig (${kubeconfig.from}) has no current context`, {
      hint: `Name one with --context. ${list}`,
    });
  }
  if (!kubeconfig.contexts.has(current)) {
    throw new CommandError(`The current context ${current} is not in the kubeconfig (${kubeconfig.from})`, {
      hint: `Name one with --context. ${list}`,
    });
  }
  return [current];
}

async function connectTo(kubeconfig: Kubeconfig, name: string, options: ConnectOptions): Promise<Connection> {
  const context = kubeconfig.contexts.get(name);
  const found = context && kubeconfig.clusters.get(context.cluster);
  if (!context || !found) {
    throw new CommandError(
      `The context ${name} names the cluster ${context?.cluster ?? ""}, which the kubeconfig (${kubeconfig.from}) does not have or has without a server`,
    );
  }
  if (!/^https?:\/\//.test(found.server) || !URL.canParse(found.server)) {
    throw new CommandError(
      `The server of the cluster ${found.name} in the kubeconfig (${kubeconfig.from}) is not an http or https URL`,
    );
  }
  if (new URL(found.server).password !== "") {
    throw new CommandError(
      `The server of the cluster ${found.name} in the kubeconfig (${kubeconfig.from}) holds a password`,
      {
        hint: "Put it into the user of the kubeconfig: addresses are shown and saved.",
      },
    );
  }
  const { user, details } = (context.user !== undefined && kubeconfig.users.get(context.user)) || noUser(context.user);
  if (context.user !== undefined && !kubeconfig.users.has(context.user)) {
    throw new CommandError(
      `The context ${name} names the user ${context.user}, which the kubeconfig (${kubeconfig.from}) does not have`,
    );
  }
  const cluster = { ...found, ...proxyFor(found, options.env ?? process.env) };
  return createConnection({
    context: name,
    server: cluster.server,
    ...(context.namespace ? { namespace: context.namespace.trim() } : {}),
    credentials: await kubeconfigCredentials({ name, cluster, user, details, options }),
    requestTimeoutMs: options.requestTimeoutMs,
  });
}

/** The library skips the cluster's certificate authority too where a context has no user; an empty one avoids that. */
function noUser(name: string | undefined): { user: User; details: UserDetails } {
  return { user: { name: name ?? "none" }, details: { impersonation: {} } };
}

async function kubeconfigCredentials(of: {
  name: string;
  cluster: Cluster;
  user: User;
  details: UserDetails;
  options: ConnectOptions;
}): Promise<Credentials> {
  const { KubeConfig } = await import("@kubernetes/client-node/dist/config.js");
  // One configuration for each connection: the library's authenticators keep credentials by user name alone.
  const config = new KubeConfig();
  const { exec: _runByCredentialPlugin, ...user } = of.user;
  config.loadFromOptions({
    // The library refuses plain HTTP unless this is set, kubectl does not.
    clusters: [of.cluster.server.startsWith("http:") ? { ...of.cluster, skipTLSVerify: true } : of.cluster],
    users: [user],
    contexts: [{ name: of.name, cluster: of.cluster.name, user: user.name }],
    currentContext: of.name,
  });
  const plugin = pluginOf(of);
  return {
    async options() {
      const options: RequestOptions = { headers: {} };
      try {
        await config.applyToHTTPSOptions(options);
      } catch (error) {
        throw credentialsUnavailable(of.user.name, error);
      }
      const headers: Record<string, string | string[]> = { ...of.details.impersonation };
      for (const [header, value] of Object.entries(options.headers ?? {})) headers[header] = String(value).trim();
      const credential = await plugin?.credential();
      if (credential?.token) headers.Authorization = `Bearer ${credential.token}`;
      return { ...options, headers, ...(credential?.cert ? { cert: credential.cert, key: credential.key } : {}) };
    },
    proxied: of.cluster.proxyUrl !== undefined,
    ...(plugin ? { renew: () => plugin.drop() } : {}),
  };
}

function pluginOf(of: {
  cluster: Cluster;
  user: User;
  details: UserDetails;
  options: ConnectOptions;
}): CredentialPlugin | undefined {
  const { plugin, provideClusterInfo } = of.details;
  if (!plugin) return undefined;
  const { options, cluster } = of;
  const about = {
    server: cluster.server,
    ...(cluster.caData ? { "certificate-authority-data": cluster.caData } : {}),
    ...(cluster.tlsServerName ? { "tls-server-name": cluster.tlsServerName } : {}),
    ...(cluster.skipTLSVerify ? { "insecure-skip-tls-verify": true } : {}),
  };
  return credentialPlugin(provideClusterInfo ? { ...plugin, cluster: about } : plugin, {
    user: of.user.name,
    env: options.env ?? process.env,
    ...(options.talk ? { talk: options.talk } : {}),
    ...(options.signal ? { signal: options.signal } : {}),
    ...(options.credentialPluginTimeoutMs === undefined ? {} : { timeoutMs: options.credentialPluginTimeoutMs }),
  });
}

function credentialsUnavailable(user: string, error: unknown): ConnectionError {
  // A parser's error quotes what it read, which may be a token.
  const words = error instanceof Error && !(error instanceof SyntaxError) ? redact(error.message) : undefined;
  return new ConnectionError(
    "CredentialsUnavailable",
    `The credentials of kubeconfig user ${user} cannot be read${words ? `: ${words}` : ""}`,
    "Check the files and the auth-provider that the kubeconfig names, or write it anew with az aks get-credentials.",
    { cause: error },
  );
}
