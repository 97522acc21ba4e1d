import { parseAllDocuments } from "yaml";

/** Anything with a kind; the testbed hands objects to the API server, which judges them. */
export type KubernetesObject = { apiVersion: string; kind: string } & Record<string, unknown>;

const rbac = "rbac.authorization.k8s.io/v1";

function clusterRoleBinding(name: string, role: string, kind: "User" | "Group", subjects: string[]): KubernetesObject {
  return {
    apiVersion: rbac,
    kind: "ClusterRoleBinding",
    metadata: { name },
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: role },
    subjects: subjects.map(subject => ({ apiGroup: "rbac.authorization.k8s.io", kind, name: subject })),
  };
}

/**
 * What every testbed has: rights of the `reader`, and the issuer's documents served to everybody, as on AKS, where Entra
 * reads them without signing in.
 */
export const clusterObjects: readonly KubernetesObject[] = [
  {
    apiVersion: rbac,
    kind: "ClusterRole",
    metadata: { name: "testbed-reader" },
    rules: [
      { apiGroups: ["*"], resources: ["*"], verbs: ["get", "list", "watch"] },
      { nonResourceURLs: ["*"], verbs: ["get"] },
    ],
  },
  clusterRoleBinding("testbed-reader", "testbed-reader", "User", ["reader"]),
  clusterRoleBinding("testbed-issuer", "system:service-account-issuer-discovery", "Group", [
    "system:unauthenticated",
    "system:authenticated",
  ]),
  // The controller manager makes it too, a little later or, where it is not started, never.
  { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "default", namespace: "default" } },
];

/** Plain nodes, which kwok makes Ready and pretends to run pods on. */
export const nodes: readonly KubernetesObject[] = [1, 2, 3].map(number => ({
  apiVersion: "v1",
  kind: "Node",
  metadata: {
    name: `node-${number}`,
    labels: {
      "kubernetes.io/hostname": `node-${number}`,
      "kubernetes.io/os": "linux",
      "kubernetes.io/arch": "amd64",
    },
  },
}));

/**
 * The webhook configuration that azure-workload-identity publishes, under its real name, with a url in place of the
 * service: there is no network between the API server and pods here.
 */
export function webhookConfiguration(manifest: string, url: string, caData: string): KubernetesObject {
  const published = parseAllDocuments(manifest)
    .map(document => document.toJS() as KubernetesObject & { webhooks: Record<string, unknown>[] })
    .find(({ kind }) => kind === "MutatingWebhookConfiguration");
  if (published === undefined) throw new Error("The published manifest has no MutatingWebhookConfiguration");
  const webhooks = published.webhooks.map(webhook => ({ ...webhook, clientConfig: { url, caBundle: caData } }));
  return { ...published, webhooks };
}

/** A pod that the webhook changes, to see that the API server has begun to call it. */
export const probePod: KubernetesObject = {
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name: "probe", namespace: "default", labels: { "azure.workload.identity/use": "true" } },
  spec: { containers: [{ name: "probe", image: "probe" }] },
};
