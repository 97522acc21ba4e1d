import { beforeAll, describe, expect, it } from "vitest";
import { aggregatedContract } from "./aggregated.ts";
import { type Caller, configMap, freshNamespace, refusal } from "./caller.ts";

/** Discovery, lists with pages and selectors, and how missing things are answered. */
export function readingContract(caller: () => Caller): void {
  describe("discovery", () => {
    const resourcesOf = async (path: string) => (await caller().request("GET", path)).body.resources;

    it("lists the kinds of every group that the tool works with", async () => {
      const namesIn = async (path: string) => (await resourcesOf(path)).map(({ name }) => name);
      expect(await namesIn("/api/v1")).toEqual(
        expect.arrayContaining([
          "configmaps",
          "namespaces",
          "pods",
          "pods/log",
          "serviceaccounts",
          "serviceaccounts/token",
        ]),
      );
      expect(await namesIn("/apis/apps/v1")).toEqual(
        expect.arrayContaining(["daemonsets", "deployments", "replicasets", "statefulsets"]),
      );
      expect(await namesIn("/apis/batch/v1")).toEqual(["cronjobs", "cronjobs/status", "jobs", "jobs/status"]);
      expect(await namesIn("/apis/coordination.k8s.io/v1")).toEqual(["leases"]);
      expect(await namesIn("/apis/aadpodidentity.k8s.io/v1")).toContain("azureidentities");
      expect(await namesIn("/apis/authorization.k8s.io/v1")).toContain("selfsubjectaccessreviews");
    });

    it("describes a kind with its verbs", async () => {
      const deployments = (await resourcesOf("/apis/apps/v1")).find(({ name }) => (name as unknown) === "deployments");
      expect(deployments).toMatchObject({
        name: "deployments",
        singularName: "deployment",
        namespaced: true,
        kind: "Deployment",
        verbs: ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"],
        shortNames: ["deploy"],
        categories: ["all"],
      });
    });

    it("lists the groups with the version that it prefers", async () => {
      const { body } = await caller().request("GET", "/apis");
      expect(body.groups.find(({ name }) => (name as unknown) === "apps")).toEqual({
        name: "apps",
        versions: [{ groupVersion: "apps/v1", version: "v1" }],
        preferredVersion: { groupVersion: "apps/v1", version: "v1" },
      });
    });

    it("answers 404 with a Status within the built-in groups and with plain text elsewhere", async () => {
      const status = { status: 404, reason: "NotFound", message: "the server could not find the requested resource" };
      expect(refusal(await caller().request("GET", "/api/v1/nonsense"))).toEqual(status);
      expect(refusal(await caller().request("GET", "/apis/apps/v9/deployments"))).toEqual(status);
      for (const path of ["/apis/nonsense.example/v1", "/apis/aadpodidentity.k8s.io/v1/nonsense", "/nonsense"]) {
        expect((await caller().request("GET", path)).body).toBe("404 page not found\n");
      }
    });
  });

  aggregatedContract(caller);

  describe("reading", () => {
    let namespace: string;
    let path: string;
    const named = async (query: string) => {
      const { body } = await caller().request("GET", `${path}?${query}`);
      return body.items.map(item => item.metadata?.name);
    };

    beforeAll(async () => {
      namespace = await freshNamespace(caller(), "reading");
      path = `/api/v1/namespaces/${namespace}/configmaps`;
      for (const letter of ["a", "b", "c", "d"]) {
        await caller().request("POST", path, configMap(letter, { labels: { letter, group: "letters" } }));
      }
    });

    it.each([
      ["letter=a", ["a"]],
      ["letter==a", ["a"]],
      ["letter!=a,group", ["b", "c", "d"]],
      ["letter in (a,b)", ["a", "b"]],
      ["group,letter notin (a, b)", ["c", "d"]],
      ["!letter", ["kube-root-ca.crt"]],
      ["group=letters,letter in (c)", ["c"]],
      ["letter=", []],
    ])("selects by label %s", async (selector, names) => {
      expect(await named(`labelSelector=${encodeURIComponent(selector)}`)).toEqual(names);
    });

    it("refuses selectors that cannot be read", async () => {
      for (const query of [
        "labelSelector=letter%20in%20(a",
        "labelSelector=a%20b",
        "fieldSelector=spec.nonsense%3D1",
      ]) {
        expect(await caller().request("GET", `${path}?${query}`)).toMatchObject({
          status: 400,
          body: { reason: "BadRequest" },
        });
      }
    });

    it("selects by name and namespace", async () => {
      expect(await named("fieldSelector=metadata.name%3Db")).toEqual(["b"]);
      expect(
        await named(`fieldSelector=metadata.name!%3Db,metadata.namespace%3D${namespace}&labelSelector=group`),
      ).toEqual(["a", "c", "d"]);
    });

    it("lists in pages that keep showing the state of the first", async () => {
      const first = await caller().request("GET", `${path}?limit=2`);
      expect(first.body.metadata).toMatchObject({ remainingItemCount: 3, continue: expect.any(String) });
      await caller().request("POST", path, configMap("bb"));
      const token = String(first.body.metadata?.continue);
      const rest = await caller().request("GET", `${path}?limit=10&continue=${token}`);
      expect(rest.body.items.map(item => item.metadata?.name)).toEqual(["c", "d", "kube-root-ca.crt"]);
      expect(rest.body.metadata).toEqual({ resourceVersion: first.body.metadata?.resourceVersion });
      await caller().request("DELETE", `${path}/bb`);
    });

    it("counts no remaining items behind a selector", async () => {
      const { metadata } = (await caller().request("GET", `${path}?limit=1&labelSelector=group`)).body;
      expect(metadata).toEqual({ resourceVersion: expect.any(String), continue: expect.any(String) });
    });

    it("refuses continue tokens that it did not write", async () => {
      expect(refusal(await caller().request("GET", `${path}?limit=1&continue=garbage!`))).toEqual({
        status: 400,
        reason: "BadRequest",
        message: "invalid continue token: continue key is not valid: illegal base64 data at input byte 7",
      });
    });

    it("leaves kind and apiVersion out of the items of built-in lists", async () => {
      const { body } = await caller().request("GET", `${path}?fieldSelector=metadata.name%3Da`);
      expect(body).toMatchObject({ kind: "ConfigMapList", apiVersion: "v1" });
      expect(Object.keys(body.items[0] ?? {})).toEqual(["metadata"]);
    });

    it("answers 404 for an object that is not there and an empty list for a namespace that is not", async () => {
      expect((await caller().request("GET", `${path}/none`)).body).toEqual({
        kind: "Status",
        apiVersion: "v1",
        metadata: {},
        status: "Failure",
        message: 'configmaps "none" not found',
        reason: "NotFound",
        details: { name: "none", kind: "configmaps" },
        code: 404,
      });
      expect((await caller().request("GET", "/api/v1/namespaces/nowhere/pods")).body.items).toEqual([]);
    });

    it("answers 405 for methods that a path does not take", async () => {
      expect(refusal(await caller().request("PUT", path, {}))).toEqual({
        status: 405,
        reason: "MethodNotAllowed",
        message: "the server does not allow this method on the requested resource",
      });
    });
  });
}
