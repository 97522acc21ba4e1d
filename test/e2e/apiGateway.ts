import { readFile } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer, request as forward } from "node:https";
import type { AddressInfo } from "node:net";
import { type Gate, isWrite, type Moment, type Write } from "./gate.ts";

export interface ApiGateway {
  origin: string;
  /** The PEM that its certificate is trusted by, in base64, as kubeconfigs have it. */
  caData: string;
  close(): Promise<void>;
}

/** Reviews and tokens are asked for with POST, and nothing is stored. */
const questions = /\/(selfsubjectaccessreviews|selfsubjectrulesreviews|serviceaccounts\/[^/]+\/token)$/;

/** Stands before a real API server and hands everything on as it is, so that tests see, and can cut off, single writes. */
export async function startApiGateway(
  upstream: { server: string; caData: string },
  tls: { cert: string; key: string },
  gate: Gate,
): Promise<ApiGateway> {
  const ca = Buffer.from(upstream.caData, "base64");
  const { hostname, port } = new URL(upstream.server);

  const handOn = (incoming: IncomingMessage, answer: ServerResponse) => {
    const url = new URL(incoming.url ?? "/", upstream.server);
    const method = incoming.method ?? "GET";
    const write: Write | undefined =
      isWrite(method) && !questions.test(url.pathname)
        ? { server: "kubernetes", method, path: url.pathname, dryRun: url.searchParams.has("dryRun") }
        : undefined;
    const passes = (moment: Moment): boolean => {
      try {
        if (write) gate.pass(write, moment);
        return true;
      } catch {
        incoming.socket.destroy();
        return false;
      }
    };
    if (!passes("before")) return;
    const headers = { ...incoming.headers, host: `${hostname}:${port}` };
    const outgoing = forward({ hostname, port, ca, method, path: incoming.url, headers }, response => {
      if (!passes("after")) {
        response.resume();
        return;
      }
      answer.writeHead(response.statusCode ?? 502, response.headers);
      response.pipe(answer);
    });
    outgoing.on("error", () => incoming.socket.destroy());
    answer.on("close", () => {
      if (!answer.writableEnded) outgoing.destroy();
    });
    incoming.pipe(outgoing);
  };

  const server = createServer(tls, handOn);
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  return {
    origin: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    caData: Buffer.from(tls.cert).toString("base64"),
    close: () =>
      new Promise((resolve, reject) => {
        server.close(error => (error ? reject(error) : resolve()));
        server.closeAllConnections();
      }),
  };
}

/** A kubeconfig like the given one, whose requests go through the gateway. */
export async function kubeconfigThrough(gateway: ApiGateway, path: string): Promise<string> {
  const kubeconfig = JSON.parse(await readFile(path, "utf8")) as { clusters: { name: string }[] };
  const cluster = { server: gateway.origin, "certificate-authority-data": gateway.caData };
  return JSON.stringify({ ...kubeconfig, clusters: kubeconfig.clusters.map(({ name }) => ({ name, cluster })) });
}
