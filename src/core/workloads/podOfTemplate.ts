import { type JsonObject, type KubernetesObject, podTemplateOf } from "../kubernetes.ts";

/** The pod that a controller would make of this workload's template now; undefined where there is no template. */
export function podOfTemplate(workload: KubernetesObject): KubernetesObject | undefined {
  const template = podTemplateOf(workload);
  if (!template?.spec) return undefined;
  const { name, namespace } = workload.metadata;
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name: "",
      generateName: `${name.slice(0, 200)}-`,
      ...(namespace === undefined ? {} : { namespace }),
      ...(template.metadata?.labels ? { labels: template.metadata.labels } : {}),
      ...(template.metadata?.annotations ? { annotations: template.metadata.annotations } : {}),
    },
    spec: template.spec as unknown as JsonObject,
  };
}
