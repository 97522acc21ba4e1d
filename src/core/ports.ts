import type { Json, KubernetesObject } from "./kubernetes.ts";
import type { FilesSource, Finding, FoundObject, ObjectRef, SourceId, Unknown } from "./model.ts";

/** One operation of RFC 6902. */
export type JsonPatchOperation =
  | { op: "test" | "add" | "replace"; path: string; value: Json }
  | { op: "remove"; path: string };

export interface WriteOptions {
  /** Runs admission and validation without storing: `dryRun=All`. */
  dryRun?: "All";
  signal?: AbortSignal;
}

export interface ListOptions {
  apiVersion: string;
  kind: string;
  namespace?: string;
  labelSelector?: string;
  signal?: AbortSignal;
}

/** What somebody wants to do, as a SelfSubjectAccessReview asks it. */
export interface AccessAttributes {
  verb: string;
  group: string;
  /** The plural. */
  resource: string;
  subresource?: string;
  /** Absent: at the cluster's scope. */
  namespace?: string;
  /** Absent: whatever its name. */
  name?: string;
}

/** A rule of RBAC for resources: `*` stands for all, no `resourceNames` for every name. */
export interface ResourceRule {
  verbs: string[];
  apiGroups: string[];
  resources: string[];
  resourceNames: string[];
}

/** What the caller may do, as the server's authorizers say. */
export interface AccessReviews {
  mayI(attributes: AccessAttributes, options?: { signal?: AbortSignal }): Promise<boolean>;
  /** All that the caller may do with resources of a namespace; undefined where the server does not know all of it. */
  rulesIn(namespace: string, options?: { signal?: AbortSignal }): Promise<ResourceRule[] | undefined>;
  /** The name that the server knows the caller by; undefined where it is older than the question (Kubernetes 1.28). */
  whoAmI(options?: { signal?: AbortSignal }): Promise<string | undefined>;
}

export interface TokenRequest {
  namespace: string;
  serviceAccount: string;
  audience: string;
  expirationSeconds: number;
}

/** A live cluster. Every method throws `ApiError` for what the server refuses and for what never reached it. */
export interface ClusterAccess extends AccessReviews {
  readonly source: SourceId;
  /** The object as the server has it, raw, or undefined where there is none. */
  get(
    ref: Pick<ObjectRef, "apiVersion" | "kind" | "namespace" | "name">,
    options?: { signal?: AbortSignal },
  ): Promise<KubernetesObject | undefined>;
  list(options: ListOptions): Promise<KubernetesObject[]>;
  create(object: KubernetesObject, options?: WriteOptions): Promise<KubernetesObject>;
  patch(
    ref: Pick<ObjectRef, "apiVersion" | "kind" | "namespace" | "name">,
    operations: JsonPatchOperation[],
    options?: WriteOptions,
  ): Promise<KubernetesObject>;
  /** What a kind is called in URLs and in rules of RBAC. */
  resourceOf(ref: Pick<ObjectRef, "apiVersion" | "kind">): { group: string; resource: string };
  /** A new token of a service account, as `TokenRequest` has it; it is a secret. The least lifetime is 600 seconds. */
  requestToken(request: TokenRequest, options?: { signal?: AbortSignal }): Promise<string>;
  /** Deletes just this object: one of the same name that has another uid stays. One that is gone already is no error. */
  delete(
    ref: Pick<ObjectRef, "apiVersion" | "kind" | "namespace" | "name"> & { uid: string },
    options?: { gracePeriodSeconds?: number; signal?: AbortSignal },
  ): Promise<void>;
  /** PUT of an object this tool owns (records); its `resourceVersion` guards it. */
  replace(object: KubernetesObject, options?: WriteOptions): Promise<KubernetesObject>;
}

/** What a collector read from one cluster, before anything is decided. */
export interface CollectedCluster {
  id: SourceId;
  context: string;
  server: string;
  serverVersion?: string;
  /** From `/.well-known/openid-configuration`, verbatim. */
  issuer?: string;
  /** False where discovery does not list `aadpodidentity.k8s.io/v1`. */
  podIdentityInstalled: boolean;
  objects: FoundObject[];
  unknown: Unknown[];
  findings: Finding[];
}

export interface CollectedFiles {
  source: FilesSource;
  objects: FoundObject[];
  findings: Finding[];
}

/** Why a request to Kubernetes or Azure failed. `status` is absent where no answer came. */
export class ApiError extends Error {
  override name = "ApiError";
  readonly status: number | undefined;
  /** The Status reason of Kubernetes (`AlreadyExists`) or the error code of ARM. */
  readonly reason: string | undefined;
  readonly retryAfterSeconds: number | undefined;

  constructor(
    message: string,
    about: {
      status?: number | undefined;
      reason?: string | undefined;
      retryAfterSeconds?: number | undefined;
      cause?: unknown;
    } = {},
  ) {
    super(message, about.cause === undefined ? undefined : { cause: about.cause });
    this.status = about.status;
    this.reason = about.reason;
    this.retryAfterSeconds = about.retryAfterSeconds;
  }
}
