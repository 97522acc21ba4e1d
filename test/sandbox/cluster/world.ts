import { afterEach } from "vitest";
import type { KubernetesObject } from "../../../src/core/kubernetes.ts";
import { connectionTo } from "../../../src/kube/transport.ts";
import { type SimulatedClusterOptions, startSimulatedCluster } from "../../../src/sandbox/cluster/simulatedCluster.ts";
import { SimulatedClock } from "../../../src/sandbox/simulatedClock.ts";

const started: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of started.splice(0)) await stop();
});

/** A cluster on a clock of its own, asked through the tool's own client; it ends with the test. */
export async function world(options: Omit<SimulatedClusterOptions, "clock"> = { objects: [] }) {
  const clock = new SimulatedClock();
  const cluster = await startSimulatedCluster({ clock, ...options });
  const connection = connectionTo({ server: cluster.url, context: "simulated" });
  started.push(async () => {
    connection.close();
    await cluster.stop();
  });
  const get = async (path: string) => (await connection.request({ method: "GET", path })) as KubernetesObject;
  const patch = async (path: string, operations: object[]) =>
    (await connection.request({
      method: "PATCH",
      path,
      body: operations,
      contentType: "application/json-patch+json",
    })) as KubernetesObject;
  return { clock, cluster, connection, get, patch };
}

export const web = "/apis/apps/v1/namespaces/shop/deployments/web";

export function workload(kind: string, name: string, spec: object = {}, podSpec: object = {}) {
  return {
    apiVersion: "apps/v1",
    kind,
    metadata: { name, namespace: "shop" },
    spec: {
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name } },
        spec: { containers: [{ name: "app", image: "shop/app:1" }], ...podSpec },
      },
      ...spec,
    },
  };
}

export const useServiceAccount = (name: string) => ({
  op: "add",
  path: "/spec/template/spec/serviceAccountName",
  value: name,
});

/** The parts of a Deployment's status that tell how far it is. */
export function progress({ status = {} }: KubernetesObject) {
  const conditions = (status.conditions ?? []) as { type: string; reason: string; message: string }[];
  const { observedGeneration, replicas, updatedReplicas = 0, availableReplicas = 0 } = status;
  const progressing = conditions.find(({ type }) => type === "Progressing")?.reason;
  return { observedGeneration, replicas, updatedReplicas, availableReplicas, progressing };
}
