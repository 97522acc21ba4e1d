import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { request as forward } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isRecord } from "../../src/core/kubernetes.ts";

/** How many requests reach the API server of a kubeconfig while `work` runs with another one, which leads through a counter to it. */
export async function countRequests(
  kubeconfig: string,
  work: (kubeconfig: string) => Promise<unknown>,
): Promise<number> {
  const config = JSON.parse(await readFile(kubeconfig, "utf8")) as Config;
  const [cluster] = config.clusters;
  const [user] = config.users;
  if (!cluster || !isRecord(user?.user)) throw new Error(`${kubeconfig} has no cluster or no user`);
  const { hostname, port } = new URL(cluster.cluster.server);
  const ca = bytesOf(cluster.cluster["certificate-authority-data"]);
  const cert = bytesOf(user.user["client-certificate-data"]);
  const key = bytesOf(user.user["client-key-data"]);
  let requests = 0;
  const server = createServer((incoming, answer) => {
    requests++;
    const headers = { ...incoming.headers, host: `${hostname}:${port}` };
    const { method, url: path } = incoming;
    const outgoing = forward({ hostname, port, ca, cert, key, method, path, headers }, response => {
      answer.writeHead(response.statusCode ?? 502, response.headers);
      response.pipe(answer);
    });
    outgoing.on("error", () => incoming.socket.destroy());
    incoming.pipe(outgoing);
  });
  await new Promise<void>(resolve => server.listen(0, "127.0.0.1", resolve));
  const folder = await mkdtemp(join(tmpdir(), "azwi-migrate-bench-count-"));
  try {
    const counted = join(folder, "kubeconfig");
    const through = { server: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
    const clusters = config.clusters.map(({ name }) => ({ name, cluster: through }));
    await writeFile(counted, JSON.stringify({ ...config, clusters }), { mode: 0o600 });
    await work(counted);
    return requests;
  } finally {
    server.closeAllConnections();
    server.close();
    await rm(folder, { recursive: true, force: true });
  }
}

interface Config {
  clusters: { name: string; cluster: { server: string; "certificate-authority-data"?: string } }[];
  users: { user?: Record<string, unknown> }[];
}

function bytesOf(data: unknown): Buffer | undefined {
  return typeof data === "string" ? Buffer.from(data, "base64") : undefined;
}
