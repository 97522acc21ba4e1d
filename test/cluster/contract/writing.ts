import { beforeAll, describe, expect, it } from "vitest";
import { type Caller, configMap, freshNamespace, jsonPatch, mergePatch, refusal } from "./caller.ts";

const rejected = {
  status: 422,
  reason: "Invalid",
  message: "the server rejected our request due to an error in our request",
};

/** Create, patch, replace and delete, their guards, and dry runs. */
export function writingContract(caller: () => Caller): void {
  describe("writing", () => {
    let path: string;
    const send = (method: string, name: string, body?: unknown, headers?: Record<string, string>) =>
      caller().request(method, `${path}/${name}`, body, headers);
    const create = async (name: string, data?: Record<string, string>) => {
      const { body } = await caller().request("POST", path, configMap(name, data ? { data } : {}));
      return body;
    };

    beforeAll(async () => {
      path = `/api/v1/namespaces/${await freshNamespace(caller(), "writing")}/configmaps`;
    });

    it("refuses a second object of the same name", async () => {
      await create("twice");
      expect((await caller().request("POST", path, configMap("twice"))).body).toEqual({
        kind: "Status",
        apiVersion: "v1",
        metadata: {},
        status: "Failure",
        message: 'configmaps "twice" already exists',
        reason: "AlreadyExists",
        details: { name: "twice", kind: "configmaps" },
        code: 409,
      });
    });

    it("refuses objects in a namespace that is not there", async () => {
      const answer = await caller().request("POST", "/api/v1/namespaces/nowhere/configmaps", configMap("lost"));
      expect(refusal(answer)).toEqual({ status: 404, reason: "NotFound", message: 'namespaces "nowhere" not found' });
    });

    it("names the field of a bad name", async () => {
      const { body } = await caller().request("POST", path, configMap("Bad_Name"));
      expect(body).toMatchObject({
        code: 422,
        reason: "Invalid",
        message: expect.stringContaining(
          'ConfigMap "Bad_Name" is invalid: metadata.name: Invalid value: "Bad_Name": a lowercase',
        ),
        details: {
          name: "Bad_Name",
          kind: "ConfigMap",
          causes: [{ reason: "FieldValueInvalid", field: "metadata.name" }],
        },
      });
    });

    it("refuses labels that are no texts", async () => {
      const answer = await caller().request("POST", path, { metadata: { name: "typed", labels: { use: true } } });
      expect(refusal(answer)).toEqual({
        status: 400,
        reason: "BadRequest",
        message:
          'ConfigMap in version "v1" cannot be handled as a ConfigMap: json: cannot unmarshal bool into Go struct field ObjectMeta.metadata.labels of type string',
      });
    });

    it("generates names", async () => {
      const { body } = await caller().request("POST", path, { metadata: { generateName: "made-" } });
      expect(body.metadata?.name).toMatch(/^made-[a-z0-9]{5}$/);
    });

    it("applies a JSON patch as a whole or not at all", async () => {
      await create("patched", { kept: "1" });
      const failing = [
        { op: "add", path: "/data/added", value: "2" },
        { op: "test", path: "/data/kept", value: "other" },
      ];
      const refused = await send("PATCH", "patched", failing, jsonPatch);
      expect(refused.body).toEqual({
        kind: "Status",
        apiVersion: "v1",
        metadata: {},
        status: "Failure",
        message: rejected.message,
        reason: "Invalid",
        details: {},
        code: 422,
      });
      expect((await send("GET", "patched")).body.data).toEqual({ kept: "1" });
      const passing = [{ op: "test", path: "/data/kept", value: "1" }, failing[0]];
      expect((await send("PATCH", "patched", passing, jsonPatch)).body.data).toEqual({ kept: "1", added: "2" });
    });

    it("takes a missing member for null in JSON patches, and a missing parent for an error", async () => {
      await create("missing", { kept: "1" });
      const one = async (operation: object) => (await send("PATCH", "missing", [operation], jsonPatch)).status;
      expect(await one({ op: "test", path: "/data/none", value: null })).toBe(200);
      expect(await one({ op: "test", path: "/data/none", value: "x" })).toBe(422);
      expect(await one({ op: "test", path: "/binaryData/none", value: null })).toBe(422);
      expect(await one({ op: "replace", path: "/data/none", value: "x" })).toBe(200);
      expect(await one({ op: "remove", path: "/data/nothing" })).toBe(422);
      expect(await one({ op: "add", path: "/metadata/annotations/none", value: "x" })).toBe(422);
    });

    it("deletes with null in a merge patch and drops maps that became empty", async () => {
      await create("merged", { a: "1" });
      await send("PATCH", "merged", { metadata: { labels: { x: "y" } } }, mergePatch);
      const { body } = await send(
        "PATCH",
        "merged",
        { metadata: { labels: { x: null } }, data: { b: "2" } },
        mergePatch,
      );
      expect([body.metadata?.labels, body.data]).toEqual([undefined, { a: "1", b: "2" }]);
    });

    it("writes nothing for a patch that changes nothing", async () => {
      const created = await create("still", { a: "1" });
      const { body } = await send("PATCH", "still", { data: { a: "1" } }, mergePatch);
      expect(body.metadata?.resourceVersion).toBe(created.metadata?.resourceVersion);
    });

    it("refuses patch types that it does not know", async () => {
      await create("typed");
      expect(refusal(await send("PATCH", "typed", {}, { "content-type": "application/xml" }))).toEqual({
        status: 415,
        reason: "UnsupportedMediaType",
        message: "415: Unsupported Media Type",
      });
    });

    it("guards a merge patch by the resourceVersion in it", async () => {
      await create("guarded");
      const stale = { metadata: { resourceVersion: "1" }, data: { a: "b" } };
      expect(refusal(await send("PATCH", "guarded", stale, mergePatch))).toEqual({
        status: 409,
        reason: "Conflict",
        message:
          'Operation cannot be fulfilled on configmaps "guarded": the object has been modified; please apply your changes to the latest version and try again',
      });
    });

    it("replaces by PUT, guarded by the resourceVersion", async () => {
      const created = await create("replaced", { a: "1" });
      const next = { ...configMap("replaced", { data: { b: "2" } }), metadata: created.metadata };
      expect((await send("PUT", "replaced", next)).body.data).toEqual({ b: "2" });
      expect(await send("PUT", "replaced", next)).toMatchObject({ status: 409, body: { reason: "Conflict" } });
      expect(await send("PUT", "none", configMap("none"))).toMatchObject({ status: 404, body: { reason: "NotFound" } });
    });

    it("creates Leases by PUT and replaces them only with a resourceVersion", async () => {
      const leases = path.replace("/api/v1", "/apis/coordination.k8s.io/v1").replace("configmaps", "leases");
      const lease = { apiVersion: "coordination.k8s.io/v1", kind: "Lease", metadata: { name: "lock" }, spec: {} };
      const created = await caller().request("PUT", `${leases}/lock`, lease);
      expect(created.status).toBe(201);
      expect(await caller().request("PUT", `${leases}/lock`, lease)).toMatchObject({
        status: 422,
        body: { details: { causes: [{ field: "metadata.resourceVersion" }] } },
      });
      const held = { ...lease, metadata: created.body.metadata, spec: { holderIdentity: "me" } };
      expect((await caller().request("PUT", `${leases}/lock`, held)).status).toBe(200);
      expect((await caller().request("PUT", `${leases}/lock`, held)).status).toBe(409);
    });

    it("deletes only the object that the preconditions mean", async () => {
      const created = await create("precious");
      const other = await send("DELETE", "precious", { preconditions: { uid: "another" } });
      expect(refusal(other)).toEqual({
        status: 409,
        reason: "Conflict",
        message: `Operation cannot be fulfilled on ConfigMap "precious": the UID in the precondition (another) does not match the UID in record (${created.metadata?.uid}). The object might have been deleted and then recreated`,
      });
      expect((await send("DELETE", "precious", { preconditions: { resourceVersion: "1" } })).status).toBe(409);
      const uid = created.metadata?.uid;
      const resourceVersion = created.metadata?.resourceVersion;
      const deleted = await send("DELETE", "precious", { preconditions: { uid, resourceVersion } });
      expect(deleted.body).toEqual({
        kind: "Status",
        apiVersion: "v1",
        metadata: {},
        status: "Success",
        details: { name: "precious", kind: "configmaps", uid },
      });
      expect((await send("GET", "precious")).status).toBe(404);
    });

    it("keeps an object with finalizers until they are gone", async () => {
      await caller().request("POST", path, { metadata: { name: "final", finalizers: ["example.com/hold"] } });
      expect((await send("DELETE", "final")).body.metadata).toMatchObject({ deletionTimestamp: expect.any(String) });
      expect((await send("GET", "final")).status).toBe(200);
      await send("PATCH", "final", { metadata: { finalizers: null } }, mergePatch);
      expect((await send("GET", "final")).status).toBe(404);
    });

    it("leaves no trace of dry runs", async () => {
      const created = await create("dry", { a: "1" });
      const dry = (method: string, name: string, body?: unknown, headers?: Record<string, string>) =>
        send(method, `${name}?dryRun=All`, body, headers);
      const fresh = await caller().request("POST", `${path}?dryRun=All`, configMap("never"));
      expect([fresh.status, fresh.body.metadata?.name, fresh.body.metadata?.resourceVersion]).toEqual([
        201,
        "never",
        undefined,
      ]);
      expect((await dry("PATCH", "dry", { data: { a: "2" } }, mergePatch)).body.data).toEqual({ a: "2" });
      expect((await dry("PUT", "dry", configMap("dry"))).status).toBe(200);
      expect((await dry("DELETE", "dry")).status).toBe(200);
      expect((await send("GET", "never")).status).toBe(404);
      expect((await send("GET", "dry")).body).toEqual(created);
    });
  });
}
