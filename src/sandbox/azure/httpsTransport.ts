import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { ConnectionReset, type SandboxHandler } from "./http.ts";

export interface HttpsTransport {
  /** `https://127.0.0.1:PORT`; `https://localhost:PORT` works as well. */
  origin: string;
  /** Ends open connections and frees the port. */
  close(): Promise<void>;
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}

async function exchange(handle: SandboxHandler, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const headers = Object.entries(request.headers).map(([name, value]) => [name, [value].flat().join(", ")]);
  const answer = await handle({
    method: request.method ?? "GET",
    url: `https://${request.headers.host}${request.url}`,
    headers: Object.fromEntries(headers) as Record<string, string>,
    body: await readBody(request),
  });
  response.writeHead(answer.status, answer.headers);
  response.end(answer.body);
}

/**
 * Serves a simulated Azure over HTTPS on a free port of 127.0.0.1, for clients that take no other transport.
 * `tls` is a PEM certificate for localhost and 127.0.0.1, and its key.
 */
export async function serveHttps(handle: SandboxHandler, tls: { cert: string; key: string }): Promise<HttpsTransport> {
  const server = createServer(tls, (request, response) => {
    exchange(handle, request, response).catch((error: unknown) => {
      if (error instanceof ConnectionReset) {
        request.socket.destroy();
        return;
      }
      response.writeHead(500, { "content-type": "text/plain" });
      response.end(error instanceof Error ? error.stack : String(error));
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    origin: `https://127.0.0.1:${port}`,
    close: () =>
      new Promise((resolve, reject) => {
        server.close(error => (error ? reject(error) : resolve()));
        server.closeAllConnections();
      }),
  };
}
