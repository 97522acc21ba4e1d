import type { KubernetesObject } from "../../src/core/kubernetes.ts";

/** Deployments of one namespace; the peer reads one namespace a run. */
export const deploymentsPerNamespace = 100;

const podsPerDeployment = 3;

/** An object, the status the cluster would give it, and those that it owns. */
export interface Planted {
  object: KubernetesObject;
  status?: Record<string, unknown>;
  owned?: readonly Planted[];
}

export function namespaceOf(number: number): string {
  return `bench-${Math.floor(number / deploymentsPerNamespace)}`;
}

/**
 * Application `number` as a cluster with controllers would hold it: a Deployment on a service account of its own with its
 * ReplicaSet and three running pods, and the AzureIdentity and AzureIdentityBinding it uses.
 */
export function application(number: number): Planted[] {
  const name = `app-${String(number).padStart(4, "0")}`;
  const metadata = { name, namespace: namespaceOf(number) };
  const spec = template(name);
  const selector = { matchLabels: { app: name } };
  const hash = (0x5d7f_0000 + number).toString(16);
  const podLabels = { ...spec.metadata.labels, "pod-template-hash": hash };
  const replicaSet: Planted = {
    object: {
      apiVersion: "apps/v1",
      kind: "ReplicaSet",
      metadata: { ...metadata, name: `${name}-${hash}`, labels: podLabels, annotations: revision },
      spec: {
        replicas: podsPerDeployment,
        selector: { matchLabels: { ...selector.matchLabels, "pod-template-hash": hash } },
        template: { ...spec, metadata: { labels: podLabels } },
      },
    },
    status: { observedGeneration: 1, ...counts },
    owned: Array.from({ length: podsPerDeployment }, (_, index) => pod(name, number, index, podLabels)),
  };
  return [
    { object: { apiVersion: "v1", kind: "ServiceAccount", metadata } },
    { object: azureIdentity(metadata, number) },
    { object: azureIdentityBinding(metadata) },
    {
      object: {
        apiVersion: "apps/v1",
        kind: "Deployment",
        metadata: { ...metadata, labels: { app: name }, annotations: revision },
        spec: { replicas: podsPerDeployment, selector, template: spec },
      },
      status: { observedGeneration: 1, updatedReplicas: podsPerDeployment, ...counts },
      owned: [replicaSet],
    },
  ];
}

/** NMI in standard mode, and the webhook's configuration under its real name; it selects no pod of this world. */
export const installations: readonly KubernetesObject[] = [
  {
    apiVersion: "apps/v1",
    kind: "DaemonSet",
    metadata: { name: "nmi", namespace: "default" },
    spec: {
      selector: { matchLabels: { app: "nmi" } },
      template: {
        metadata: { labels: { app: "nmi" } },
        spec: { containers: [{ name: "nmi", image: "mcr.microsoft.com/oss/azure/aad-pod-identity/nmi:v1.8.17" }] },
      },
    },
  },
  {
    apiVersion: "admissionregistration.k8s.io/v1",
    kind: "MutatingWebhookConfiguration",
    metadata: { name: "azure-wi-webhook-mutating-webhook-configuration" },
    webhooks: [
      {
        name: "mutation.azure-workload-identity.io",
        admissionReviewVersions: ["v1"],
        sideEffects: "None",
        clientConfig: { url: "https://127.0.0.1:9443/mutate-v1-pod" },
        objectSelector: { matchLabels: { "azure.workload.identity/use": "true" } },
        rules: [{ apiGroups: [""], apiVersions: ["v1"], operations: ["CREATE"], resources: ["pods"] }],
      },
    ],
  },
];

const revision = { "deployment.kubernetes.io/revision": "1" };
const counts = {
  replicas: podsPerDeployment,
  readyReplicas: podsPerDeployment,
  availableReplicas: podsPerDeployment,
};
const moment = "2026-01-01T00:00:00Z";

function azureIdentity(metadata: { name: string; namespace: string }, number: number): KubernetesObject {
  const resourceGroup = "/subscriptions/00000000-0000-4000-8000-000000000001/resourcegroups/bench";
  return {
    apiVersion: "aadpodidentity.k8s.io/v1",
    kind: "AzureIdentity",
    metadata,
    spec: {
      type: 0,
      resourceID: `${resourceGroup}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/${metadata.name}`,
      clientID: `00000000-0000-4000-8000-${String(number).padStart(12, "0")}`,
    },
  };
}

function azureIdentityBinding(metadata: { name: string; namespace: string }): KubernetesObject {
  return {
    apiVersion: "aadpodidentity.k8s.io/v1",
    kind: "AzureIdentityBinding",
    metadata,
    spec: { azureIdentity: metadata.name, selector: metadata.name },
  };
}

function template(name: string) {
  return {
    metadata: { labels: { app: name, aadpodidbinding: name } },
    spec: {
      serviceAccountName: name,
      containers: [
        {
          name: "app",
          image: `registry.example/shop/${name}:1.4.2`,
          ports: [{ name: "http", containerPort: 8080 }],
          env: [
            { name: "LOG_LEVEL", value: "info" },
            { name: "DATABASE_HOST", value: `${name}.database.example` },
            { name: "AZURE_KEYVAULT_NAME", value: `kv-${name}` },
          ],
          resources: { requests: { cpu: "100m", memory: "128Mi" }, limits: { memory: "256Mi" } },
          readinessProbe: { httpGet: { path: "/ready", port: "http" }, periodSeconds: 10 },
          livenessProbe: { httpGet: { path: "/alive", port: "http" }, periodSeconds: 20 },
        },
      ],
    },
  };
}

/** With what admission and the kubelet add, as far as the API server of the testbed does not. */
function pod(name: string, number: number, index: number, labels: Record<string, string>): Planted {
  const { spec } = template(name);
  const mount = { name: "kube-api-access-x7k2p", mountPath: "/var/run/secrets/kubernetes.io/serviceaccount" };
  const condition = (type: string) => ({ type, status: "True", lastTransitionTime: moment });
  return {
    object: {
      apiVersion: "v1",
      kind: "Pod",
      metadata: {
        name: `${name}-${labels["pod-template-hash"]}-${String(number * podsPerDeployment + index).padStart(5, "x")}`,
        namespace: namespaceOf(number),
        labels,
      },
      spec: {
        ...spec,
        nodeName: `node-${index + 1}`,
        containers: spec.containers.map(container => ({ ...container, volumeMounts: [{ ...mount, readOnly: true }] })),
        volumes: [{ name: mount.name, projected: { sources: tokenSources } }],
      },
    },
    status: {
      phase: "Running",
      podIP: `10.1.${number % 250}.${index + 2}`,
      startTime: moment,
      conditions: ["PodScheduled", "Initialized", "ContainersReady", "Ready"].map(condition),
      containerStatuses: [
        {
          name: "app",
          image: `registry.example/shop/${name}:1.4.2`,
          imageID: `registry.example/shop/${name}@sha256:${"0".repeat(64)}`,
          containerID: `containerd://${"0".repeat(64)}`,
          ready: true,
          started: true,
          restartCount: 0,
          state: { running: { startedAt: moment } },
        },
      ],
    },
  };
}

const tokenSources = [
  { serviceAccountToken: { expirationSeconds: 3607, path: "token" } },
  { configMap: { name: "kube-root-ca.crt", items: [{ key: "ca.crt", path: "ca.crt" }] } },
  {
    downwardAPI: { items: [{ path: "namespace", fieldRef: { apiVersion: "v1", fieldPath: "metadata.namespace" } }] },
  },
];
