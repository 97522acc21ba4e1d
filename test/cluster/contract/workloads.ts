import { beforeAll, describe, expect, it } from "vitest";
import { type Caller, deployment, freshNamespace, jsonPatch, mergePatch, until } from "./caller.ts";

/** The rules for workloads, and how their rollouts end. */
export function workloadsContract(caller: () => Caller): void {
  describe("workloads", () => {
    let namespace: string;
    const apps = (rest: string) => `/apis/apps/v1/namespaces/${namespace}/${rest}`;
    const get = async (rest: string) => (await caller().request("GET", apps(rest))).body;
    const template = (changes: object) => ({ spec: { template: changes } });

    beforeAll(async () => {
      namespace = await freshNamespace(caller(), "workloads");
    });

    it("keeps both names of a template's service account alike", async () => {
      await caller().request("POST", apps("deployments"), deployment("alias"));
      const patch = async (...operations: object[]) => {
        const { body } = await caller().request("PATCH", apps("deployments/alias"), operations, jsonPatch);
        const spec = body.spec?.template?.spec;
        return [spec?.serviceAccountName, spec?.serviceAccount];
      };
      const [name, alias] = ["serviceAccountName", "serviceAccount"].map(field => `/spec/template/spec/${field}`);
      expect(await patch({ op: "add", path: name, value: "x" })).toEqual(["x", "x"]);
      expect(await patch({ op: "remove", path: name })).toEqual(["x", "x"]);
      expect(await patch({ op: "remove", path: alias })).toEqual(["x", "x"]);
      expect(await patch({ op: "replace", path: alias, value: "y" })).toEqual(["x", "x"]);
      expect(await patch({ op: "replace", path: name, value: "y" })).toEqual(["y", "y"]);
      expect(await patch({ op: "remove", path: name }, { op: "remove", path: alias })).toEqual([undefined, undefined]);
    });

    it("raises the generation for spec and annotations of a Deployment, not for its labels", async () => {
      await caller().request("POST", apps("deployments"), deployment("counted"));
      const generation = async (patch: object) =>
        (await caller().request("PATCH", apps("deployments/counted"), patch, mergePatch)).body.metadata?.generation;
      expect(await generation({ metadata: { labels: { a: "b" } } })).toBe(1);
      expect(await generation({ spec: { minReadySeconds: 1 } })).toBe(2);
      expect(await generation({ metadata: { annotations: { a: "b" } } })).toBe(3);
    });

    it("refuses to change a selector, or to take a selected label from the template", async () => {
      await caller().request("POST", apps("deployments"), deployment("selected"));
      const patch = async (body: object) =>
        (await caller().request("PATCH", apps("deployments/selected"), body, mergePatch)).body;
      const other = { app: "other" };
      expect(
        await patch({ spec: { selector: { matchLabels: other }, template: { metadata: { labels: other } } } }),
      ).toEqual(
        expect.objectContaining({
          code: 422,
          message:
            'Deployment.apps "selected" is invalid: spec.selector: Invalid value: {"matchLabels":{"app":"other"}}: field is immutable',
        }),
      );
      expect(await patch(template({ metadata: { labels: { app: null, a: "b" } } }))).toEqual(
        expect.objectContaining({
          code: 422,
          message:
            'Deployment.apps "selected" is invalid: spec.template.metadata.labels: Invalid value: {"a":"b"}: `selector` does not match template `labels`',
        }),
      );
    });

    it("refuses to change the template of a Job", async () => {
      const jobs = `/apis/batch/v1/namespaces/${namespace}/jobs`;
      const podSpec = { restartPolicy: "Never", containers: [{ name: "app", image: "shop/app:1" }] };
      const job = {
        apiVersion: "batch/v1",
        kind: "Job",
        metadata: { name: "job" },
        spec: { parallelism: 0, template: { spec: podSpec } },
      };
      expect((await caller().request("POST", jobs, job)).status).toBe(201);
      const changed = template({ spec: { serviceAccountName: "other" } });
      expect((await caller().request("PATCH", `${jobs}/job`, changed, mergePatch)).body).toMatchObject({
        code: 422,
        reason: "Invalid",
        message: expect.stringMatching(
          /^Job.batch "job" is invalid: spec.template: Invalid value: .*: field is immutable$/,
        ),
        details: { causes: [{ field: "spec.template" }] },
      });
    });

    it("runs a Job to its end", async () => {
      const jobs = `/apis/batch/v1/namespaces/${namespace}/jobs`;
      const podSpec = { restartPolicy: "Never", containers: [{ name: "app", image: "shop/app:1" }] };
      const job = {
        apiVersion: "batch/v1",
        kind: "Job",
        metadata: { name: "ends" },
        spec: { template: { spec: podSpec } },
      };
      await caller().request("POST", jobs, job);
      await until(
        async () => (await caller().request("GET", `${jobs}/ends`)).body.status?.completionTime !== undefined,
      );
      const { status } = (await caller().request("GET", `${jobs}/ends`)).body;
      expect(status).toMatchObject({ succeeded: 1, ready: 0, terminating: 0, uncountedTerminatedPods: {} });
      const conditions = (status?.conditions ?? []) as unknown as { type: string; status: string }[];
      expect(conditions.map(({ type, status }) => [type, status])).toEqual([
        ["SuccessCriteriaMet", "True"],
        ["Complete", "True"],
      ]);
    });

    it("rolls a Deployment to the end state that kubectl waits for", async () => {
      await caller().request("POST", apps("deployments"), deployment("web", { replicas: 2 }));
      const complete = (generation: number) => async () => {
        const { status = {} } = (await get("deployments/web")) as unknown as { status?: Record<string, number> };
        const { observedGeneration = 0, replicas, updatedReplicas, availableReplicas, terminatingReplicas } = status;
        const counts = [replicas, updatedReplicas, availableReplicas, terminatingReplicas];
        return observedGeneration >= generation && counts.join() === "2,2,2,0";
      };
      await until(complete(1));
      const changed = template({ metadata: { annotations: { rolled: "yes" } } });
      await caller().request("PATCH", apps("deployments/web"), changed, mergePatch);
      await until(complete(2));
      const { metadata, status } = await get("deployments/web");
      expect(metadata?.annotations).toEqual({ "deployment.kubernetes.io/revision": "2" });
      expect(status).toEqual({
        observedGeneration: 2,
        replicas: 2,
        updatedReplicas: 2,
        readyReplicas: 2,
        availableReplicas: 2,
        terminatingReplicas: 0,
        conditions: [
          expect.objectContaining({ type: "Available", status: "True", reason: "MinimumReplicasAvailable" }),
          expect.objectContaining({ type: "Progressing", status: "True", reason: "NewReplicaSetAvailable" }),
        ],
      });
      const sets = await get("replicasets?labelSelector=app%3Dweb");
      expect(sets.items.map(set => set.spec?.replicas).sort()).toEqual([0, 2]);
      for (const set of sets.items) {
        expect(set.metadata?.ownerReferences).toEqual([
          {
            apiVersion: "apps/v1",
            kind: "Deployment",
            name: "web",
            uid: metadata?.uid,
            controller: true,
            blockOwnerDeletion: true,
          },
        ]);
      }
    });

    it("rolls a StatefulSet until both revisions are the same", async () => {
      await caller().request("POST", apps("statefulsets"), deployment("db", { replicas: 2, kind: "StatefulSet" }));
      const settled = (generation: number) => async () => {
        const { status } = (await get("statefulsets/db")) as unknown as { status: Record<string, number | string> };
        const { observedGeneration, readyReplicas, updatedReplicas, currentRevision, updateRevision } = status;
        return (
          observedGeneration === generation &&
          readyReplicas === 2 &&
          updatedReplicas === 2 &&
          currentRevision === updateRevision
        );
      };
      await until(settled(1));
      const before = (await get("statefulsets/db")).status?.currentRevision;
      await caller().request(
        "PATCH",
        apps("statefulsets/db"),
        template({ metadata: { annotations: { a: "b" } } }),
        mergePatch,
      );
      await until(settled(2));
      const { status } = await get("statefulsets/db");
      expect(status?.currentRevision).not.toBe(before);
      expect(status).toEqual({
        observedGeneration: 2,
        replicas: 2,
        readyReplicas: 2,
        currentReplicas: 2,
        updatedReplicas: 2,
        availableReplicas: 2,
        currentRevision: status?.updateRevision,
        updateRevision: expect.stringMatching(/^db-/),
        collisionCount: 0,
      });
    });

    it("rolls a DaemonSet over every node", async () => {
      const nodes = (await caller().request("GET", "/api/v1/nodes?labelSelector=kubernetes.io%2Fos%3Dlinux")).body.items
        .length;
      const podSpec = { nodeSelector: { "kubernetes.io/os": "linux" } };
      await caller().request("POST", apps("daemonsets"), deployment("agent", { kind: "DaemonSet", podSpec }));
      const settled = (generation: number) => async () => {
        const { status } = (await get("daemonsets/agent")) as unknown as { status: Record<string, number> };
        return (
          status.observedGeneration === generation &&
          status.updatedNumberScheduled === nodes &&
          status.numberAvailable === nodes
        );
      };
      await until(settled(1));
      await caller().request(
        "PATCH",
        apps("daemonsets/agent"),
        template({ metadata: { annotations: { a: "b" } } }),
        mergePatch,
      );
      await until(settled(2));
      expect((await get("daemonsets/agent")).status).toEqual({
        currentNumberScheduled: nodes,
        numberMisscheduled: 0,
        desiredNumberScheduled: nodes,
        numberReady: nodes,
        observedGeneration: 2,
        updatedNumberScheduled: nodes,
        numberAvailable: nodes,
      });
    });

    it("says in the Deployment's conditions that its pods are refused", async () => {
      const podSpec = { serviceAccountName: "none" };
      await caller().request("POST", apps("deployments"), deployment("refused", { replicas: 1, podSpec }));
      const failure = async () => {
        const { status } = (await get("deployments/refused")) as unknown as {
          status: { conditions?: { type: string }[] };
        };
        return status.conditions?.find(({ type }) => type === "ReplicaFailure");
      };
      await until(async () => (await failure()) !== undefined);
      expect(await failure()).toEqual({
        type: "ReplicaFailure",
        status: "True",
        reason: "FailedCreate",
        message: expect.stringMatching(
          /^pods "refused-\w+-" is forbidden: error looking up service account contract-workloads\/none: serviceaccount "none" not found$/,
        ),
        lastTransitionTime: expect.any(String),
        lastUpdateTime: expect.any(String),
      });
    });
  });
}
