import type { Static } from "@sinclair/typebox";
import type { RoleAssignment } from "./azure/azurePorts.ts";
import type { ServicePrincipal } from "./azure/servicePrincipal.ts";
import type { Decisions, WorkloadDecision } from "./documents/decisions.ts";
import type * as parts from "./documents/parts.ts";
import type * as sources from "./documents/sources.ts";
import type { Code, Finding } from "./findings/codes.ts";
import type { Json, KubernetesObject } from "./kubernetes.ts";

/** The uid of a cluster's namespace `kube-system`, or `files:<path>`. */
export type SourceId = string;

export type ObjectRef = Static<typeof parts.ObjectRef>;

/** `file` starts with the `-f` argument as it was typed; `line` counts from 1. */
export type FileLocation = Static<typeof parts.FileLocation>;

/** One installation of AAD Pod Identity; a cluster may hold several. Versions have no leading "v". */
export type Installation = Static<typeof sources.Installation>;

/** The mutating webhook of workload identity; `installed` is undefined where it could not be read. */
export type Webhook = Static<typeof sources.Webhook>;

export type ClusterSource = Static<typeof sources.ClusterSource>;

/** What ARM says of an AKS cluster; absent where it is none, was not found, or nobody asked. */
export type AzureCluster = Static<typeof sources.AzureCluster>;

export type FilesSource = Static<typeof sources.FilesSource>;

export type Source = ClusterSource | FilesSource;

/** An object with where it came from. */
export interface FoundObject {
  ref: ObjectRef;
  object: KubernetesObject;
  location?: FileLocation;
}

/** A kind of which not everything could be read: nothing is known of it but what is in the namespaces named in `except`. */
export interface Unknown {
  source: SourceId;
  /** As `kindKey` names it. */
  kind: string;
  except: string[];
  reason: string;
}

export type FederatedCredential = Static<typeof parts.FederatedCredential>;

/** What ARM says about the identity at a resource id. */
export interface AzureIdentityFacts {
  clientID: string;
  tenantID?: string;
  /** The object id of its service principal. */
  principalID?: string;
  /** Its region. */
  location?: string;
  credentials: FederatedCredential[];
}

/** What Microsoft Graph says about an application in its home tenant. */
export interface ApplicationFacts {
  credentials: FederatedCredential[];
}

/** An identity binding of an AKS cluster, as ARM has it. */
export interface IdentityBinding {
  name: string;
  /** Resource id of its identity, in lower case. */
  principal: string;
  /** `provisioningState`: it works once that is Succeeded. */
  state: string;
}

/** Why an identity could not be read; with the subscription where the caller does not see that at all. */
export interface UnreadIdentity {
  failed: string;
  subscription?: string;
}

export type AzureFacts = {
  /** By resource id in lower case. */
  identities: ReadonlyMap<string, AzureIdentityFacts | "notFound" | UnreadIdentity>;
  /** Where Azure has a client id (lower case) that is not at the resource id it came with: the resource id in lower case. */
  places?: ReadonlyMap<string, string>;
  /** Subscriptions in which identities could not be looked for, by id or, where they cannot even be listed, `all`. */
  unsearched?: readonly string[];
  /** By client id in lower case: the application, the tenant that it lives in instead, "notFound", or why it could not be read. */
  applications?: ReadonlyMap<string, ApplicationFacts | { homeTenant: string } | "notFound" | { failed: string }>;
  /** By resource id of the AKS cluster in lower case; absent where nobody wants one. */
  identityBindings?: ReadonlyMap<string, readonly IdentityBinding[] | { failed: string }>;
  /** By resource id in lower case: the roles of identities that people chose for workloads, and of those that they replace. */
  roleAssignments?: ReadonlyMap<string, readonly RoleAssignment[] | { failed: string }>;
  /** Where the cloud gives out tokens: a URL; absent where Azure was not asked. */
  authorityHost?: string;
  /** The cloud that was asked, and which cloud AKS issuers belong to by the ends of their hosts. */
  cloud?: { name: string; issuers: ReadonlyMap<string, string> };
};

/** A managed identity (id: its resource id in lower case) or an application (id: its client id). */
export type PrincipalRef = Static<typeof parts.PrincipalRef>;

export type IdentityType = Static<typeof parts.IdentityType>;

/** An AzureIdentity that a usage gets, with the binding that gives it. */
export interface MatchedIdentity {
  namespace: string;
  name: string;
  type: IdentityType;
  clientID: string;
  resourceID: string;
  /** Of types 1 and 2. */
  servicePrincipal?: ServicePrincipal;
  binding: { namespace: string; name: string };
}

export type Owner = Static<typeof parts.Owner>;

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
  /** What pod identity gives it, where people chose another identity (the first of `principals`) in its place. */
  insteadOf?: PrincipalRef;
  owner?: Owner;
  state: UsageState;
  pods: number;
  findings: Code[];
}

export type ClientPath = "sdk" | "proxy";

/** What flags, prompts and the config file decided: the only input of `map` besides Facts. */
export type { Decisions, WorkloadDecision };

export type Trust = Static<typeof parts.Trust>;

export interface Mapping {
  usage: string;
  serviceAccount: { name: string; use: "existing" | "create" };
  client: ClientPath;
  trusts: Trust[];
  defaultPrincipal?: PrincipalRef;
  reasons: Code[];
  /** What nothing may be done before. */
  blockedBy: Code[];
  /** What the pods may not be switched before; stage prepare goes on. Absent where there is nothing. */
  switchBlockedBy?: Code[];
  notChecked: Code[];
}

/** A value at a place in an object. List items are named by key, never by index. Absent `before` or `after`: no such field. */
export type Change = Static<typeof parts.Change>;

export type Stage = "prepare" | "switch" | "cleanup";
export const stages: readonly Stage[] = ["prepare", "switch", "cleanup"];

/** A federated identity credential in ARM; `id` is its resource id, `principal` that of its identity in lower case. */
export type AzureRef = Static<typeof parts.AzureRef>;

/** An identity binding in ARM. */
export type IdentityBindingRef = Static<typeof parts.IdentityBindingRef>;

/** One change of one target. The patch, its guards, its inverse, the diff and the status are all derived from it. */
export type Step = Static<typeof parts.Step>;

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

export type { Code, Finding };
