import { once } from "node:events";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { keepWhole, listAll } from "../../src/kube/list.ts";
import { type Connection, connectionTo } from "../../src/kube/transport.ts";

const resource = { apiVersion: "v1", kind: "Pod", plural: "pods", namespaced: true };
const metadata = { continue: "2" };

/** A server that ends its first page when it is asked for the one after it, never gives that, and tells when nobody waits for it any more. */
async function serverOf(items: unknown[]) {
  const [start = "", end] = JSON.stringify({ kind: "PodList", metadata, items }).split("<here>");
  const server = await listening((request, response) => {
    if (request.url?.includes("continue=")) {
      response.once("close", () => server.emit("left"));
      server.emit("asked");
    } else {
      server.once("asked", () => response.end(end));
      response.write(start);
    }
  });
  return { connection: connectionOf(server), left: once(server, "left") };
}

async function listening(answer: RequestListener): Promise<Server> {
  const server = createServer(answer);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return server;
}

function connectionOf(server: Server): Connection {
  const { port } = server.address() as AddressInfo;
  return connectionTo({ server: `http://127.0.0.1:${port}`, context: "shop", requestTimeoutMs: 0 });
}

test("a page that is no list of objects ends the request for the page after it", async () => {
  const { connection, left } = await serverOf([{ metadata: { name: "a<here>" } }, "no object"]);
  await expect(listAll(connection, { resource }, keepWhole)).rejects.toMatchObject({ reason: "MalformedList" });
  await left;
});

test("an abort while the next page is on its way ends the list", async () => {
  const { connection, left } = await serverOf([{ metadata: { name: "a<here>" } }]);
  const stop = new AbortController();
  const listed = listAll(connection, { resource, signal: stop.signal }, raw => {
    stop.abort(new Error("interrupted"));
    return keepWhole(raw, resource);
  });
  await expect(listed).rejects.toThrow("interrupted");
  await left;
});

test("a page that is lost after it has told where the list goes on is asked for anew, and goes on where the new one ends", async () => {
  const pages = new Map([
    ["old", { items: [{ metadata: { name: "c" } }] }],
    ["new", { items: [{ metadata: { name: "b" } }, { metadata: { name: "c" } }] }],
  ]);
  let lost = false;
  const server = await listening((request, response) => {
    const token = new URL(request.url ?? "", "http://server").searchParams.get("continue");
    if (token !== null) {
      response.end(JSON.stringify({ kind: "PodList", metadata: {}, ...pages.get(token) }));
      if (token === "old") server.emit("asked");
      return;
    }
    const first = {
      kind: "PodList",
      metadata: { continue: lost ? "new" : "old" },
      items: [{ metadata: { name: "a" } }],
    };
    if (lost) return void response.end(JSON.stringify(first));
    lost = true;
    response.write(JSON.stringify(first).slice(0, -4));
    server.once("asked", () => response.destroy());
  });
  const listed = await listAll(connectionOf(server), { resource }, keepWhole);
  expect(listed.map(({ metadata: { name } }) => name)).toEqual(["a", "b", "c"]);
});
