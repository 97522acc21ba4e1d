import { beforeAll, describe, expect, it } from "vitest";
import { type Caller, configMap, freshNamespace, mergePatch } from "./caller.ts";

/** Watches that end by themselves. */
export function watchContract(caller: () => Caller): void {
  describe("watching", () => {
    let path: string;

    beforeAll(async () => {
      path = `/api/v1/namespaces/${await freshNamespace(caller(), "watching")}/configmaps`;
    });

    it("tells what happened since a resourceVersion, and what left the selection as deleted", async () => {
      const since = (await caller().request("GET", path)).body.metadata?.resourceVersion;
      await caller().request("POST", path, configMap("seen", { labels: { watched: "yes" } }));
      await caller().request("PATCH", `${path}/seen`, { data: { a: "b" } }, mergePatch);
      await caller().request("PATCH", `${path}/seen`, { metadata: { labels: { watched: "no" } } }, mergePatch);
      await caller().request("POST", path, configMap("unseen"));
      const query = `watch=1&resourceVersion=${since}&timeoutSeconds=1&labelSelector=watched%3Dyes`;
      const { status, body } = await caller().request("GET", `${path}?${query}`);
      expect(status).toBe(200);
      const lines = String(body).trim().split("\n");
      // A single event would have been parsed already; three lines are no JSON.
      const events = lines.map(line => JSON.parse(line) as { type: string; object: { metadata: { name: string } } });
      expect(events.map(({ type, object }) => [type, object.metadata.name])).toEqual([
        ["ADDED", "seen"],
        ["MODIFIED", "seen"],
        ["DELETED", "seen"],
      ]);
    });
  });
}
