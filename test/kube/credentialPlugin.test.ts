import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { stringify } from "yaml";
import { type ConnectOptions, connect } from "../../src/kube/connect.ts";
import type { Connection } from "../../src/kube/transport.ts";
import { type Handler, refusal, startApiServer } from "./apiServer.ts";

const token = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJtZSJ9.c2ln";

/** A kubeconfig whose user signs in with `login.js`, a script of these lines beside it. */
async function signedIn(
  lines: string,
  options: { handler?: Handler; connect?: ConnectOptions; exec?: object } = {},
): Promise<{ connection: Connection; folder: string; url: string; runs: () => number }> {
  const folder = mkdtempSync(join(tmpdir(), "azwi-migrate-plugin-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const script = `#!${process.execPath}
const { appendFileSync } = require("node:fs");
appendFileSync(${JSON.stringify(join(folder, "runs"))}, "x");
const give = status => console.log(JSON.stringify({ apiVersion: "client.authentication.k8s.io/v1", kind: "ExecCredential", status }));
${lines}
`;
  writeFileSync(join(folder, "login.js"), script);
  chmodSync(join(folder, "login.js"), 0o755);
  const server = await startApiServer(options.handler ?? (seen => ({ body: { as: seen.headers.authorization } })));
  const exec = {
    apiVersion: "client.authentication.k8s.io/v1",
    command: "./login.js",
    args: ["get-token"],
    env: null,
    ...options.exec,
  };
  writeFileSync(
    join(folder, "config"),
    stringify({
      "current-context": "c",
      clusters: [{ name: "c", cluster: { server: server.url } }],
      users: [{ name: "kubelogin-user", user: { exec } }],
      contexts: [{ name: "c", context: { cluster: "c", user: "kubelogin-user" } }],
    }),
  );
  const [connection] = await connect({ kubeconfig: join(folder, "config"), ...options.connect });
  if (!connection) throw new Error("no connection");
  onTestFinished(() => connection.close());
  const runs = join(folder, "runs");
  return { connection, folder, url: server.url, runs: () => (existsSync(runs) ? readFileSync(runs).length : 0) };
}

const read = (connection: Connection) => connection.request({ method: "GET", path: "/version" });

describe("a credential plugin", () => {
  it("is run once for requests in parallel and for those after them", async () => {
    const { connection, runs } = await signedIn(`give({ token: "abc" });`);
    const answers = await Promise.all(Array.from({ length: 5 }, () => read(connection)));
    answers.push(await read(connection));
    expect(answers).toEqual(Array.from({ length: 6 }, () => ({ as: "Bearer abc" })));
    expect(runs()).toBe(1);
  });

  it("is run again once its token has expired", async () => {
    const { connection, runs } = await signedIn(`give({ token: "abc", expirationTimestamp: "2020-01-01T00:00:00Z" });`);
    await read(connection);
    await read(connection);
    expect(runs()).toBe(2);
  });

  it("is run again, once, when the server does not take its token any more", async () => {
    const { connection, runs } = await signedIn(`give({ token: "abc" });`, {
      handler: () => refusal(401, "Unauthorized", "Unauthorized"),
    });
    await expect(read(connection)).rejects.toMatchObject({ status: 401 });
    expect(runs()).toBe(2);
  });

  it("gets its arguments, its environment and KUBERNETES_EXEC_INFO with the cluster it asks for", async () => {
    const { connection, url } = await signedIn(
      `give({ token: Buffer.from(JSON.stringify([process.argv.slice(2), process.env.MODE, JSON.parse(process.env.KUBERNETES_EXEC_INFO)])).toString("base64") });`,
      { exec: { env: [{ name: "MODE", value: "azurecli" }], provideClusterInfo: true } },
    );
    const answer = (await read(connection)) as { as: string };
    expect(JSON.parse(Buffer.from(answer.as.replace("Bearer ", ""), "base64").toString())).toEqual([
      ["get-token"],
      "azurecli",
      {
        apiVersion: "client.authentication.k8s.io/v1",
        kind: "ExecCredential",
        spec: { interactive: false, cluster: { server: url } },
      },
    ]);
  });

  it("is quoted when it fails, without tokens", async () => {
    const { connection, folder } = await signedIn(
      `console.error("AADSTS70043: expired ${token}"); process.exitCode = 3;`,
    );
    await expect(read(connection)).rejects.toMatchObject({
      reason: "CredentialsUnavailable",
      message: `The credential plugin ${join(folder, "login.js")} of kubeconfig user kubelogin-user failed with exit code 3: AADSTS70043: expired [token]`,
      hint: expect.stringContaining("az login"),
    });
  });

  it("may print what is no credential, which is not quoted", async () => {
    const { connection } = await signedIn(`console.log("not json ${token}");`);
    const error: unknown = await read(connection).catch(reason => reason);
    expect(error).toMatchObject({ message: expect.stringContaining("printed no ExecCredential") });
    expect(JSON.stringify(error) + String(error)).not.toContain(token);
  });

  it("is said to be missing with the kubeconfig's own hint", async () => {
    const { connection } = await signedIn("", {
      exec: { command: "no-such-kubelogin", installHint: "Install kubelogin." },
    });
    await expect(read(connection)).rejects.toMatchObject({
      message: expect.stringContaining("no-such-kubelogin of kubeconfig user kubelogin-user cannot be started"),
      hint: "Install kubelogin.",
    });
  });

  it("is heard while it waits for a person, and ended when nobody comes", async () => {
    const said: string[] = [];
    const { connection } = await signedIn(
      `console.error("open https://microsoft.com/devicelogin"); setInterval(() => {}, 1000);`,
      {
        connect: { talk: line => said.push(line), credentialPluginTimeoutMs: 3000 },
      },
    );
    const waiting = read(connection).catch(reason => reason);
    await expect.poll(() => said, { timeout: 10_000 }).toEqual(["open https://microsoft.com/devicelogin"]);
    expect(await waiting).toMatchObject({
      message: expect.stringContaining("did not end within 3 s: open https://microsoft.com/devicelogin"),
      hint: expect.stringContaining("-l azurecli"),
    });
  });

  it("is ended when the command is interrupted", async () => {
    const stop = new AbortController();
    const said: string[] = [];
    const { connection } = await signedIn(`console.error("waiting"); setInterval(() => {}, 1000);`, {
      connect: { signal: stop.signal, talk: line => said.push(line) },
    });
    const waiting = read(connection).catch(reason => reason);
    await expect.poll(() => said, { timeout: 10_000 }).toEqual(["waiting"]);
    const reason = new Error("interrupted");
    stop.abort(reason);
    expect(await waiting).toBe(reason);
  });
});
