import type { JsonObject, KubernetesObject } from "../../src/core/kubernetes.ts";

export const registry = "mcr.microsoft.com/oss/azure/aad-pod-identity";

export interface ComponentOptions {
  kind?: "DaemonSet" | "Deployment";
  namespace?: string;
  /** Of the container. */
  name?: string;
  image?: string;
  command?: string[];
  args?: string[];
  env?: JsonObject[];
  envFrom?: JsonObject[];
  labels?: Record<string, string>;
  spec?: JsonObject;
  status?: JsonObject;
}

/** The workload of NMI or MIC as pod identity's manifests have it; the object is called like the component. */
export function component(component: "nmi" | "mic", about: ComponentOptions = {}): KubernetesObject {
  const { command, args, env, envFrom, labels, spec, status } = about;
  const container: JsonObject = {
    name: about.name ?? component,
    image: about.image ?? `${registry}/${component}:v1.8.17`,
    ...(command ? { command } : {}),
    ...(args ? { args } : {}),
    ...(env ? { env } : {}),
    ...(envFrom ? { envFrom } : {}),
  };
  return {
    apiVersion: "apps/v1",
    kind: about.kind ?? (component === "nmi" ? "DaemonSet" : "Deployment"),
    metadata: { name: component, namespace: about.namespace ?? "default", ...(labels ? { labels } : {}) },
    spec: { ...spec, template: { spec: { containers: [{ name: "log" }, container] } } },
    ...(status ? { status } : {}),
  };
}

/** The variable as a container has it by value. */
export const forced = (value: string) => ({ env: [{ name: "FORCENAMESPACED", value }] });
