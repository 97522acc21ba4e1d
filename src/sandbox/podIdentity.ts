import type { KubernetesObject } from "../core/kubernetes.ts";
import { podIdentityInstallations } from "../core/podIdentity/installation.ts";

const registry = "mcr.microsoft.com/oss/azure/aad-pod-identity";

/** NMI and MIC in standard mode, for manifests that come without an installation; nothing where there is one. */
export function podIdentityInstallation(objects: readonly KubernetesObject[]): KubernetesObject[] {
  const ofKind = (kind: string) =>
    objects
      .filter(object => object.kind === kind)
      .map(object => ({
        ref: {
          source: "",
          apiVersion: object.apiVersion,
          kind,
          namespace: object.metadata.namespace ?? "default",
          name: object.metadata.name,
        },
        object,
      }));
  if (podIdentityInstallations(ofKind).length > 0) return [];
  return [workload("DaemonSet", "nmi", {}), workload("Deployment", "mic", { replicas: 2 })];
}

function workload(kind: string, component: "nmi" | "mic", spec: { replicas?: number }): KubernetesObject {
  const labels = { component, "k8s-app": "aad-pod-id" };
  return {
    apiVersion: "apps/v1",
    kind,
    metadata: { name: component, namespace: "kube-system", labels },
    spec: {
      ...spec,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: { containers: [{ name: component, image: `${registry}/${component}:v1.8.17` }] },
      },
    },
  };
}
