import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";
import { describe, expect, it, onTestFinished } from "vitest";
import { ApiError } from "../../src/core/ports.ts";
import { ConnectionError } from "../../src/kube/failure.ts";
import { type Connection, connectionTo } from "../../src/kube/transport.ts";
import { type Handler, refusal, startApiServer } from "./apiServer.ts";

async function connected(handler: Handler, options: { token?: string; requestTimeoutMs?: number; path?: string } = {}) {
  const { path = "", ...rest } = options;
  const server = await startApiServer(handler);
  const connection = connectionTo({ server: server.url + path, context: "test", ...rest });
  onTestFinished(() => connection.close());
  return { server, connection };
}

async function failureOf(connection: Connection, path = "/version"): Promise<unknown> {
  return connection.request({ method: "GET", path }).then(
    () => undefined,
    error => error,
  );
}

describe("a connection", () => {
  it("sends method, path, query, token and body, and gives back the parsed answer", async () => {
    const { server, connection } = await connected(() => ({ body: { ok: true } }), { token: "s3cret" });
    const answer = await connection.request({
      method: "PATCH",
      path: "/api/v1/namespaces/a%20b",
      query: { dryRun: "All", continue: undefined, labelSelector: "a=b,c" },
      body: [{ op: "remove", path: "/x" }],
      contentType: "application/json-patch+json",
    });
    expect(answer).toEqual({ ok: true });
    const [seen] = server.seen;
    expect({ ...seen, headers: undefined }).toEqual({
      method: "PATCH",
      path: "/api/v1/namespaces/a%20b",
      query: { dryRun: "All", labelSelector: "a=b,c" },
      body: '[{"op":"remove","path":"/x"}]',
    });
    expect(seen?.headers).toMatchObject({
      authorization: "Bearer s3cret",
      "content-type": "application/json-patch+json",
      "accept-encoding": "gzip",
      "user-agent": "azwi-migrate",
    });
  });

  it("keeps the path of a server behind a gateway", async () => {
    const { server, connection } = await connected(() => ({}), { path: "/k8s/clusters/c-1/" });
    await connection.request({ method: "GET", path: "/version" });
    expect(server.seen.map(one => one.path)).toEqual(["/k8s/clusters/c-1/version"]);
  });

  it("uses one socket for requests that follow each other", async () => {
    const { server, connection } = await connected(() => ({}));
    for (let i = 0; i < 5; i++) await connection.request({ method: "GET", path: "/version" });
    expect(server.sockets()).toBe(1);
  });

  it("unpacks gzip", async () => {
    const { connection } = await connected(() => ({
      headers: { "content-encoding": "gzip" },
      body: gzipSync(JSON.stringify({ text: "é".repeat(100_000) })),
    }));
    const answer = await connection.request({ method: "GET", path: "/version" });
    expect(answer).toEqual({ text: "é".repeat(100_000) });
  });

  it("reads again when the server closes the connection it is about to use", async () => {
    let first = true;
    const { server, connection } = await connected(() => {
      const reply = first ? { hangUp: true as const } : { body: { ok: true } };
      first = false;
      return reply;
    });
    expect(await connection.request({ method: "GET", path: "/version" })).toEqual({ ok: true });
    expect(server.seen.length).toBe(2);
  });

  it("never sends a write twice", async () => {
    const { server, connection } = await connected(() => ({ hangUp: true }));
    const error = await connection.request({ method: "POST", path: "/x", body: {} }).catch(reason => reason);
    expect(error).toMatchObject({ reason: "ConnectionLost", status: undefined });
    expect(server.seen.length).toBe(1);
  });

  it("ends with the reason of an aborted signal, before and while it waits", async () => {
    const { server, connection } = await connected(() => ({ silent: true }));
    const reason = new Error("interrupted");
    const stop = new AbortController();
    const waiting = connection.request({ method: "GET", path: "/version", signal: stop.signal });
    await expect.poll(() => server.seen.length).toBe(1);
    stop.abort(reason);
    await expect(waiting).rejects.toBe(reason);
    await expect(connection.request({ method: "GET", path: "/version", signal: stop.signal })).rejects.toBe(reason);
    expect(server.seen.length).toBe(1);
  });
});

describe("a refused request", () => {
  it("carries the server's words, reason and waiting time", async () => {
    const { connection } = await connected(() => ({
      ...refusal(409, "AlreadyExists", 'configmaps "a" already exists'),
      headers: { "retry-after": "7" },
    }));
    const error = await failureOf(connection);
    expect(error).toBeInstanceOf(ApiError);
    expect(error).not.toBeInstanceOf(ConnectionError);
    expect(error).toMatchObject({
      message: 'configmaps "a" already exists',
      status: 409,
      reason: "AlreadyExists",
      retryAfterSeconds: 7,
    });
  });

  it("understands the plain text of a busy API server", async () => {
    const { connection } = await connected(() => ({
      status: 429,
      headers: { "retry-after": "1" },
      body: "Too many requests, please try again later.\n",
    }));
    expect(await failureOf(connection)).toMatchObject({
      message: "The server answers 429: Too many requests, please try again later.",
      status: 429,
      retryAfterSeconds: 1,
    });
  });

  it("says on 401 whose credentials, where, and what to do, and never the token", async () => {
    const { server, connection } = await connected(
      seen => refusal(401, "Unauthorized", `invalid ${seen.headers.authorization}`),
      { token: "eyJhbGciOiJub25lIn0.eyJzdWIiOiJtZSJ9.c2ln" },
    );
    const error = await failureOf(connection);
    expect(error).toMatchObject({
      message: `${server.url} (context test) does not accept the credentials: invalid Bearer [token]`,
      status: 401,
      reason: "Unauthorized",
    });
    expect(error).toHaveProperty("hint", expect.stringContaining("az login"));
  });

  it("tells an answer from something in between apart from the API's own 404", async () => {
    const { server, connection } = await connected(() => ({
      status: 404,
      headers: { "content-type": "text/html" },
      body: "<html>secret</html>",
    }));
    expect(await failureOf(connection)).toMatchObject({
      message: `${server.url} (context test) answered 404 with text/html, not as a Kubernetes API does`,
      reason: "UnexpectedAnswer",
      status: 404,
    });
  });

  it("does not quote a successful answer that is not JSON", async () => {
    const { connection } = await connected(() => ({ body: "password: hunter2" }));
    const error = await failureOf(connection);
    expect(error).toMatchObject({ reason: "UnexpectedAnswer", status: 200 });
    expect(String(error)).not.toContain("hunter2");
  });
});

describe("a server that cannot be reached", () => {
  it("is named with its context when nothing listens", async () => {
    const closed = createServer();
    await new Promise<void>(resolve => closed.listen(0, "127.0.0.1", resolve));
    const { port } = closed.address() as AddressInfo;
    await new Promise(resolve => closed.close(resolve));
    const connection = connectionTo({ server: `http://127.0.0.1:${port}`, context: "gone" });
    expect(await failureOf(connection)).toMatchObject({
      message: `Cannot reach http://127.0.0.1:${port} (context gone): connect ECONNREFUSED 127.0.0.1:${port}`,
      reason: "Unreachable",
      status: undefined,
    });
  });

  it("is named with its context when its name does not resolve", async () => {
    const connection = connectionTo({ server: "https://cluster.invalid", context: "west" });
    const error = await failureOf(connection);
    expect(error).toMatchObject({
      message: expect.stringContaining("The name of https://cluster.invalid (context west) cannot be resolved"),
      reason: "Unreachable",
      hint: expect.stringContaining("private cluster"),
    });
  });

  it("is named with its context when its certificate is not trusted", async () => {
    const server = await startApiServer(() => ({}), { tls: "server" });
    const connection = connectionTo({ server: server.url, context: "tls" });
    expect(await failureOf(connection)).toMatchObject({
      message: expect.stringContaining(`The TLS connection to ${server.url} (context tls) failed`),
      reason: "UntrustedCertificate",
      hint: expect.stringContaining("certificate-authority-data"),
    });
    expect(server.seen).toEqual([]);
  });

  it("is given up after the request timeout", async () => {
    const { server, connection } = await connected(() => ({ silent: true }), { requestTimeoutMs: 50 });
    expect(await failureOf(connection)).toMatchObject({
      message: `${server.url} (context test) did not answer GET /version within 0.05 s`,
      reason: "Timeout",
      hint: expect.stringContaining("--request-timeout"),
    });
  });
});
