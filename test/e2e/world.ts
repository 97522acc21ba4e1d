import type { KubernetesObject } from "../testbed/objects.ts";
import type { ManagedIdentity } from "./azure.ts";

const podIdentity = "aadpodidentity.k8s.io/v1";

export function namespace(name: string): KubernetesObject {
  return { apiVersion: "v1", kind: "Namespace", metadata: { name } };
}

export function serviceAccount(
  namespace: string,
  name: string,
  annotations: Record<string, string> = {},
): KubernetesObject {
  return { apiVersion: "v1", kind: "ServiceAccount", metadata: { namespace, name, annotations } };
}

/** The AzureIdentity of a managed identity, under the identity's own name. */
export function azureIdentity(namespace: string, { name, clientID, resourceID }: ManagedIdentity): KubernetesObject {
  const spec = { type: 0, clientID, resourceID };
  return { apiVersion: podIdentity, kind: "AzureIdentity", metadata: { namespace, name }, spec };
}

export function azureIdentityBinding(
  namespace: string,
  { azureIdentity, selector }: { azureIdentity: string; selector: string },
): KubernetesObject {
  const metadata = { namespace, name: `${azureIdentity}-binding` };
  return { apiVersion: podIdentity, kind: "AzureIdentityBinding", metadata, spec: { azureIdentity, selector } };
}

/** What tests decide about a workload; `label` is the value of `aadpodidbinding`. */
export interface Workload {
  label?: string;
  account?: string;
  replicas?: number;
  annotations?: Record<string, string>;
  image?: string;
  /** More labels of the pod template. */
  labels?: Record<string, string>;
}

function template(name: string, { label, account, image = "shop/app:1", labels = {} }: Workload) {
  return {
    metadata: { labels: { app: name, ...labels, ...(label === undefined ? {} : { aadpodidbinding: label }) } },
    spec: {
      ...(account === undefined ? {} : { serviceAccountName: account }),
      terminationGracePeriodSeconds: 0,
      containers: [{ name: "app", image }],
    },
  };
}

/** A Deployment, StatefulSet, DaemonSet or ReplicaSet whose pods have the label `app=NAME`. */
function controller(kind: string, namespace: string, name: string, workload: Workload, spec: object): KubernetesObject {
  const { annotations = {} } = workload;
  const selector = { matchLabels: { app: name } };
  return {
    apiVersion: "apps/v1",
    kind,
    metadata: { namespace, name, annotations },
    spec: { ...spec, selector, template: template(name, workload) },
  };
}

export function deployment(namespace: string, name: string, workload: Workload = {}): KubernetesObject {
  return controller("Deployment", namespace, name, workload, { replicas: workload.replicas ?? 1 });
}

export function statefulSet(namespace: string, name: string, workload: Workload = {}): KubernetesObject {
  return controller("StatefulSet", namespace, name, workload, { replicas: workload.replicas ?? 1, serviceName: name });
}

export function daemonSet(namespace: string, name: string, workload: Workload = {}): KubernetesObject {
  return controller("DaemonSet", namespace, name, workload, {});
}

export function replicaSet(namespace: string, name: string, workload: Workload = {}): KubernetesObject {
  return controller("ReplicaSet", namespace, name, workload, { replicas: workload.replicas ?? 1 });
}

function toCompletion(name: string, workload: Workload) {
  const { metadata, spec } = template(name, workload);
  return { metadata, spec: { ...spec, restartPolicy: "Never" } };
}

export function job(namespace: string, name: string, workload: Workload = {}): KubernetesObject {
  const spec = { template: toCompletion(name, workload) };
  return { apiVersion: "batch/v1", kind: "Job", metadata: { namespace, name }, spec };
}

/** A CronJob that is not due while a test runs. */
export function cronJob(namespace: string, name: string, workload: Workload = {}): KubernetesObject {
  const spec = { schedule: "0 0 29 2 1", jobTemplate: { spec: { template: toCompletion(name, workload) } } };
  return { apiVersion: "batch/v1", kind: "CronJob", metadata: { namespace, name }, spec };
}

export function pod(namespace: string, name: string, workload: Workload = {}): KubernetesObject {
  const { metadata, spec } = template(name, workload);
  return { apiVersion: "v1", kind: "Pod", metadata: { namespace, name, labels: metadata.labels }, spec };
}

function installed(kind: string, component: "nmi" | "mic", args: string[]): KubernetesObject {
  const labels = { component };
  const image = `mcr.microsoft.com/oss/azure/aad-pod-identity/${component}:v1.8.17`;
  const container = { name: component, image, args };
  return {
    apiVersion: "apps/v1",
    kind,
    metadata: { namespace: "kube-system", name: component },
    spec: { selector: { matchLabels: labels }, template: { metadata: { labels }, spec: { containers: [container] } } },
  };
}

/** AAD Pod Identity as its manifests install it by default. */
export const standardMode: readonly KubernetesObject[] = [
  installed("DaemonSet", "nmi", ["--node=$(NODE_NAME)", "--http-probe-port=8085"]),
  installed("Deployment", "mic", ["--cloudconfig=/etc/kubernetes/azure.json", "--logtostderr"]),
];

/** AAD Pod Identity without MIC: bindings match inside their namespace. */
export const managedMode: readonly KubernetesObject[] = [
  installed("DaemonSet", "nmi", ["--node=$(NODE_NAME)", "--operation-mode=managed", "--forceNamespaced"]),
];

/** Everything that gives the workloads with this label the identity, from this namespace. */
export function bound(
  namespace: string,
  identity: ManagedIdentity,
  selector: string = identity.name,
): KubernetesObject[] {
  return [
    azureIdentity(namespace, identity),
    azureIdentityBinding(namespace, { azureIdentity: identity.name, selector }),
  ];
}
