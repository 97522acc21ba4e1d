import { normalResourceID } from "../../src/core/azure/resourceId.ts";
import { type Facts, ObjectIndex } from "../../src/core/facts.ts";
import type { JsonObject, KubernetesObject } from "../../src/core/kubernetes.ts";
import { podTemplatePaths } from "../../src/core/kubernetes.ts";
import type {
  AzureFacts,
  AzureIdentityFacts,
  ClusterSource,
  Decisions,
  FederatedCredential,
  FilesSource,
  FoundObject,
  Unknown,
} from "../../src/core/model.ts";

export const west = "11111111-1111-4111-8111-111111111111";
export const issuer = "https://westeurope.oic.prod-aks.azure.com/tenant/west/";
export const tenant = "aaaaaaaa-0000-0000-0000-00000000000a";
export const audience = "api://AzureADTokenExchange";
export const files = "files:deploy";

export const decisions: Decisions = { audience, serviceAccount: "auto", clientPath: "sdk", proxyPort: 8000 };

/** A GUID that belongs to a name, so that tests can say "the client id of cart". */
export function clientIDOf(name: string): string {
  const digits = [...name].map(letter => letter.charCodeAt(0).toString(16)).join("");
  return `c0000000-0000-4000-8000-${digits.slice(0, 12).padStart(12, "0")}`;
}

export function resourceIDOf(name: string): string {
  return `/subscriptions/sub/resourceGroups/shop/providers/Microsoft.ManagedIdentity/userAssignedIdentities/${name}`;
}

/** `shop/cart` parted; a bare name has no namespace. */
function named(path: string): { namespace?: string; name: string } {
  const [first = "", second] = path.split("/");
  return second === undefined ? { name: first } : { namespace: first, name: second };
}

function object(apiVersion: string, kind: string, path: string, rest: Partial<KubernetesObject> = {}) {
  const { metadata, ...fields } = rest;
  return { apiVersion, kind, metadata: { ...named(path), ...metadata }, ...fields } as KubernetesObject;
}

/** The AzureIdentity `shop/cart` of the managed identity `cart`; `spec` fields win. */
export function azureIdentity(path: string, spec: JsonObject = {}, annotations?: Record<string, string>) {
  const { name } = named(path);
  return object("aadpodidentity.k8s.io/v1", "AzureIdentity", path, {
    spec: { type: 0, resourceID: resourceIDOf(name), clientID: clientIDOf(name), ...spec },
    ...(annotations ? { metadata: { ...named(path), annotations } } : {}),
  });
}

/** The AzureIdentityBinding `shop/cart` of the AzureIdentity `cart` for the label `cart`; `spec` fields win. */
export function binding(path: string, spec: JsonObject = {}) {
  const { name } = named(path);
  return object("aadpodidentity.k8s.io/v1", "AzureIdentityBinding", path, {
    spec: { azureIdentity: name, selector: name, ...spec },
  });
}

/** Identity and binding in one, for the label that is the identity's name. */
export function bound(path: string): KubernetesObject[] {
  return [azureIdentity(path), binding(path)];
}

/** The same for an application with a client secret; `spec` fields win. */
export function boundApplication(path: string, spec: JsonObject = {}): KubernetesObject[] {
  return [azureIdentity(path, { type: 1, resourceID: "", tenantID: tenant, ...spec }), binding(path)];
}

export function exception(path: string, podLabels: JsonObject) {
  return object("aadpodidentity.k8s.io/v1", "AzurePodIdentityException", path, { spec: { podLabels } });
}

export interface WorkloadOptions {
  kind?: string;
  apiVersion?: string;
  /** The value of `aadpodidbinding`. */
  label?: string;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  account?: string;
  podSpec?: JsonObject;
  spec?: JsonObject;
  metadata?: Partial<KubernetesObject["metadata"]>;
}

/** A workload as a live cluster has it: both spellings of the service account. A Pod is its own template. */
export function workload(path: string, options: WorkloadOptions = {}): KubernetesObject {
  const { kind = "Deployment", label, labels, annotations, account, podSpec, spec, metadata } = options;
  const known = podTemplatePaths[kind];
  if (!known) throw new Error(`no workload kind: ${kind}`);
  const podLabels = { ...labels, ...(label === undefined ? {} : { aadpodidbinding: label }) };
  const templateSpec: JsonObject = {
    ...(account === undefined ? {} : { serviceAccountName: account, serviceAccount: account }),
    containers: [{ name: "app" }],
    ...podSpec,
  };
  const podMetadata = { labels: podLabels, ...(annotations ? { annotations } : {}) };
  const apiVersion = options.apiVersion ?? known.apiVersion;
  if (kind === "Pod") {
    const merged = { ...named(path), ...podMetadata, ...metadata };
    return object(apiVersion, kind, path, { metadata: merged, spec: templateSpec });
  }
  const template = { metadata: podMetadata, spec: templateSpec };
  const body: JsonObject = kind === "CronJob" ? { jobTemplate: { spec: { template } } } : { template };
  return object(apiVersion, kind, path, {
    metadata: { ...named(path), ...metadata },
    spec: { ...spec, ...body },
  });
}

export function serviceAccount(
  path: string,
  annotations?: Record<string, string>,
  rest: JsonObject = {},
  metadata: Partial<KubernetesObject["metadata"]> = {},
) {
  return object("v1", "ServiceAccount", path, {
    metadata: { ...named(path), ...(annotations ? { annotations } : {}), ...metadata },
    ...rest,
  });
}

export function roleBinding(path: string, subjects: JsonObject[]) {
  const kind = path.includes("/") ? "RoleBinding" : "ClusterRoleBinding";
  return object("rbac.authorization.k8s.io/v1", kind, path, { subjects });
}

/** What the webhook puts into a pod. */
export const mutated: JsonObject = {
  containers: [
    {
      name: "app",
      env: ["AZURE_CLIENT_ID", "AZURE_TENANT_ID", "AZURE_FEDERATED_TOKEN_FILE", "AZURE_AUTHORITY_HOST"].map(name => ({
        name,
      })),
    },
  ],
  volumes: [{ name: "token", projected: { sources: [{ serviceAccountToken: { audience, path: "t" } }] } }],
};

export function owned(kind: string, name: string, apiVersion = "apps/v1") {
  return { ownerReferences: [{ apiVersion, kind, name, uid: uidOf(kind, name), controller: true }] };
}

function uidOf(kind: string, name: string): string {
  return `uid-${kind}-${name}`.toLowerCase();
}

/** The objects with their refs. Live ones have uids, files have locations. */
export function found(objects: readonly KubernetesObject[], source = west): FoundObject[] {
  return objects.map((one, index) => {
    const { apiVersion, kind, metadata } = one;
    const { namespace, name } = metadata;
    const ref = { source, apiVersion, kind, ...(namespace === undefined ? {} : { namespace }), name };
    return source === files
      ? { ref, object: one, location: { file: "deploy/all.yaml", line: 1 + index * 10 } }
      : { ref: { ...ref, uid: metadata.uid ?? uidOf(kind, name) }, object: one };
  });
}

export function cluster(overrides: Partial<ClusterSource> = {}): ClusterSource {
  return {
    id: west,
    type: "cluster",
    context: "aks-west",
    server: "https://west.example",
    serverVersion: "v1.33.0",
    issuer,
    podIdentity: [{ mode: "standard", namespaced: false, addon: false, namespace: "kube-system", nmi: "1.8.17" }],
    webhook: { installed: true, version: "1.6.0", ready: 2 },
    ...overrides,
  };
}

export const filesSource: FilesSource = { id: files, type: "files", path: "deploy", files: 1, documents: 1 };

export interface FactsOptions {
  cluster?: Partial<ClusterSource>;
  /** Objects in files; with them there is a source of files beside the cluster. */
  files?: readonly KubernetesObject[];
  unknown?: Omit<Unknown, "source" | "reason">[];
  /** What is different in Azure from what the AzureIdentities say, by the identity's name; `credentials` by the same. */
  azure?: Record<string, Partial<AzureIdentityFacts> | "notFound" | { failed: string } | "notAsked">;
  /** The same of applications; they are in the tenant that is asked. */
  applications?: Record<string, ReturnType<NonNullable<AzureFacts["applications"]>["get"]> | "notAsked">;
}

/** Facts of one cluster, in whose Azure every AzureIdentity's managed identity is as the object says. */
export function factsOf(objects: readonly KubernetesObject[], options: FactsOptions = {}): Facts {
  const here = found(objects);
  const inFiles = options.files ? found(options.files, files) : [];
  return {
    sources: [cluster(options.cluster), ...(options.files ? [filesSource] : [])],
    objects: new ObjectIndex([...here, ...inFiles]),
    azure: {
      ...azureOf([...objects, ...(options.files ?? [])], options.azure ?? {}),
      applications: applicationsOf([...objects, ...(options.files ?? [])], options.applications ?? {}),
    },
    unknown: (options.unknown ?? []).map(gap => ({ source: west, reason: "forbidden", ...gap })),
    findings: [],
  };
}

/** Facts of files alone. */
export function factsOfFiles(objects: readonly KubernetesObject[]): Facts {
  const facts = factsOf([], { files: objects });
  return { ...facts, sources: [filesSource] };
}

function azureOf(objects: readonly KubernetesObject[], overrides: NonNullable<FactsOptions["azure"]>): AzureFacts {
  const identities = new Map<string, AzureIdentityFacts | "notFound" | { failed: string }>();
  for (const { kind, spec } of objects) {
    const id = kind === "AzureIdentity" ? normalResourceID(String(spec?.resourceID)) : undefined;
    if (id === undefined) continue;
    const override = overrides[id.split("/").at(-1) ?? ""];
    if (override === "notAsked") continue;
    if (override === "notFound" || (override && "failed" in override)) {
      identities.set(id, override);
      continue;
    }
    if (identities.has(id)) continue;
    identities.set(id, { clientID: String(spec?.clientID), credentials: [], ...override });
  }
  return { identities };
}

function applicationsOf(objects: readonly KubernetesObject[], overrides: NonNullable<FactsOptions["applications"]>) {
  const applications = new Map<string, NonNullable<ReturnType<NonNullable<AzureFacts["applications"]>["get"]>>>();
  for (const { kind, spec, metadata } of objects) {
    if (kind !== "AzureIdentity" || !spec?.type) continue;
    const override = overrides[metadata.name] ?? { credentials: [] };
    if (override !== "notAsked") applications.set(String(spec.clientID).toLowerCase(), override);
  }
  return applications;
}

export function credential(name: string, subject: string, rest: Partial<FederatedCredential> = {}) {
  return { name, issuer, subject: `system:serviceaccount:${subject}`, audience, ...rest };
}
