import type { Code, Finding } from "./findings/codes.ts";
import type { Json, JsonObject, KubernetesObject } from "./kubernetes.ts";

/** The uid of a cluster's namespace `kube-system`, or `files:<path>`. */
export type SourceId = string;

export interface ObjectRef {
  source: SourceId;
  apiVersion: string;
  kind: string;
  namespace?: string;
  name: string;
  uid?: string;
}

/** `file` starts with the `-f` argument as it was typed; `line` counts from 1. */
export interface FileLocation {
  file: string;
  line: number;
}

export type PodIdentityMode = "standard" | "managed";

/** One installation of AAD Pod Identity; a cluster may hold several. Versions have no leading "v". */
export interface Installation {
  mode: PodIdentityMode;
  namespaced: boolean;
  addon: boolean;
  namespace: string;
  nmi?: string;
  mic?: string;
}

/** The mutating webhook of workload identity; `installed` is undefined where it could not be read. */
export interface Webhook {
  installed?: boolean;
  version?: string;
  ready?: number;
}

export interface ClusterSource {
  id: SourceId;
  type: "cluster";
  context: string;
  server: string;
  serverVersion?: string;
  /** From the cluster's own discovery document, or from ARM; byte for byte, with its trailing slash. */
  issuer?: string;
  podIdentity: Installation[];
  webhook: Webhook;
}

export interface FilesSource {
  id: SourceId;
  type: "files";
  path: string;
  files: number;
  documents: number;
}

export type Source = ClusterSource | FilesSource;

/** An object with where it came from. */
export interface FoundObject {
  ref: ObjectRef;
  object: KubernetesObject;
  location?: FileLocation;
}

/** A kind that could not be read, in one namespace or (without) in the whole cluster. */
export interface Unknown {
  source: SourceId;
  kind: string;
  namespace?: string;
  reason: string;
}

export interface FederatedCredential {
  name: string;
  issuer: string;
  subject: string;
  audience: string;
}

/** What ARM says about the identity at a resource id. */
export interface AzureIdentityFacts {
  clientID: string;
  tenantID?: string;
  credentials: FederatedCredential[];
}

/** By resource id in lower case: the identity, "notFound", or why it could not be read. */
export type AzureFacts = { identities: ReadonlyMap<string, AzureIdentityFacts | "notFound" | { failed: string }> };

export type PrincipalType = "userAssigned" | "application";

/** A managed identity (id: its resource id in lower case) or an application (id: its client id). */
export interface PrincipalRef {
  id: string;
  type: PrincipalType;
  clientID: string;
}

export type IdentityType = "userAssigned" | "servicePrincipal" | "servicePrincipalCertificate";

/** An AzureIdentity that a usage gets, with the binding that gives it. */
export interface MatchedIdentity {
  namespace: string;
  name: string;
  type: IdentityType;
  clientID: string;
  resourceID: string;
  binding: { namespace: string; name: string };
}

export interface Owner {
  tool: "argocd" | "flux" | "helm" | "terraform" | "pulumi" | "addon" | "operator";
  evidence: string;
}

export type UsageState = "legacy" | "both" | "migrated" | "unmatched";

/**
 * One workload that uses pod identity. `legacy`: nothing of workload identity in its template. `both`: in between, some pods
 * or some of the wiring still old. `migrated`: template, service account and running pods are on workload identity, whether or
 * not the old label is still there. `unmatched`: carries the label, gets no identity.
 */
export interface Usage {
  id: string;
  workload: ObjectRef;
  locations: FileLocation[];
  via: "label" | "emptySelector" | "exception";
  bindingLabel?: string;
  serviceAccount: string;
  identities: MatchedIdentity[];
  principals: PrincipalRef[];
  owner?: Owner;
  state: UsageState;
  pods: number;
  findings: Code[];
}

export type ClientPath = "sdk" | "proxy";

/** What flags, prompts and the config file decided: the only input of `map` besides Facts. */
export interface Decisions {
  /** Namespaces whose usages get steps; absent: all. */
  namespaces?: string[];
  /** Label selector over the labels of the workload object; absent: all. */
  selector?: string;
  issuer?: string;
  audience: string;
  clientPath: ClientPath;
  proxyPort: number;
  /** For files, and for clusters whose mode cannot be read. */
  podIdentityMode?: "standard" | "namespaced" | "managed";
}

export interface Trust {
  principal: PrincipalRef;
  issuer: string;
  subject: string;
  audience: string;
  backend: "federatedCredential" | "identityBinding";
  name: string;
  /** The name of an existing credential with the same issuer, subject and audience. */
  adopts?: string;
}

export interface Mapping {
  usage: string;
  serviceAccount: { name: string; use: "existing" | "create" };
  client: ClientPath;
  trusts: Trust[];
  defaultPrincipal?: PrincipalRef;
  reasons: Code[];
  blockedBy: Code[];
  notChecked: Code[];
}

/** A value at a place in an object. List items are named by key, never by index. Absent `before` or `after`: no such field. */
export interface Change {
  path: (string | { match: Record<string, string> })[];
  before?: Json;
  after?: Json;
}

export type Stage = "prepare" | "switch" | "cleanup";
export const stages: readonly Stage[] = ["prepare", "switch", "cleanup"];

/** A federated identity credential in ARM; `id` is its resource id, `principal` that of its identity in lower case. */
export interface AzureRef {
  source: SourceId;
  kind: "FederatedIdentityCredential";
  principal: string;
  name: string;
}

interface StepBase {
  id: string;
  stage: Stage;
  dependsOn: string[];
  usages: string[];
  restartsPods?: true;
  irreversible?: true;
}

export type Step = StepBase &
  (
    | { op: "create"; route: "live"; target: ObjectRef; object: JsonObject }
    | { op: "patch"; route: "live"; target: ObjectRef; changes: Change[] }
    | { op: "trust"; route: "live"; target: AzureRef; trust: Trust }
    | { op: "manual"; route: "manual"; target: ObjectRef; code: Code; changes: Change[] }
  );

export type StepOf<Op extends Step["op"]> = Extract<Step, { op: Op }>;

export type Observation = "pending" | "done" | "drifted" | "unknown";

/** Written to the cluster before the change it tells of; only the values at the paths of the step's changes. */
export interface UndoRecord {
  run: string;
  seq: number;
  state: "intent" | "done";
  step: Step;
  observedBefore: Json;
}

export type CheckResult = "passed" | "failed" | "not-checked";

export type { Code, Finding };
