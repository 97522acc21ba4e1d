import { readFileSync } from "node:fs";
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { TLSSocket } from "node:tls";
import { onTestFinished } from "vitest";

/** One request as it reached the server. */
export interface Seen {
  method: string;
  path: string;
  query: Record<string, string>;
  headers: IncomingHttpHeaders;
  body: string;
  /** The common name of the client's certificate. */
  certificate?: string;
}

export interface Reply {
  status?: number;
  headers?: Record<string, string>;
  /** A string or a buffer is sent as it is, anything else as JSON. */
  body?: unknown;
  /** Ends the connection without an answer. */
  hangUp?: true;
  /** Never answers. */
  silent?: true;
}

export type Handler = (seen: Seen) => Reply;

export interface ApiServer {
  url: string;
  seen: Seen[];
  /** How many sockets were opened. */
  sockets(): number;
}

export const certificateFile = new URL("../fixtures/tls/simulated-azure.crt.pem", import.meta.url).pathname;
export const keyFile = new URL("../fixtures/tls/simulated-azure.key.pem", import.meta.url).pathname;

/** A real server on 127.0.0.1 that answers as the test says, for what a well-behaved API server cannot be brought to do. */
export async function startApiServer(handler: Handler, options: { tls?: "server" } = {}): Promise<ApiServer> {
  const seen: Seen[] = [];
  let sockets = 0;
  const receive = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    let body = "";
    for await (const chunk of request) body += chunk;
    const url = new URL(request.url ?? "/", "http://server");
    const one: Seen = {
      method: request.method ?? "",
      path: url.pathname,
      query: Object.fromEntries(url.searchParams),
      headers: request.headers,
      body,
    };
    if (request.socket instanceof TLSSocket)
      one.certificate = String(request.socket.getPeerCertificate().subject?.CN ?? "");
    seen.push(one);
    const reply = handler(one);
    if (reply.silent) return;
    if (reply.hangUp) {
      request.socket.destroy();
      return;
    }
    const raw = typeof reply.body === "string" || Buffer.isBuffer(reply.body);
    response.writeHead(reply.status ?? 200, {
      "content-type": raw ? "text/plain" : "application/json",
      ...reply.headers,
    });
    response.end(raw ? reply.body : JSON.stringify(reply.body ?? {}));
  };
  const tls = { cert: readFileSync(certificateFile), key: readFileSync(keyFile) };
  const server = options.tls
    ? createTlsServer({ ...tls, requestCert: true, rejectUnauthorized: false }, receive)
    : createServer(receive);
  server.on("connection", () => {
    sockets++;
  });
  await new Promise<void>(resolve => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { url: `${options.tls ? "https" : "http"}://127.0.0.1:${port}`, seen, sockets: () => sockets };
}

/** A refusal as the API server words it. */
export function refusal(status: number, reason: string, message: string): Reply {
  return {
    status,
    body: { kind: "Status", apiVersion: "v1", metadata: {}, status: "Failure", message, reason, code: status },
  };
}

export const forbidden = (what: string) =>
  refusal(403, "Forbidden", `${what} is forbidden: User "dev" cannot list resource`);

/** A page of a list, whose items carry no kind, as those of built-in lists do. */
export function listOf(items: unknown[], next?: string): Reply {
  return { body: { kind: "List", apiVersion: "v1", metadata: next === undefined ? {} : { continue: next }, items } };
}
