import { describe, expect, it } from "vitest";
import { progress, useServiceAccount, web, workload, world } from "./world.ts";

const account = { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "cart", namespace: "shop" } };
const objects = [account, workload("Deployment", "web", { replicas: 1, progressDeadlineSeconds: 60 })];
const target = { kind: "Deployment", namespace: "shop", name: "web" };

describe("failures of the simulated cluster", () => {
  it("answer requests with errors as often as they were told to", async () => {
    const { cluster, get } = await world({ objects });
    cluster.fail({
      request: { method: "GET", path: /deployments/ },
      answer: 503,
      reason: "ServiceUnavailable",
      count: 1,
    });
    await expect(get(web)).rejects.toMatchObject({ status: 503 });
    expect((await get(web)).metadata.name).toBe("web");
  });

  it("close connections", async () => {
    const { cluster, connection } = await world({ objects });
    cluster.fail({ request: { method: "POST", path: "/api/v1/namespaces" }, answer: "hangUp", count: 1 });
    const body = { apiVersion: "v1", kind: "Namespace", metadata: { name: "late" } };
    await expect(connection.request({ method: "POST", path: "/api/v1/namespaces", body })).rejects.toThrow();
    expect(cluster.requests.map(({ method, path, dryRun, status }) => ({ method, path, dryRun, status }))).toEqual([
      { method: "POST", path: "/api/v1/namespaces", dryRun: false, status: 0 },
    ]);
  });

  it("make new pods crash until the failure is taken back, and the old ones serve meanwhile", async () => {
    const { clock, cluster, get, patch } = await world({ objects });
    const mend = cluster.fail({ pods: "CrashLoopBackOff", workload: target, restartCount: 4 });
    await patch(web, [useServiceAccount("cart")]);
    await clock.sleep(30_000);
    const crashing = cluster.objects("Pod").map(({ status }) => {
      const [container] = (status?.containerStatuses ?? []) as { restartCount: number; state: object }[];
      return [container?.restartCount, Object.keys(container?.state ?? {})];
    });
    expect(crashing).toContainEqual([4, ["waiting"]]);
    expect(progress(await get(web))).toMatchObject({ updatedReplicas: 1, availableReplicas: 1 });
    await clock.sleep(60_000);
    expect(progress(await get(web)).progressing).toBe("ProgressDeadlineExceeded");
    mend();
    await clock.sleep(30_000);
    expect(progress(await get(web))).toEqual({
      observedGeneration: 2,
      replicas: 1,
      updatedReplicas: 1,
      availableReplicas: 1,
      progressing: "NewReplicaSetAvailable",
    });
  });

  it("spare the pods that a failure is not meant for, so that a rollback gets well", async () => {
    const { clock, cluster, get, patch } = await world({ objects });
    cluster.fail({ pods: "NeverReady", workload: target, when: pod => pod.spec.serviceAccountName === "cart" });
    await patch(web, [useServiceAccount("cart")]);
    await clock.sleep(20_000);
    expect(progress(await get(web)).progressing).toBe("ReplicaSetUpdated");
    await patch(web, [{ op: "replace", path: "/spec/template/spec/serviceAccountName", value: "default" }]);
    await clock.sleep(20_000);
    expect(progress(await get(web)).progressing).toBe("NewReplicaSetAvailable");
  });

  it.each([
    [
      {
        quota: { namespace: "shop", name: "compute", requested: "pods=1", used: "pods=1", limited: "pods=1" },
      } as const,
      /^pods "web-\w+-" is forbidden: exceeded quota: compute, requested: pods=1, used: pods=1, limited: pods=1$/,
    ],
    [
      { webhook: "unavailable" } as const,
      /^Internal error occurred: failed calling webhook "mutation.azure-workload-identity.io"/,
    ],
  ])("refuse new pods: %o", async (failure, words) => {
    const { clock, cluster, get, patch } = await world({ objects, webhook: { version: "1.6.0" } });
    const mend = cluster.fail(failure);
    const label = { op: "add", path: "/spec/template/metadata/labels/azure.workload.identity~1use", value: "true" };
    await patch(web, [label, useServiceAccount("cart")]);
    await clock.sleep(1000);
    const { status } = await get(web);
    expect(status?.conditions).toContainEqual(
      expect.objectContaining({ type: "ReplicaFailure", status: "True", message: expect.stringMatching(words) }),
    );
    expect(cluster.objects("Event")).toMatchObject([{ reason: "FailedCreate", type: "Warning" }]);
    mend();
    await clock.sleep(60_000);
    expect(progress(await get(web)).progressing).toBe("NewReplicaSetAvailable");
  });

  it("take permissions away, in reviews and in fact", async () => {
    const { cluster, connection, get } = await world({ objects, user: "jane" });
    const restore = cluster.deny({ verb: "get", group: "apps", resource: "deployments" });
    const review = async () =>
      (await connection.request({
        method: "POST",
        path: "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
        body: {
          spec: { resourceAttributes: { verb: "get", group: "apps", resource: "deployments", namespace: "shop" } },
        },
      })) as { status: { allowed: boolean } };
    expect((await review()).status).toEqual({ allowed: false });
    await expect(get(web)).rejects.toThrow(
      'deployments.apps "web" is forbidden: User "jane" cannot get resource "deployments" in API group "apps" in the namespace "shop"',
    );
    restore();
    expect((await review()).status).toEqual({ allowed: true });
  });
});
