import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { json } from "node:stream/consumers";
import { isRecord } from "../../src/core/kubernetes.ts";

/** A pretended Azure for MIC alone, over plain HTTP. */
export interface ARM {
  /** With a slash at the end, as cloud environment files have it. */
  url: string;
  stop(): Promise<void>;
}

/**
 * Serves what MIC asks of Azure: a token for every client, and any virtual machine or scale set, with identities that can be
 * changed. MIC dereferences `properties.provisioningState` without asking whether it is there.
 */
export async function startARM(): Promise<ARM> {
  const identities = new Map<string, unknown>();
  const answer = async (request: IncomingMessage): Promise<unknown> => {
    const path = new URL(request.url ?? "/", "http://arm").pathname;
    if (path.endsWith("/oauth2/token")) return token;
    const machine = /\/subscriptions\/.+\/(virtualMachines|virtualMachineScaleSets)\/([^/]+)$/.exec(path);
    if (!machine) return undefined;
    if (request.method === "PATCH") {
      const body = await json(request);
      if (isRecord(body)) identities.set(path, body.identity);
    }
    const properties = { provisioningState: "Succeeded" };
    return { id: path, name: machine[2], location: "westeurope", identity: identities.get(path), properties };
  };
  const server = createServer((request, response) => {
    answer(request).then(
      body => {
        response.writeHead(body === undefined ? 404 : 200, { "content-type": "application/json" });
        response.end(JSON.stringify(body ?? { error: { code: "NotFound", message: request.url } }));
      },
      error => response.writeHead(400).end(String(error)),
    );
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/`,
    async stop() {
      server.closeAllConnections();
      await once(server.close(), "close");
    },
  };
}

const token = {
  access_token: "token",
  token_type: "Bearer",
  expires_in: "86400",
  expires_on: "4102444800",
  not_before: "0",
  resource: "arm",
};
