import { apiGroup, type KubernetesObject } from "../core/kubernetes.ts";
import { podIdentityInstallations } from "../core/podIdentity/installation.ts";
import { podIdentityVersion, type Resource, resources } from "../kube/resources.ts";

const registry = "mcr.microsoft.com/oss/azure/aad-pod-identity";

/** The kinds of pod identity, and NMI and MIC in standard mode for manifests that come without an installation. */
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
  const definitions = resources.filter(({ apiVersion }) => apiVersion === podIdentityVersion).map(definition);
  if (podIdentityInstallations(ofKind).length > 0) return definitions;
  return [...definitions, workload("DaemonSet", "nmi", {}), workload("Deployment", "mic", { replicas: 2 })];
}

/** As much of a definition as a cluster needs to serve the kind. */
function definition({ apiVersion, kind, plural }: Resource): KubernetesObject {
  const group = apiGroup(apiVersion);
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `${plural}.${group}` },
    spec: {
      group,
      scope: "Namespaced",
      names: { kind, plural, singular: kind.toLowerCase(), listKind: `${kind}List` },
      versions: [{ name: "v1", served: true, storage: true }],
    },
  };
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
