import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { keepWhole, listAll } from "../../src/kube/list.ts";
import { connectionTo } from "../../src/kube/transport.ts";

const resource = { apiVersion: "v1", kind: "Pod", plural: "pods", namespaced: true };
const metadata = { continue: "2" };

/** A server that gives the first page, never the one after it, and tells when that is not waited for any more. */
async function serverOf(items: unknown[]) {
  const server = createServer((request, response) => {
    if (request.url?.includes("continue=")) response.once("close", () => server.emit("left"));
    else response.end(JSON.stringify({ kind: "PodList", metadata, items }));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const connection = connectionTo({
    server: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    context: "shop",
    requestTimeoutMs: 0,
  });
  return { connection, left: once(server, "left") };
}

test("a page that is no list of objects ends the request for the page after it", async () => {
  const { connection, left } = await serverOf([{ metadata: { name: "a" } }, "no object"]);
  await expect(listAll(connection, { resource }, keepWhole)).rejects.toMatchObject({ reason: "MalformedList" });
  await left;
});

test("an abort while the next page is on its way ends the list", async () => {
  const { connection, left } = await serverOf([{ metadata: { name: "a" } }]);
  const stop = new AbortController();
  const listed = listAll(connection, { resource, signal: stop.signal }, raw => {
    stop.abort(new Error("interrupted"));
    return keepWhole(raw, resource);
  });
  await expect(listed).rejects.toThrow("interrupted");
  await left;
});
