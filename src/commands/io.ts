import type { Readable } from "node:stream";
import type { AzureAccess } from "../core/azure/azurePorts.ts";
import type { Clock } from "../core/clock.ts";
import type { AzureFacts } from "../core/model.ts";
import type { Connection } from "../kube/transport.ts";

/** Where a command reads and writes; tests and `rehearse` give their own. */
export interface Io {
  stdin: Readable & { isTTY?: boolean };
  /** The result, as whole lines. */
  print(text: string): void;
  /** Until whoever reads the result has taken what was printed, but for a little; absent where it is taken at once. Ends with the signal. */
  taken?(signal: AbortSignal | undefined): Promise<void>;
  /** Talk and progress: standard error. */
  say(text: string): void;
  /** Redraws the last line of the terminal that shows the talk, undefined takes it away; absent where there is no terminal. */
  status?(line: string | undefined): void;
  env: NodeJS.ProcessEnv;
  cwd: string;
  /** Columns of the terminal that shows the result; undefined where it is none. */
  columns: number | undefined;
  /** Columns of the terminal that shows the talk; undefined where it is none: then a line is one event. */
  readonly sayColumns?: number | undefined;
  colors: boolean;
  /** Asks a question whose default answer is no; absent where nobody can answer. */
  confirm?(question: string): Promise<boolean>;
  /** Asks for one of several answers; absent where nobody can answer. */
  choose?(question: string, answers: readonly string[]): Promise<string>;
  signal: AbortSignal;
}

/** The outside world of a command: real clusters and Azure, or the sandbox. */
export interface World {
  clock: Clock;
  random(): number;
  connect(flags: ConnectionFlags): Promise<Connection[]>;
  azure(flags: AzureFlags): Promise<AzureReach>;
}

export interface AzureReach extends AzureAccess {
  /** Where the cloud gives out tokens: a URL. */
  authorityHost?: string;
  cloud?: NonNullable<AzureFacts["cloud"]>;
}

export interface ConnectionFlags {
  kubeconfig?: string;
  context?: string[];
  requestTimeout?: number;
}

export interface AzureFlags {
  cloud?: string;
  tenant?: string;
  /** Where identities and clusters are looked for. */
  subscription?: string[];
}

/** What all commands take. */
export interface CommonFlags extends ConnectionFlags, AzureFlags {
  namespace?: string[];
  allNamespaces?: boolean;
  selector?: string;
  filename?: string[];
  output: OutputFormat;
  config?: string;
  podIdentityMode?: "standard" | "namespaced" | "managed";
  quiet?: boolean;
  verbose?: boolean;
}

/** What commands that map take beside that. */
export interface MappingFlags extends CommonFlags {
  issuer?: string;
  audience?: string;
  serviceAccount?: "auto" | "reuse" | "dedicated";
  live?: boolean;
  clientPath?: "sdk" | "proxy";
  proxyPort?: number;
  trust?: "federatedCredential" | "identityBinding";
  clusterResourceId?: string[];
  probePods?: boolean;
}

export const outputFormats = ["text", "json"] as const;
export type OutputFormat = (typeof outputFormats)[number];
