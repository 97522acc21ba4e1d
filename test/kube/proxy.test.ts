import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { type AddressInfo, connect as connectSocket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { stringify } from "yaml";
import { connect } from "../../src/kube/connect.ts";
import { proxyFor } from "../../src/kube/proxy.ts";
import { certificateFile, startApiServer } from "./apiServer.ts";

const cluster = (server: string, proxyUrl?: string) => ({
  name: "c",
  server,
  skipTLSVerify: false,
  ...(proxyUrl === undefined ? {} : { proxyUrl }),
});

describe("the proxy of a cluster", () => {
  const env = { HTTPS_PROXY: "proxy.corp:3128", NO_PROXY: "internal.corp, .azmk8s.io:8443,10.0.0.4" };

  it.each([
    ["its own proxy-url before the environment's", cluster("https://a.example", "http://own:1"), env, "http://own:1"],
    ["HTTPS_PROXY for https", cluster("https://a.example"), env, "http://proxy.corp:3128"],
    ["not HTTPS_PROXY for http", cluster("http://a.example"), env, undefined],
    ["HTTP_PROXY for http", cluster("http://a.example"), { HTTP_PROXY: "http://p:1" }, "http://p:1"],
    ["none for a host in NO_PROXY", cluster("https://internal.corp"), env, undefined],
    ["none below a host in NO_PROXY", cluster("https://a.internal.corp"), env, undefined],
    ["none for an address in NO_PROXY", cluster("https://10.0.0.4"), env, undefined],
    ["one when NO_PROXY means another port", cluster("https://a.azmk8s.io"), env, "http://proxy.corp:3128"],
    ["none when NO_PROXY means this port", cluster("https://a.azmk8s.io:8443"), env, undefined],
    ["none on this machine", cluster("https://127.0.0.1:6443"), env, undefined],
    ["none for * in NO_PROXY", cluster("https://a.example"), { ...env, NO_PROXY: "*" }, undefined],
    ["none without variables", cluster("https://a.example"), {}, undefined],
  ])("is %s", (_what, target, variables, proxyUrl) => {
    expect(proxyFor(target, variables)).toEqual(proxyUrl === undefined ? {} : { proxyUrl });
  });

  it("carries the requests, over sockets that are kept", async () => {
    const server = await startApiServer(seen => ({ body: { as: seen.headers.authorization } }), { tls: "server" });
    const tunnels: string[] = [];
    const proxy = createServer();
    proxy.on("connect", (request, client) => {
      tunnels.push(request.url ?? "");
      const { hostname, port } = new URL(`http://${request.url}`);
      const upstream = connectSocket(Number(port), hostname, () => {
        client.write("HTTP/1.1 200 OK\r\n\r\n");
        upstream.pipe(client).pipe(upstream);
      });
      upstream.on("error", () => client.destroy());
      client.on("error", () => upstream.destroy());
    });
    await new Promise<void>(resolve => proxy.listen(0, "127.0.0.1", resolve));
    const folder = mkdtempSync(join(tmpdir(), "azwi-migrate-proxy-"));
    onTestFinished(() => {
      proxy.closeAllConnections();
      proxy.close();
      rmSync(folder, { recursive: true, force: true });
    });
    const proxyUrl = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
    const kubeconfig = join(folder, "config");
    writeFileSync(
      kubeconfig,
      stringify({
        "current-context": "c",
        clusters: [
          {
            name: "c",
            cluster: { server: server.url, "certificate-authority": certificateFile, "proxy-url": proxyUrl },
          },
        ],
        users: [{ name: "u", user: { token: "abc" } }],
        contexts: [{ name: "c", context: { cluster: "c", user: "u" } }],
      }),
    );
    const [connection] = await connect({ kubeconfig });
    onTestFinished(() => connection?.close());
    for (let i = 0; i < 3; i++) {
      expect(await connection?.request({ method: "GET", path: "/version" })).toEqual({ as: "Bearer abc" });
    }
    expect(tunnels).toEqual([new URL(server.url).host]);
  });
});
