import { spawn } from "node:child_process";
import { isAbsolute, join } from "node:path";
import { isRecord } from "../core/kubernetes.ts";
import { ConnectionError, redact } from "./failure.ts";

/** `users[].user.exec` of a kubeconfig, as far as it is used. */
export interface CredentialPluginConfig {
  command: string;
  args: string[];
  env: Record<string, string>;
  apiVersion: string;
  installHint?: string;
  /** `spec.cluster` for the plugin, where it asks for it with provideClusterInfo. */
  cluster?: Record<string, unknown>;
}

/** What a plugin gave: a bearer token, a client certificate, or both. */
export interface PluginCredential {
  token?: string;
  cert?: string;
  key?: string;
}

export interface CredentialPluginOptions {
  user: string;
  env: NodeJS.ProcessEnv;
  /** Gets each line that the plugin writes to stderr at once: `kubelogin -l devicecode` says there where to sign in. */
  talk?: (line: string) => void;
  timeoutMs?: number;
  /** The whole command's: several requests share one run of the plugin, so that none of them may end it. */
  signal?: AbortSignal;
}

/** One plugin of one user. Calls at the same time share one process; the answer is kept until it expires or is dropped. */
export interface CredentialPlugin {
  credential(): Promise<PluginCredential>;
  drop(): void;
}

/** Reads `exec` of a kubeconfig user, or undefined where there is none. Relative commands are relative to the file's folder. */
export function credentialPluginConfig(exec: unknown, folder: string): CredentialPluginConfig | undefined {
  if (!isRecord(exec) || typeof exec.command !== "string" || exec.command === "") return undefined;
  const env: Record<string, string> = {};
  for (const item of Array.isArray(exec.env) ? exec.env : []) {
    if (isRecord(item) && typeof item.name === "string") env[item.name] = String(item.value ?? "");
  }
  // A bare name is looked up in PATH, a relative path from the kubeconfig's folder: client-go, tools/clientcmd/loader.go.
  const relativePath = /[/\\]/.test(exec.command) && !isAbsolute(exec.command);
  return {
    command: relativePath ? join(folder, exec.command) : exec.command,
    args: Array.isArray(exec.args) ? exec.args.map(String) : [],
    env,
    apiVersion: typeof exec.apiVersion === "string" ? exec.apiVersion : "client.authentication.k8s.io/v1",
    ...(typeof exec.installHint === "string" ? { installHint: exec.installHint } : {}),
  };
}

/**
 * Runs a credential plugin, because the client library's own runs it once for each parallel call, never sets KUBERNETES_EXEC_INFO
 * and keeps stderr to itself until the end, so that a login which waits for a person hangs in silence.
 *
 * @throws ConnectionError (reason `CredentialsUnavailable`) with the plugin's stderr
 */
export function credentialPlugin(config: CredentialPluginConfig, options: CredentialPluginOptions): CredentialPlugin {
  let current: { credential: PluginCredential; expires: number } | undefined;
  let running: Promise<PluginCredential> | undefined;
  return {
    async credential() {
      // Ten seconds early: what expires on the way is a 401.
      if (current && current.expires - 10_000 > Date.now()) return current.credential;
      running ??= run(config, options)
        .then(answer => {
          current = answer;
          return answer.credential;
        })
        .finally(() => {
          running = undefined;
        });
      return running;
    },
    drop() {
      current = undefined;
    },
  };
}

interface PluginAnswer {
  credential: PluginCredential;
  expires: number;
}

async function run(config: CredentialPluginConfig, options: CredentialPluginOptions): Promise<PluginAnswer> {
  const { signal } = options;
  signal?.throwIfAborted();
  const failed = (what: string, hint: string, cause?: unknown) =>
    new ConnectionError(
      "CredentialsUnavailable",
      `The credential plugin ${config.command} of kubeconfig user ${options.user} ${what}`,
      hint,
      { cause },
    );
  const info = {
    apiVersion: config.apiVersion,
    kind: "ExecCredential",
    spec: { interactive: false, ...(config.cluster ? { cluster: config.cluster } : {}) },
  };
  const child = spawn(config.command, config.args, {
    env: { ...options.env, ...config.env, KUBERNETES_EXEC_INFO: JSON.stringify(info) },
    stdio: ["ignore", "pipe", "pipe"],
    windowsHide: true,
  });
  const timeoutMs = options.timeoutMs ?? 300_000;
  let timedOut = false;
  const timer = setTimeout(() => {
    timedOut = true;
    child.kill();
  }, timeoutMs);
  const stop = () => child.kill();
  signal?.addEventListener("abort", stop, { once: true });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
    for (const line of text.split(/\r?\n/)) if (line.trim() !== "") options.talk?.(redact(line));
  });
  let status: number | null;
  try {
    status = await new Promise<number | null>((resolve, reject) => {
      child.on("error", reject);
      child.on("close", resolve);
    });
  } catch (error) {
    throw failed(
      `cannot be started: ${error instanceof Error ? error.message : String(error)}`,
      config.installHint ?? `Install it or put it on the PATH (kubelogin: az aks install-cli).`,
      error,
    );
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", stop);
  }
  signal?.throwIfAborted();
  const said = redact(stderr.trim());
  if (timedOut) {
    throw failed(
      `did not end within ${timeoutMs / 1000} s${said ? `: ${said}` : ""}`,
      "A login that waits for a person cannot be used here: sign in with az login and run kubelogin convert-kubeconfig -l azurecli (in CI: -l workloadidentity or -l spn).",
    );
  }
  if (status !== 0) {
    throw failed(
      `failed with exit code ${status ?? "none (killed)"}${said ? `: ${said}` : ""}`,
      "Run it by hand to see more; for AKS: az login, then kubelogin convert-kubeconfig -l azurecli.",
    );
  }
  const answer = parseAnswer(stdout);
  if (!answer)
    throw failed(
      "printed no ExecCredential with a token or a client certificate",
      "Run it by hand to see what it prints.",
    );
  return answer;
}

/** Never says what is wrong with the text: an excerpt of it may hold a token. */
function parseAnswer(stdout: string): PluginAnswer | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(stdout);
  } catch {
    return undefined;
  }
  const status = isRecord(parsed) ? parsed.status : undefined;
  if (!isRecord(status)) return undefined;
  const credential: PluginCredential = {};
  if (typeof status.token === "string" && status.token !== "") credential.token = status.token;
  if (typeof status.clientCertificateData === "string" && typeof status.clientKeyData === "string") {
    credential.cert = status.clientCertificateData;
    credential.key = status.clientKeyData;
  }
  if (!credential.token && !credential.cert) return undefined;
  const expires = typeof status.expirationTimestamp === "string" ? Date.parse(status.expirationTimestamp) : Number.NaN;
  return { credential, expires: Number.isNaN(expires) ? Number.POSITIVE_INFINITY : expires };
}
