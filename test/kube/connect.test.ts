import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { stringify } from "yaml";
import { CommandError } from "../../src/core/errors.ts";
import { type ConnectOptions, connect } from "../../src/kube/connect.ts";
import { certificateFile, keyFile, refusal, startApiServer } from "./apiServer.ts";

afterEach(() => vi.unstubAllEnvs());

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), "azwi-migrate-kubeconfig-"));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

interface World {
  clusters?: Record<string, object>;
  users?: Record<string, object>;
  contexts?: Record<string, object>;
  current?: string;
}

function kubeconfig({ clusters = {}, users = {}, contexts = {}, current }: World): string {
  const named = (key: string, of: Record<string, object>) =>
    Object.entries(of).map(([name, it]) => ({ name, [key]: it }));
  return stringify({
    apiVersion: "v1",
    kind: "Config",
    clusters: named("cluster", clusters),
    users: named("user", users),
    contexts: named("context", contexts),
    ...(current === undefined ? {} : { "current-context": current }),
  });
}

const west = { server: "https://west.example:443" };
const east = { server: "https://east.example:443/" };

const two: World = {
  clusters: { west, east },
  users: { dev: { token: "t" } },
  contexts: {
    "aks-west": { cluster: "west", user: "dev", namespace: "shop" },
    "aks-east": { cluster: "east", user: "dev" },
  },
  current: "aks-west",
};

function written(world: World | string, name = "config"): string {
  const file = join(folder(), name);
  writeFileSync(file, typeof world === "string" ? world : kubeconfig(world));
  return file;
}

/** With nothing of the machine the tests run on. */
const isolated = (options: ConnectOptions = {}): ConnectOptions => ({ env: { HOME: "/nonexistent" }, ...options });

async function connections(options: ConnectOptions) {
  const made = await connect(isolated(options));
  return made.map(({ context, server, namespace }) => ({ context, server, namespace }));
}

async function failure(options: ConnectOptions): Promise<{ message: string; hint: string | undefined }> {
  const error: unknown = await connect(isolated(options)).catch(reason => reason);
  if (!(error instanceof CommandError)) throw new Error(`no CommandError but ${String(error)}`);
  return { message: error.message, hint: error.hint };
}

const aksWest = { context: "aks-west", server: "https://west.example:443", namespace: "shop" };
const aksEast = { context: "aks-east", server: "https://east.example:443", namespace: undefined };

describe("the choice of contexts", () => {
  it("takes the current one when none is named", async () => {
    expect(await connections({ kubeconfig: written(two) })).toEqual([aksWest]);
  });

  it("takes the named ones in the order given, each once", async () => {
    const options = { kubeconfig: written(two), contexts: ["aks-east", "aks-west", "aks-east"] };
    expect(await connections(options)).toEqual([aksEast, aksWest]);
  });

  it("lists the known contexts when one is unknown", async () => {
    const file = written(two);
    expect(await failure({ kubeconfig: file, contexts: ["aks-north"] })).toEqual({
      message: `The context aks-north is not in the kubeconfig (${file})`,
      hint: "Known contexts: aks-east, aks-west.",
    });
  });

  it("says that there is no current context, and which there are", async () => {
    const { current: _none, ...rest } = two;
    const file = written(rest);
    expect(await failure({ kubeconfig: file })).toEqual({
      message: `The kubeconfig (${file}) has no current context`,
      hint: "Name one with --context. Known contexts: aks-east, aks-west.",
    });
  });

  it("refuses two contexts for one cluster", async () => {
    const world = { ...two, contexts: { ...two.contexts, admin: { cluster: "west", user: "dev" } } };
    expect(await failure({ kubeconfig: written(world), contexts: ["aks-west", "admin"] })).toEqual({
      message: "The contexts aks-west and admin are the same cluster, https://west.example:443",
      hint: "Name one of them: a cluster is migrated once.",
    });
  });

  it.each([
    ["a cluster that is missing", { contexts: { a: { cluster: "north", user: "dev" } } }, "names the cluster north"],
    ["a user that is missing", { contexts: { a: { cluster: "west", user: "ops" } } }, "names the user ops"],
    ["a server that is no URL", { clusters: { west: { server: "west.example" } } }, "is not an http or https URL"],
    ["a password in the address", { clusters: { west: { server: "https://u:hunter2@west" } } }, "holds a password"],
  ])("refuses a context with %s", async (_what, change, words) => {
    const contexts = { a: { cluster: "west", user: "dev" } };
    const error = await failure({ kubeconfig: written({ ...two, contexts, current: "a", ...change }) });
    expect(error.message).toContain(words);
    expect(error.message).not.toContain("hunter2");
  });
});

describe("where the kubeconfig comes from", () => {
  it("is --kubeconfig before KUBECONFIG before the home folder", async () => {
    const home = folder();
    mkdirSync(join(home, ".kube"));
    writeFileSync(join(home, ".kube", "config"), kubeconfig({ ...two, current: "aks-east" }));
    const env = { HOME: home };
    expect(await connections({ env })).toEqual([aksEast]);
    const named = { ...env, KUBECONFIG: written(two) };
    expect(await connections({ env: named })).toEqual([aksWest]);
    expect(await connections({ env: named, kubeconfig: written({ ...two, current: "aks-east" }) })).toEqual([aksEast]);
  });

  it("merges the files of KUBECONFIG as kubectl does: the first wins, missing files are skipped", async () => {
    const first = written({ clusters: { west }, contexts: { "aks-west": { cluster: "west", namespace: "shop" } } });
    const second = written({ ...two, clusters: { west: east, east }, current: "aks-east" });
    const env = { HOME: "/nonexistent", KUBECONFIG: ["/nonexistent/config", first, second].join(delimiter) };
    expect(await connections({ env })).toEqual([aksEast]);
    expect(await connections({ env, contexts: ["aks-west", "aks-east"] })).toEqual([aksWest, aksEast]);
  });

  it("is the service account inside a pod, when there is no file", async () => {
    const root = folder();
    const account = join(root, "var/run/secrets/kubernetes.io/serviceaccount");
    mkdirSync(account, { recursive: true });
    writeFileSync(join(account, "token"), "pod-token\n");
    writeFileSync(join(account, "namespace"), "tools");
    const server = await startApiServer(seen => ({ body: { authorization: seen.headers.authorization } }), {
      tls: "server",
    });
    const { hostname, port } = new URL(server.url);
    vi.stubEnv("KUBERNETES_SERVICE_HOST", hostname);
    vi.stubEnv("KUBERNETES_SERVICE_PORT", port);
    writeFileSync(join(account, "ca.crt"), certificateText());
    const env = { HOME: "/nonexistent", KUBERNETES_SERVICE_HOST: hostname };
    const [connection] = await connect({ env, inClusterRoot: root });
    onTestFinished(() => connection?.close());
    expect({ context: connection?.context, server: connection?.server, namespace: connection?.namespace }).toEqual({
      context: "in-cluster",
      server: server.url,
      namespace: "tools",
    });
    expect(await connection?.request({ method: "GET", path: "/version" })).toEqual({
      authorization: "Bearer pod-token",
    });
  });

  it("is said with everything that was looked for, when there is none", async () => {
    expect(await failure({})).toEqual({
      message:
        "No kubeconfig found: no --kubeconfig, no KUBECONFIG, no file /nonexistent/.kube/config, and not inside a pod with a service account",
      hint: "Write one with az aks get-credentials --resource-group RG --name CLUSTER, or name it with --kubeconfig.",
    });
    expect((await failure({ env: { KUBECONFIG: "/nonexistent/a" } })).message).toBe(
      "No kubeconfig found: KUBECONFIG names /nonexistent/a, which does not exist",
    );
    expect((await failure({ kubeconfig: "/nonexistent/b" })).message).toBe(
      "The kubeconfig /nonexistent/b (--kubeconfig) does not exist",
    );
  });

  it("is refused with line and column when it does not parse, without quoting it", async () => {
    const file = written("users:\n- name: a\n  user: {token: hunter2\n");
    const { message } = await failure({ kubeconfig: file });
    expect(message).toMatch(
      /^The kubeconfig .* is not valid YAML: line \d+, column \d+ \(BAD_INDENT|^The kubeconfig .* is not valid YAML: line/,
    );
    expect(message).not.toContain("hunter2");
    expect((await failure({ kubeconfig: written("just text") })).message).toContain("is not a kubeconfig");
    const bomb = [
      "a: &a [x, x]",
      ...[..."bcdefgh"].map((key, i) => `${key}: &${key} [${`*${"abcdefg"[i]}, `.repeat(9)}]`),
    ];
    expect((await failure({ kubeconfig: written(bomb.join("\n")) })).message).toContain("aliases");
    expect((await failure({ kubeconfig: folder() })).message).toContain("cannot be read: it is a folder");
  });
});

function certificateText(): string {
  return readFileSync(certificateFile, "utf8");
}

/** What reaches the server from a kubeconfig with this user. */
async function headersFrom(user: object) {
  const server = await startApiServer(seen => ({ body: { ...seen.headers, certificate: seen.certificate } }), {
    tls: "server",
  });
  const cluster = { server: server.url, "certificate-authority": certificateFile };
  const world = {
    clusters: { c: cluster },
    users: { u: user },
    contexts: { c: { cluster: "c", user: "u" } },
    current: "c",
  };
  const file = written(world);
  const [connection] = await connect(isolated({ kubeconfig: file }));
  if (!connection) throw new Error("no connection");
  onTestFinished(() => connection.close());
  return { file, headers: () => connection.request({ method: "GET", path: "/version" }) };
}

describe("the credentials of a kubeconfig", () => {
  it("are a token, a token in a file beside it, or a name and password", async () => {
    const token = await headersFrom({ token: "abc" });
    expect(await token.headers()).toMatchObject({ authorization: "Bearer abc" });
    const inFile = await headersFrom({ tokenFile: "token", token: "old" });
    writeFileSync(join(inFile.file, "..", "token"), "from-file\n");
    expect(await inFile.headers()).toMatchObject({ authorization: "Bearer from-file" });
    const basic = await headersFrom({ username: "a", password: "b" });
    expect(await basic.headers()).toMatchObject({ authorization: `Basic ${btoa("a:b")}` });
  });

  it("are a client certificate", async () => {
    const user = { "client-certificate": certificateFile, "client-key": keyFile };
    const { headers } = await headersFrom(user);
    expect(await headers()).toMatchObject({ certificate: "azwi-migrate simulated Azure (tests only)" });
  });

  it("carry whom to act as, with all groups", async () => {
    const { headers } = await headersFrom({ token: "abc", as: "jane", "as-groups": ["dev", "ops"], "as-uid": "7" });
    expect(await headers()).toMatchObject({
      "impersonate-user": "jane",
      "impersonate-group": "dev, ops",
      "impersonate-uid": "7",
    });
  });

  it("name the file that is not there", async () => {
    const { headers } = await headersFrom({
      "client-certificate": "/nonexistent/crt",
      "client-key": "/nonexistent/key",
    });
    await expect(headers()).rejects.toMatchObject({
      reason: "CredentialsUnavailable",
      message: expect.stringContaining("/nonexistent/crt"),
    });
  });

  it("may be absent: the certificate authority counts all the same", async () => {
    const server = await startApiServer(() => refusal(401, "Unauthorized", "Unauthorized"), { tls: "server" });
    const clusters = { c: { server: server.url, "certificate-authority": certificateFile } };
    const [connection] = await connect(
      isolated({ kubeconfig: written({ clusters, contexts: { c: { cluster: "c" } }, current: "c" }) }),
    );
    onTestFinished(() => connection?.close());
    await expect(connection?.request({ method: "GET", path: "/version" })).rejects.toMatchObject({ status: 401 });
  });

  it("work over plain HTTP, as kubectl proxy serves it", async () => {
    const server = await startApiServer(() => ({ body: { ok: true } }));
    const world = { clusters: { c: { server: server.url } }, contexts: { c: { cluster: "c" } }, current: "c" };
    const [connection] = await connect(isolated({ kubeconfig: written(world) }));
    onTestFinished(() => connection?.close());
    expect(await connection?.request({ method: "GET", path: "/version" })).toEqual({ ok: true });
  });
});
