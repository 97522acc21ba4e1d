import { describe, expect, it, onTestFinished } from "vitest";
import { clusterAccess } from "../../src/kube/access.ts";
import { connectionTo } from "../../src/kube/transport.ts";
import { type Handler, listOf, refusal, startApiServer } from "./apiServer.ts";

async function access(handler: Handler) {
  const server = await startApiServer(handler);
  const connection = connectionTo({ server: server.url, context: "test" });
  onTestFinished(() => connection.close());
  return { server, cluster: clusterAccess(connection, "uid-1") };
}

const configMap = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "run", namespace: "azwi-migrate" } };
const requestOf = ({ method, path, query }: { method: string; path: string; query: object }) => ({
  method,
  path,
  query,
});

describe("get", () => {
  it("gives the object with every field that the server sent", async () => {
    const stored = { ...configMap, data: { a: "1" }, fieldOfTheFuture: [{ x: null }] };
    const { server, cluster } = await access(() => ({ body: stored }));
    expect(await cluster.get({ ...configMap, name: "run", namespace: "azwi-migrate" })).toEqual(stored);
    expect(server.seen.map(requestOf)).toEqual([
      { method: "GET", path: "/api/v1/namespaces/azwi-migrate/configmaps/run", query: {} },
    ]);
  });

  it("gives undefined for what is not there, and throws for what is refused", async () => {
    const { cluster } = await access(seen =>
      seen.path.endsWith("/gone") ? refusal(404, "NotFound", "gone") : refusal(403, "Forbidden", "no"),
    );
    const ref = { apiVersion: "apps/v1", kind: "Deployment", namespace: "shop" };
    expect(await cluster.get({ ...ref, name: "gone" })).toBeUndefined();
    await expect(cluster.get({ ...ref, name: "cart" })).rejects.toMatchObject({ status: 403, message: "no" });
  });

  it("does not take a gateway's 404 for a missing object", async () => {
    const { cluster } = await access(() => ({ status: 404, headers: { "content-type": "text/html" }, body: "<p>" }));
    await expect(cluster.get({ apiVersion: "v1", kind: "Pod", namespace: "shop", name: "cart" })).rejects.toMatchObject(
      { reason: "UnexpectedAnswer" },
    );
  });

  it("asks for old API groups and versions where the server has them now", async () => {
    const { server, cluster } = await access(() => refusal(404, "NotFound", "gone"));
    await cluster.get({ apiVersion: "extensions/v1beta1", kind: "DaemonSet", namespace: "a", name: "b" });
    await cluster.get({ apiVersion: "batch/v1beta1", kind: "CronJob", namespace: "a", name: "b" });
    await cluster.get({ apiVersion: "rbac.authorization.k8s.io/v1", kind: "ClusterRoleBinding", name: "system:node" });
    expect(server.seen.map(one => one.path)).toEqual([
      "/apis/apps/v1/namespaces/a/daemonsets/b",
      "/apis/batch/v1/namespaces/a/cronjobs/b",
      "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings/system%3Anode",
    ]);
  });

  it.each(["", ".", "..", "a/b", "../../secrets/x", "a%2Fb"])(
    "refuses the hostile name %j without a request",
    async name => {
      const { server, cluster } = await access(() => ({}));
      const ref = { apiVersion: "v1", kind: "Pod", namespace: "shop", name };
      await expect(cluster.get(ref)).rejects.toMatchObject({ reason: "InvalidName" });
      await expect(cluster.get({ ...ref, namespace: name, name: "a" })).rejects.toMatchObject({
        reason: "InvalidName",
      });
      expect(server.seen).toEqual([]);
    },
  );

  it.each(["a?dryRun=All", "a#b", "a b", "ä\n", "a&b=c"])("keeps the name %j one segment of the path", async name => {
    const { server, cluster } = await access(() => refusal(404, "NotFound", "gone"));
    await cluster.get({ apiVersion: "v1", kind: "Pod", namespace: "shop", name });
    expect(server.seen.map(requestOf)).toEqual([
      { method: "GET", path: `/api/v1/namespaces/shop/pods/${encodeURIComponent(name)}`, query: {} },
    ]);
  });

  it("refuses kinds that the tool has nothing to do with", async () => {
    const { server, cluster } = await access(() => ({}));
    await expect(cluster.get({ apiVersion: "v1", kind: "Secret", namespace: "shop", name: "a" })).rejects.toMatchObject(
      { reason: "UnknownKind" },
    );
    expect(server.seen).toEqual([]);
  });
});

describe("writes", () => {
  const written = { fieldManager: "azwi-migrate", fieldValidation: "Strict" };

  it("creates, patches and replaces as the field manager azwi-migrate, strictly validated", async () => {
    const { server, cluster } = await access(() => ({ body: configMap }));
    const operations = [{ op: "test" as const, path: "/data/a", value: "1" }];
    expect(await cluster.create(configMap)).toEqual(configMap);
    expect(await cluster.patch({ ...configMap, namespace: "azwi-migrate", name: "run" }, operations)).toEqual(
      configMap,
    );
    expect(await cluster.replace(configMap)).toEqual(configMap);
    const list = "/api/v1/namespaces/azwi-migrate/configmaps";
    expect(
      server.seen.map(one => ({ ...requestOf(one), type: one.headers["content-type"], body: JSON.parse(one.body) })),
    ).toEqual([
      { method: "POST", path: list, query: written, type: "application/json", body: configMap },
      { method: "PATCH", path: `${list}/run`, query: written, type: "application/json-patch+json", body: operations },
      { method: "PUT", path: `${list}/run`, query: written, type: "application/json", body: configMap },
    ]);
  });

  it("asks the server to store nothing in a dry run", async () => {
    const { server, cluster } = await access(() => ({ body: configMap }));
    await cluster.create(configMap, { dryRun: "All" });
    expect(server.seen.map(one => one.query)).toEqual([{ ...written, dryRun: "All" }]);
  });

  it("refuses an object without the namespace that its kind needs", async () => {
    const { server, cluster } = await access(() => ({ body: configMap }));
    const lost = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "run" } };
    await expect(cluster.create(lost)).rejects.toMatchObject({ reason: "InvalidName" });
    await expect(cluster.replace(lost)).rejects.toMatchObject({ reason: "InvalidName" });
    await expect(cluster.patch({ apiVersion: "v1", kind: "ConfigMap", name: "run" }, [])).rejects.toMatchObject({
      reason: "InvalidName",
    });
    expect(server.seen).toEqual([]);
  });

  it("gives the server's words when admission refuses", async () => {
    const { cluster } = await access(() =>
      refusal(403, "Forbidden", 'admission webhook "gatekeeper" denied the request'),
    );
    await expect(cluster.create(configMap)).rejects.toMatchObject({
      status: 403,
      message: 'admission webhook "gatekeeper" denied the request',
    });
  });
});

describe("list", () => {
  const item = (name: string) => ({ metadata: { name, namespace: "shop" }, spec: {} });
  const whole = (name: string) => ({ apiVersion: "v1", kind: "Pod", ...item(name) });
  const pods = { apiVersion: "v1", kind: "Pod" };

  it("follows every page, and gives items the kind that built-in lists leave out", async () => {
    const pages: Record<string, ReturnType<typeof listOf>> = {
      "": listOf([item("a"), item("b")], "2"),
      "2": listOf([item("c")], "3"),
      "3": listOf([item("d")]),
    };
    const { server, cluster } = await access(seen => pages[seen.query.continue ?? ""] ?? { status: 500 });
    expect(await cluster.list({ ...pods, namespace: "shop", labelSelector: "app in (a,b)" })).toEqual(
      ["a", "b", "c", "d"].map(whole),
    );
    const query = { limit: "500", labelSelector: "app in (a,b)" };
    expect(server.seen.map(requestOf)).toEqual(
      [query, { ...query, continue: "2" }, { ...query, continue: "3" }].map(each => ({
        method: "GET",
        path: "/api/v1/namespaces/shop/pods",
        query: each,
      })),
    );
  });

  it("starts over once when the list expires on the way, without objects twice", async () => {
    let expired = 0;
    const { server, cluster } = await access(seen => {
      if (seen.query.continue === undefined) return listOf([item("a")], "2");
      return expired++ === 0
        ? refusal(410, "Expired", "The provided continue parameter is too old")
        : listOf([item("b")]);
    });
    expect(await cluster.list(pods)).toEqual(["a", "b"].map(whole));
    expect(server.seen.map(one => one.query.continue)).toEqual([undefined, "2", undefined, "2"]);
  });

  it("ends where every page names the same next one", async () => {
    const { server, cluster } = await access(() => listOf([item("a")], "2"));
    await expect(cluster.list({ apiVersion: "v1", kind: "ConfigMap" })).rejects.toMatchObject({
      reason: "MalformedList",
    });
    expect(server.seen.map(one => one.query.continue)).toEqual([undefined, "2"]);
  });

  it("gives up when the list expires again", async () => {
    const { cluster } = await access(seen =>
      seen.query.continue === undefined ? listOf([item("a")], "2") : refusal(410, "Expired", "too old"),
    );
    await expect(cluster.list(pods)).rejects.toMatchObject({ status: 410, reason: "Expired" });
  });

  it.each([[{ items: {} }], [{ items: [{ spec: {} }] }], [[]], ["text"]])("refuses %j as a list", async body => {
    const { cluster } = await access(() => ({ body, headers: { "content-type": "application/json" } }));
    await expect(cluster.list(pods)).rejects.toMatchObject({ name: expect.stringMatching(/ApiError|ConnectionError/) });
  });
});

describe("requestToken", () => {
  const request = { namespace: "shop", serviceAccount: "cart", audience: "api://A", expirationSeconds: 600 };

  it("asks for a token of the service account, and gives nothing but it", async () => {
    const { server, cluster } = await access(() => ({
      status: 201,
      body: { kind: "TokenRequest", status: { token: "t" } },
    }));
    expect(await cluster.requestToken(request)).toBe("t");
    expect(server.seen.map(({ method, path, body }) => ({ method, path, body: JSON.parse(body) }))).toEqual([
      {
        method: "POST",
        path: "/api/v1/namespaces/shop/serviceaccounts/cart/token",
        body: {
          apiVersion: "authentication.k8s.io/v1",
          kind: "TokenRequest",
          spec: { audiences: ["api://A"], expirationSeconds: 600 },
        },
      },
    ]);
  });

  it("throws what the server refuses, and for an answer without a token", async () => {
    const refused = await access(() => refusal(403, "Forbidden", "no"));
    await expect(refused.cluster.requestToken(request)).rejects.toMatchObject({ status: 403, message: "no" });
    const odd = await access(() => ({ status: 201, body: { status: { token: 1 } } }));
    await expect(odd.cluster.requestToken(request)).rejects.toMatchObject({ reason: "MalformedObject" });
  });
});
