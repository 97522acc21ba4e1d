import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { RawObject } from "../../src/kube/list.ts";
import { reduceObject } from "../../src/kube/reduce.ts";
import { type Resource, resources } from "../../src/kube/resources.ts";

function kind(name: string): Resource {
  const found = resources.find(resource => resource.kind === name);
  if (!found) throw new Error(name);
  return found;
}

const noise = {
  resourceVersion: "7",
  creationTimestamp: "2024-01-01T00:00:00Z",
  managedFields: [
    { manager: "argocd-controller", operation: "Apply", fieldsV1: { "f:spec": {} } },
    { manager: "kube-controller-manager", operation: "Update", fieldsV1: {} },
    { manager: "argocd-controller", operation: "Update", fieldsV1: {} },
  ],
};

const lastApplied = { "kubectl.kubernetes.io/last-applied-configuration": "{}" };
const controller = [{ apiVersion: "apps/v1", kind: "Deployment", name: "cart", uid: "u", controller: true }];

describe("a Pod", () => {
  const raw: RawObject = {
    metadata: {
      name: "cart-1",
      namespace: "shop",
      uid: "u1",
      generateName: "cart-",
      labels: { aadpodidbinding: "cart" },
      ownerReferences: controller,
      finalizers: ["x"],
      annotations: {
        ...lastApplied,
        "azure.workload.identity/inject-proxy-sidecar": "true",
        "kubernetes.io/config.source": "file",
        "argocd.argoproj.io/tracking-id": "a",
        "kubectl.kubernetes.io/restartedAt": "now",
      },
      ...noise,
    },
    spec: {
      serviceAccountName: "cart",
      serviceAccount: "cart",
      nodeName: "n1",
      nodeSelector: { os: "linux" },
      tolerations: [{}],
      containers: [
        {
          name: "app",
          image: "shop/cart:1",
          args: ["--password=hunter2"],
          resources: {},
          env: [
            { name: "AZURE_CLIENT_ID", value: "c" },
            { name: "AZURE_CLIENT_SECRET", value: "hunter2" },
            { name: "AZURE_STORAGE_CONNECTION_STRING", value: "hunter2" },
            { name: "AZURE_FEDERATED_TOKEN_FILE", value: "/var/run/secrets/azure/tokens/azure-identity-token" },
            { name: "DB_PASSWORD", value: "hunter2" },
            { name: "FROM", valueFrom: { secretKeyRef: { name: "s", key: "k" } } },
          ],
        },
      ],
      initContainers: [{ name: "azwi-proxy-init", image: "proxy-init" }],
      volumes: [
        { name: "data", emptyDir: {} },
        {
          name: "azure-identity-token",
          projected: {
            defaultMode: 420,
            sources: [
              { serviceAccountToken: { audience: "api://AzureADTokenExchange", path: "azure-identity-token" } },
              { configMap: { name: "x" } },
            ],
          },
        },
        { name: "certs", projected: { sources: [{ secret: { name: "x" } }] } },
      ],
    },
    status: {
      phase: "Running",
      podIP: "10.0.0.1",
      hostIP: "10.0.0.2",
      conditions: [
        { type: "Initialized", status: "True" },
        { type: "Ready", status: "False", reason: "ContainersNotReady", lastTransitionTime: "now" },
      ],
      containerStatuses: [
        {
          name: "app",
          ready: false,
          restartCount: 4,
          image: "sha",
          state: { waiting: { reason: "CrashLoopBackOff", message: "long" } },
          lastState: { terminated: {} },
        },
      ],
    },
  };

  it("keeps who it is, whom it runs as, what was injected and how it fares, and no secret", () => {
    const reduced = reduceObject(raw, kind("Pod"));
    expect(reduced).toEqual({
      apiVersion: "v1",
      kind: "Pod",
      metadata: {
        name: "cart-1",
        namespace: "shop",
        uid: "u1",
        generateName: "cart-",
        creationTimestamp: "2024-01-01T00:00:00Z",
        labels: { aadpodidbinding: "cart" },
        ownerReferences: controller,
        annotations: {
          "azure.workload.identity/inject-proxy-sidecar": "true",
          "kubernetes.io/config.source": "file",
          "argocd.argoproj.io/tracking-id": "a",
        },
      },
      spec: {
        serviceAccountName: "cart",
        serviceAccount: "cart",
        nodeName: "n1",
        nodeSelector: { os: "linux" },
        containers: [
          {
            name: "app",
            image: "shop/cart:1",
            env: [
              { name: "AZURE_CLIENT_ID", value: "c" },
              { name: "AZURE_CLIENT_SECRET" },
              { name: "AZURE_STORAGE_CONNECTION_STRING" },
              { name: "AZURE_FEDERATED_TOKEN_FILE", value: "/var/run/secrets/azure/tokens/azure-identity-token" },
              { name: "DB_PASSWORD" },
              { name: "FROM" },
            ],
          },
        ],
        initContainers: [{ name: "azwi-proxy-init", image: "proxy-init" }],
        volumes: [
          {
            name: "azure-identity-token",
            projected: {
              sources: [
                { serviceAccountToken: { audience: "api://AzureADTokenExchange", path: "azure-identity-token" } },
              ],
            },
          },
        ],
      },
      status: {
        phase: "Running",
        podIP: "10.0.0.1",
        conditions: [{ type: "Ready", status: "False", reason: "ContainersNotReady" }],
        containerStatuses: [
          { name: "app", ready: false, restartCount: 4, state: { waiting: { reason: "CrashLoopBackOff" } } },
        ],
      },
    });
    expect(JSON.stringify(reduced)).not.toContain("hunter2");
  });
});

describe("a workload", () => {
  const spec = {
    replicas: 2,
    template: {
      metadata: { labels: { app: "cart" } },
      spec: { containers: [{ name: "a", env: [{ name: "A", value: "b" }] }] },
    },
  };
  const status = { observedGeneration: 3, replicas: 2 };

  it("keeps its whole spec and status, and of managedFields who manages it", () => {
    const raw = {
      metadata: { name: "cart", generation: 3, annotations: { ...lastApplied, note: "x" }, ...noise },
      spec,
      status,
    };
    expect(reduceObject(raw, kind("Deployment"))).toEqual({
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: {
        name: "cart",
        generation: 3,
        resourceVersion: "7",
        creationTimestamp: "2024-01-01T00:00:00Z",
        annotations: { note: "x" },
        managers: ["argocd-controller", "kube-controller-manager"],
      },
      spec,
      status,
    });
  });

  it("keeps who manages the fields that steps change, the last to write them last, and of what a controller makes nobody", () => {
    const template = (...fields: string[]) => ({
      "f:spec": { "f:template": { "f:spec": Object.fromEntries(fields.map(field => [`f:${field}`, {}])) } },
    });
    const managedFields = [
      { manager: "helm", time: "2026-01-02T00:00:00Z", fieldsV1: template("serviceAccountName", "containers") },
      { manager: "kubectl-edit", time: "2026-01-03T00:00:00Z", fieldsV1: template("serviceAccount") },
      { manager: "kubectl-create", time: "2026-01-01T00:00:00Z", watched: 32 },
      { manager: "kube-controller-manager", fieldsV1: { "f:status": {} }, subresource: "status" },
      { fieldsV1: template("serviceAccountName") },
      "odd",
    ];
    const metadata = { name: "cart", managedFields };
    const fields = ["template.spec.serviceAccountName"];
    expect(reduceObject({ metadata, spec }, kind("Deployment")).metadata.fieldManagers).toEqual([
      { manager: "kubectl-create", fields },
      { manager: "helm", fields },
      { manager: "kubectl-edit", fields },
    ]);
    const owned = { metadata: { ...metadata, ownerReferences: controller }, spec };
    expect(reduceObject(owned, kind("ReplicaSet")).metadata.fieldManagers).toBeUndefined();
  });

  it.each(["ReplicaSet", "Job"])("that is a %s keeps its spec only when nobody controls it", name => {
    const alone = { metadata: { name: "cart" }, spec, status };
    expect(reduceObject(alone, kind(name))).toMatchObject({ spec, status });
    const owned = { metadata: { name: "cart", ownerReferences: controller }, spec, status };
    const { apiVersion } = kind(name);
    expect(reduceObject(owned, kind(name))).toEqual({
      apiVersion,
      kind: name,
      metadata: { name: "cart", ownerReferences: controller },
      spec: { template: { metadata: { labels: { app: "cart" } } } },
    });
  });
});

describe("other kinds", () => {
  it("keep what mapping reads", () => {
    const metadata = { name: "a" };
    expect(
      reduceObject(
        { metadata, imagePullSecrets: [{ name: "p" }], automountServiceAccountToken: false, secrets: [{}] },
        kind("ServiceAccount"),
      ),
    ).toEqual({
      apiVersion: "v1",
      kind: "ServiceAccount",
      metadata,
      imagePullSecrets: [{ name: "p" }],
      automountServiceAccountToken: false,
      secrets: [{}],
    });
    expect(reduceObject({ metadata, roleRef: { name: "r" }, subjects: [{ name: "s" }] }, kind("RoleBinding"))).toEqual({
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "RoleBinding",
      metadata,
      roleRef: { name: "r" },
      subjects: [{ name: "s" }],
    });
    expect(
      reduceObject(
        { metadata, webhooks: [{ name: "w", clientConfig: { caBundle: "LS0t", service: { name: "s" } } }] },
        kind("MutatingWebhookConfiguration"),
      ).webhooks,
    ).toEqual([{ name: "w", clientConfig: { service: { name: "s" } } }]);
    expect(
      reduceObject(
        { metadata, webhooks: [{ name: "w", clientConfig: { caBundle: "LS0t" }, matchConditions: [] }] },
        { ...kind("MutatingWebhookConfiguration"), kind: "ValidatingWebhookConfiguration", fields: ["webhooks"] },
      ).webhooks,
    ).toEqual([{ name: "w", clientConfig: {}, matchConditions: [] }]);
    const spec = { type: 0, ResourceID: "/subscriptions/x" };
    expect(reduceObject({ metadata, spec, status: {} }, kind("AzureIdentity")).spec).toEqual(spec);
  });
});

const value = fc.jsonValue({ maxDepth: 3 });
const field = fc.oneof(
  fc.constantFrom(
    "metadata",
    "spec",
    "status",
    "labels",
    "annotations",
    "ownerReferences",
    "containers",
    "initContainers",
    "env",
    "name",
    "value",
    "volumes",
    "projected",
    "sources",
    "serviceAccountToken",
    "template",
    "webhooks",
    "clientConfig",
    "conditions",
    "type",
    "containerStatuses",
    "state",
    "waiting",
    "reason",
    "controller",
    "managedFields",
    "manager",
    "AZURE_CLIENT_ID",
    "__proto__",
  ),
  fc.string({ maxLength: 5 }),
);
const { tree } = fc.letrec(tie => ({
  tree: fc.oneof(
    { maxDepth: 7 },
    value,
    fc.array(tie("tree"), { maxLength: 3 }),
    fc.array(fc.tuple(field, tie("tree")), { maxLength: 5 }).map(entries => Object.fromEntries(entries)),
  ),
}));
const object = fc.array(fc.tuple(field, tree), { maxLength: 5 }).map(entries => Object.fromEntries(entries));

/** Whether every value of `part` is at the same place in `whole`; list items may be left out, not reordered. */
function within(part: unknown, whole: unknown): boolean {
  if (Array.isArray(part)) {
    if (!Array.isArray(whole)) return false;
    let from = 0;
    return part.every(item => {
      while (from < whole.length) if (within(item, whole[from++])) return true;
      return false;
    });
  }
  if (typeof part === "object" && part !== null) {
    if (typeof whole !== "object" || whole === null || Array.isArray(whole)) return false;
    return Object.entries(part).every(
      ([key, item]) => Object.hasOwn(whole, key) && within(item, Object.getOwnPropertyDescriptor(whole, key)?.value),
    );
  }
  return Object.is(part, whole);
}

describe("reducing", () => {
  it("never invents a field, never changes its input, and does the same when done twice", () => {
    fc.assert(
      fc.property(fc.constantFrom(...resources), object, object, (resource, metadata, rest) => {
        const raw = { ...rest, metadata: { ...metadata, name: "a" } } as RawObject;
        const before = JSON.stringify(raw);
        const { apiVersion, kind: kindName, ...reduced } = reduceObject(raw, resource);
        expect({ apiVersion, kind: kindName }).toEqual({ apiVersion: resource.apiVersion, kind: resource.kind });
        const { managers = [], ...others } = reduced.metadata;
        expect(within({ ...reduced, metadata: others }, raw)).toBe(true);
        for (const manager of managers)
          expect(JSON.stringify(raw.metadata.managedFields)).toContain(JSON.stringify(manager));
        expect(JSON.stringify(raw)).toBe(before);
      }),
      { numRuns: 500 },
    );
  });

  it("copies nothing that it keeps whole", () => {
    const spec = { template: {} };
    expect(reduceObject({ metadata: { name: "a" }, spec }, kind("Deployment")).spec).toBe(spec);
  });
});
