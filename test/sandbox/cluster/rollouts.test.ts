import { describe, expect, it } from "vitest";
import { progress, useServiceAccount, web, workload, world } from "./world.ts";

const account = { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "cart", namespace: "shop" } };
const podsOf = (cluster: { objects: (kind: string) => { metadata: { name: string }; status?: object }[] }) =>
  cluster
    .objects("Pod")
    .map(({ metadata, status }) => [
      metadata.name.replace(/-[a-z0-9]+-[a-z0-9]+$/, "-*-*"),
      (status as { phase: string }).phase,
    ]);

describe("workloads of the simulated cluster", () => {
  it("run already when it starts, whether their service account is there or not", async () => {
    const { cluster, get } = await world({
      objects: [
        workload("Deployment", "web", { replicas: 2 }, { serviceAccountName: "gone" }),
        workload("StatefulSet", "db"),
      ],
    });
    expect(podsOf(cluster)).toEqual([
      ["db-0", "Running"],
      ["web-*-*", "Running"],
      ["web-*-*", "Running"],
    ]);
    expect(progress(await get(web))).toEqual({
      observedGeneration: 1,
      replicas: 2,
      updatedReplicas: 2,
      availableReplicas: 2,
      progressing: "NewReplicaSetAvailable",
    });
    expect(cluster.objects("ServiceAccount").filter(({ metadata }) => metadata.name === "gone")).toEqual([]);
  });

  it("roll over simulated time, seen by the controller only some time after the change", async () => {
    const { clock, get, patch } = await world({ objects: [account, workload("Deployment", "web", { replicas: 2 })] });
    const states = [progress(await patch(web, [useServiceAccount("cart")]))];
    for (let second = 0; second < 14; second += 2) {
      await clock.sleep(2000);
      states.push(progress(await get(web)));
    }
    expect(states.map(state => Object.values(state).join(" "))).toEqual([
      "1 2 2 2 NewReplicaSetAvailable",
      "2 3 1 2 ReplicaSetUpdated",
      "2 3 1 2 ReplicaSetUpdated",
      "2 3 2 2 ReplicaSetUpdated",
      "2 3 2 2 ReplicaSetUpdated",
      "2 3 2 2 ReplicaSetUpdated",
      "2 2 2 2 NewReplicaSetAvailable",
      "2 2 2 2 NewReplicaSetAvailable",
    ]);
  });

  it("come out the same every time", async () => {
    const run = async () => {
      const { clock, cluster, patch } = await world({
        objects: [account, workload("Deployment", "web", { replicas: 3 }), workload("DaemonSet", "agent")],
        webhook: { version: "1.6.0" },
      });
      await patch(web, [useServiceAccount("cart")]);
      await clock.sleep(60_000);
      return cluster.objects();
    };
    expect(await run()).toEqual(await run());
  });

  it("follow maxUnavailable and Recreate", async () => {
    const strategy = { type: "Recreate" };
    const { clock, cluster, patch } = await world({
      objects: [account, workload("Deployment", "web", { replicas: 2, strategy })],
    });
    await patch(web, [useServiceAccount("cart")]);
    await clock.sleep(500);
    const pods = () => cluster.objects("Pod").map(({ metadata }) => metadata.deletionTimestamp !== undefined);
    expect(pods()).toEqual([true, true]);
    await clock.sleep(10_000);
    expect(pods()).toEqual([false, false]);
  });

  it("stand still while they are paused", async () => {
    const { clock, get, patch } = await world({
      objects: [account, workload("Deployment", "web", { paused: true, replicas: 1 })],
    });
    await patch(web, [useServiceAccount("cart")]);
    await clock.sleep(60_000);
    expect(progress(await get(web))).toMatchObject({ observedGeneration: 2, progressing: "DeploymentPaused" });
  });

  it("replace the pods of a StatefulSet from the highest ordinal down to the partition", async () => {
    const updateStrategy = { type: "RollingUpdate", rollingUpdate: { partition: 1 } };
    const { clock, cluster, get, patch } = await world({
      objects: [account, workload("StatefulSet", "db", { replicas: 3, updateStrategy })],
    });
    await patch("/apis/apps/v1/namespaces/shop/statefulsets/db", [useServiceAccount("cart")]);
    await clock.sleep(60_000);
    const accounts = cluster.objects("Pod").map(({ metadata, spec }) => [metadata.name, spec?.serviceAccountName]);
    expect(accounts).toEqual([
      ["db-0", "default"],
      ["db-1", "cart"],
      ["db-2", "cart"],
    ]);
    const { status } = await get("/apis/apps/v1/namespaces/shop/statefulsets/db");
    expect(status).toMatchObject({ currentReplicas: 1, updatedReplicas: 2, readyReplicas: 3 });
  });

  it("leave the pods of an OnDelete DaemonSet until somebody deletes them", async () => {
    const { clock, cluster, connection, patch } = await world({
      objects: [account, workload("DaemonSet", "agent", { updateStrategy: { type: "OnDelete" } })],
    });
    await patch("/apis/apps/v1/namespaces/shop/daemonsets/agent", [useServiceAccount("cart")]);
    await clock.sleep(30_000);
    const accounts = () => cluster.objects("Pod").map(({ spec }) => spec?.serviceAccountName);
    expect(accounts()).toEqual(["default", "default"]);
    const [first] = cluster.objects("Pod");
    await connection.request({ method: "DELETE", path: `/api/v1/namespaces/shop/pods/${first?.metadata.name}` });
    await clock.sleep(30_000);
    expect(accounts().sort()).toEqual(["cart", "default"]);
  });

  it("go back to the old ReplicaSet when the change is undone", async () => {
    const { clock, cluster, patch } = await world({
      objects: [account, workload("Deployment", "web", { replicas: 1 })],
    });
    const before = cluster.objects("Pod").map(({ metadata }) => metadata.labels?.["pod-template-hash"]);
    await patch(web, [useServiceAccount("cart")]);
    await clock.sleep(30_000);
    await patch(web, [
      { op: "remove", path: "/spec/template/spec/serviceAccountName" },
      { op: "remove", path: "/spec/template/spec/serviceAccount" },
    ]);
    await clock.sleep(30_000);
    expect(cluster.objects("Pod").map(({ metadata }) => metadata.labels?.["pod-template-hash"])).toEqual(before);
    expect(cluster.objects("ReplicaSet")).toHaveLength(2);
  });
});
