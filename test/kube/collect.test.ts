import { describe, expect, it, onTestFinished } from "vitest";
import { parse } from "yaml";
import { CommandError } from "../../src/core/errors.ts";
import { readKinds } from "../../src/core/kinds.ts";
import { kindKey } from "../../src/core/kubernetes.ts";
import { type CollectOptions, collectCluster } from "../../src/kube/collect.ts";
import { connectionTo } from "../../src/kube/transport.ts";
import { forbidden, type Handler, listOf, type Reply, refusal, type Seen, startApiServer } from "./apiServer.ts";

const uid = "6b2a4b1e-0000-4000-8000-000000000001";
const podIdentity = "/apis/aadpodidentity.k8s.io/v1";
const own = ["azureassignedidentities", "azureidentities", "azureidentitybindings", "azurepodidentityexceptions"];
const ownKinds = ["AzureAssignedIdentity", "AzureIdentity", "AzureIdentityBinding", "AzurePodIdentityException"];
/** What other rules read, of the group that needs no discovery. */
const core = readKinds.filter(kind => kind.group === "");
const builtIn = [
  "/api/v1/pods",
  "/api/v1/replicationcontrollers",
  "/api/v1/serviceaccounts",
  "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations",
  "/apis/apps/v1/daemonsets",
  "/apis/apps/v1/deployments",
  "/apis/apps/v1/replicasets",
  "/apis/apps/v1/statefulsets",
  "/apis/batch/v1/cronjobs",
  "/apis/batch/v1/jobs",
  "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings",
  "/apis/rbac.authorization.k8s.io/v1/rolebindings",
];

/** The answer to GET /apis of a server with these kinds, by group and version. */
function serving(groups: Record<string, Record<string, string[]>>): Reply {
  const items = Object.entries(groups).map(([name, versions]) => ({
    metadata: { name },
    versions: Object.entries(versions).map(([version, kinds]) => ({
      version,
      resources: kinds.map(kind => ({ responseKind: { kind } })),
    })),
  }));
  return { body: { kind: "APIGroupDiscoveryList", items } };
}

const withPodIdentity = { "aadpodidentity.k8s.io": { v1: ownKinds } };

/** A cluster with pod identity and nothing in it, but for the paths given. */
function cluster(
  paths: Record<string, Reply | ((seen: Seen) => Reply | undefined)> = {},
  otherwise?: Handler,
): Handler {
  const answers: typeof paths = {
    "/api/v1/namespaces/kube-system": { body: { kind: "Namespace", metadata: { name: "kube-system", uid } } },
    "/version": { body: { gitVersion: "v1.29.4" } },
    "/.well-known/openid-configuration": { body: { issuer: "https://westeurope.oic.prod-aks.azure.com/t/c/" } },
    "/apis": serving(withPodIdentity),
    ...paths,
  };
  return seen => {
    const answer = Object.hasOwn(answers, seen.path) ? answers[seen.path] : undefined;
    return (typeof answer === "function" ? answer(seen) : answer) ?? otherwise?.(seen) ?? listOf([]);
  };
}

async function collected(
  handler: Handler,
  options: CollectOptions & { namespace?: string; requestTimeoutMs?: number } = {},
) {
  const { namespace, requestTimeoutMs, ...rest } = options;
  const server = await startApiServer(handler);
  const connection = connectionTo({
    server: server.url,
    context: "aks-west",
    ...(namespace === undefined ? {} : { namespace }),
    ...(requestTimeoutMs === undefined ? {} : { requestTimeoutMs }),
  });
  onTestFinished(() => connection.close());
  return { server, collect: () => collectCluster(connection, rest) };
}

async function failure(collect: () => Promise<unknown>): Promise<CommandError> {
  const error: unknown = await collect().catch(reason => reason);
  if (error instanceof CommandError) return error;
  throw new Error(`no CommandError but ${JSON.stringify(error)}`);
}

const pod = (name: string, namespace = "shop") => ({ metadata: { name, namespace, uid: `uid-${name}` } });

describe("collecting a cluster", () => {
  it("says what it is and asks for each kind once", async () => {
    const { server, collect } = await collected(cluster());
    expect(await collect()).toEqual({
      id: uid,
      context: "aks-west",
      server: server.url,
      serverVersion: "v1.29.4",
      issuer: "https://westeurope.oic.prod-aks.azure.com/t/c/",
      podIdentityInstalled: true,
      objects: [],
      unknown: [],
      findings: [],
    });
    expect(server.seen.map(one => one.path).sort()).toEqual(
      [
        ...builtIn,
        ...own.map(plural => `${podIdentity}/${plural}`),
        ...core.map(kind => `/api/v1/${kind.plural}`),
        "/apis",
        "/.well-known/openid-configuration",
        "/api/v1/namespaces/kube-system",
        "/version",
      ].sort(),
    );
    expect(server.seen.filter(one => one.method !== "GET")).toEqual([]);
  });

  it("reads page after page and tells of each kind", async () => {
    const pages: Record<string, Reply> = { "": listOf([pod("a")], "2"), "2": listOf([pod("b")]) };
    const told: object[] = [];
    const { collect } = await collected(cluster({ "/api/v1/pods": seen => pages[seen.query.continue ?? ""] }), {
      progress: read => told.push(read),
    });
    const { objects } = await collect();
    expect(objects).toEqual(
      ["a", "b"].map(name => ({
        ref: { source: uid, apiVersion: "v1", kind: "Pod", namespace: "shop", name, uid: `uid-${name}` },
        object: { apiVersion: "v1", kind: "Pod", metadata: { name, namespace: "shop", uid: `uid-${name}` } },
      })),
    );
    expect(told).toContainEqual({ kind: "Pod", objects: 2 });
    expect(told.length).toBe(builtIn.length + own.length + core.length);
  });

  it("starts a list over when it expires on the way", async () => {
    let expired = false;
    const { collect } = await collected(
      cluster({
        "/api/v1/pods": seen => {
          if (seen.query.continue === undefined) return listOf([pod("a")], "2");
          if (expired) return listOf([pod("b")]);
          expired = true;
          return refusal(410, "Expired", "too old");
        },
      }),
    );
    expect((await collect()).objects.map(found => found.ref.name)).toEqual(["a", "b"]);
  });

  it("knows that a cluster without pod identity has none of its objects", async () => {
    const { server, collect } = await collected(cluster({ "/apis": serving({ "other.example": { v1: ownKinds } }) }));
    expect(await collect()).toMatchObject({ podIdentityInstalled: false, unknown: [], findings: [] });
    expect(server.seen.filter(one => one.path.startsWith(podIdentity))).toEqual([]);
  });

  it("knows that a kind which discovery does not list has no objects", async () => {
    const kinds = ownKinds.filter(kind => kind !== "AzurePodIdentityException");
    const { server, collect } = await collected(
      cluster({ "/apis": serving({ "aadpodidentity.k8s.io": { v1: kinds } }) }),
    );
    expect(await collect()).toMatchObject({ podIdentityInstalled: true, unknown: [] });
    expect(server.seen.map(one => one.path)).not.toContain(`${podIdentity}/azurepodidentityexceptions`);
  });

  it("reads other kinds in the version that the server prefers, keeping the fields that rules read", async () => {
    const spec = { minAvailable: 1 };
    const { collect } = await collected(
      cluster({
        "/apis": serving({
          policy: { v1: ["PodDisruptionBudget"], v1beta1: ["PodDisruptionBudget", "PodSecurityPolicy"] },
        }),
        "/apis/policy/v1/poddisruptionbudgets": listOf([{ ...pod("cart"), spec, status: { expectedPods: 1 } }]),
      }),
    );
    expect((await collect()).objects.map(found => found.object)).toEqual([
      { apiVersion: "policy/v1", kind: "PodDisruptionBudget", metadata: pod("cart").metadata, spec },
    ]);
  });

  it("asks for pod identity's kinds all the same when discovery fails, and knows nothing of the others", async () => {
    const { collect, server } = await collected(cluster({ "/apis": refusal(500, "InternalError", "broken") }));
    const result = await collect();
    expect(result).toMatchObject({ podIdentityInstalled: true });
    const others = readKinds.filter(kind => kind.group !== "");
    expect(result.unknown.map(({ kind, except, reason }) => ({ kind, except, reason }))).toEqual(
      others.map(({ group, kind }) => ({
        kind: kindKey({ apiVersion: `${group}/v1`, kind }),
        except: [],
        reason: "discovery of its API group failed",
      })),
    );
    expect(result.findings).toEqual([
      {
        code: "more-kinds-not-readable",
        severity: "info",
        subject: { source: uid, apiVersion: "v1", kind: "Namespace", name: "kube-system" },
        args: { kinds: others.map(({ kind }) => kind).sort(), reason: "discovery failed" },
      },
    ]);
    expect(server.seen.filter(one => one.path.startsWith(`${podIdentity}/`)).length).toBe(own.length);
  });

  it("tells of other kinds that may not be listed in one finding", async () => {
    const { collect } = await collected(
      cluster({
        "/apis": serving({ policy: { v1: ["PodDisruptionBudget"] } }),
        "/apis/policy/v1/poddisruptionbudgets": forbidden("poddisruptionbudgets"),
        "/apis/policy/v1/namespaces/default/poddisruptionbudgets": forbidden("poddisruptionbudgets"),
        "/api/v1/services": forbidden("services"),
      }),
    );
    const { unknown, findings } = await collect();
    expect(unknown.map(({ kind, except }) => ({ kind, except }))).toEqual([
      { kind: "Service", except: ["default"] },
      { kind: "PodDisruptionBudget", except: [] },
    ]);
    expect(findings).toMatchObject([
      { code: "more-kinds-not-readable", args: { kinds: ["PodDisruptionBudget", "Service"] } },
    ]);
  });
});

describe("what cannot be read", () => {
  it("of the cluster's identity is replaced by its address, and said", async () => {
    const words = 'namespaces "kube-system" is forbidden';
    const { server, collect } = await collected(
      cluster({ "/api/v1/namespaces/kube-system": refusal(403, "Forbidden", words) }),
    );
    const id = `server:${server.url}`;
    expect(await collect()).toMatchObject({
      id,
      findings: [
        {
          code: "cluster-identity-unknown",
          severity: "warning",
          subject: { source: id, apiVersion: "v1", kind: "Namespace", name: "kube-system" },
          args: { reason: words },
        },
      ],
    });
  });

  it.each<[string, Reply, string]>([
    ["is forbidden", refusal(403, "Forbidden", "forbidden: User cannot get path"), "forbidden: User cannot get path"],
    ["is empty", { body: {} }, "the discovery document names no issuer"],
    [
      "comes from a gateway",
      { headers: { "content-type": "text/html" }, body: "<p>" },
      "the server answered 200, not as a Kubernetes API does",
    ],
  ])("of the issuer is a finding when its document %s", async (_how, reply, reason) => {
    const { collect } = await collected(cluster({ "/.well-known/openid-configuration": reply }));
    const result = await collect();
    expect(result.issuer).toBeUndefined();
    expect(result.findings).toEqual([
      {
        code: "issuer-not-readable",
        severity: "warning",
        subject: { source: uid, apiVersion: "v1", kind: "Namespace", name: "kube-system" },
        args: { reason },
      },
    ]);
  });

  it("in the whole cluster is read in the namespaces of -n, and the rest is unknown", async () => {
    const namespaced: Handler = seen => {
      if (seen.path === "/api/v1/namespaces/shop/pods") return listOf([pod("a")]);
      if (seen.path === "/api/v1/namespaces/secret/pods") return forbidden("pods in secret");
      return listOf([]);
    };
    const { server, collect } = await collected(cluster({ "/api/v1/pods": forbidden("pods") }, namespaced), {
      namespaces: ["shop", "secret"],
      namespace: "elsewhere",
    });
    const result = await collect();
    expect(result.objects.map(found => found.ref)).toEqual([
      { source: uid, apiVersion: "v1", kind: "Pod", namespace: "shop", name: "a", uid: "uid-a" },
    ]);
    const reason = (what: string) => `${what} is forbidden: User "dev" cannot list resource`;
    expect(result.unknown).toEqual([{ source: uid, kind: "Pod", except: ["shop"], reason: reason("pods") }]);
    expect(result.findings).toEqual([
      {
        code: "kind-not-readable",
        severity: "error",
        subject: { source: uid, apiVersion: "v1", kind: "Pod", namespace: "secret", name: "*" },
        args: { kind: "Pod", resource: "pods", apiGroup: "", namespace: "secret", reason: reason("pods in secret") },
      },
    ]);
    expect(server.seen.filter(one => one.path.endsWith("/pods")).length).toBe(3);
  });

  it("in the whole cluster is read in the context's namespace when no -n is given", async () => {
    const { server, collect } = await collected(cluster({ "/apis/apps/v1/deployments": forbidden("deployments") }), {
      namespace: "shop",
    });
    expect((await collect()).unknown).toMatchObject([{ kind: "Deployment", except: ["shop"] }]);
    expect(server.seen.map(one => one.path)).toContain("/apis/apps/v1/namespaces/shop/deployments");
  });

  const again = { hint: expect.stringMatching(/^Run the command again; /) as unknown };
  it.each<[string, Reply, string, { hint?: unknown }]>([
    [
      "that is forbidden",
      forbidden("clusterrolebindings"),
      'clusterrolebindings is forbidden: User "dev" cannot list resource',
      {},
    ],
    ["that fails in the server", refusal(500, "InternalError", "etcd is sad"), "etcd is sad", again],
    [
      "that takes too long",
      { silent: true },
      "the server did not answer in time",
      { hint: "Check the network to the cluster, or give it more time with --request-timeout." },
    ],
    [
      "that is no list",
      { body: { items: "x" } },
      "The answer to GET /apis/rbac.authorization.k8s.io/v1/clusterrolebindings is not a list of Kubernetes objects",
      again,
    ],
  ])("of a kind %s is unknown, with what to do", async (how, reply, reason, hint) => {
    // Rights that end at namespaces are usual; a server that fails is not.
    const expected =
      how === "that is forbidden"
        ? { code: "cluster-kind-not-readable", severity: "warning" }
        : { code: "kind-not-readable", severity: "error" };
    const path = "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings";
    const { collect } = await collected(cluster({ [path]: reply }), { requestTimeoutMs: 1500 });
    const result = await collect();
    expect(result.unknown).toEqual([{ source: uid, kind: "ClusterRoleBinding", except: [], reason }]);
    expect(result.findings).toEqual([
      {
        ...expected,
        subject: { source: uid, apiVersion: "rbac.authorization.k8s.io/v1", kind: "ClusterRoleBinding", name: "*" },
        args: {
          kind: "ClusterRoleBinding",
          resource: "clusterrolebindings",
          apiGroup: "rbac.authorization.k8s.io",
          reason,
          ...hint,
        },
      },
    ]);
  });

  it("for the moment is asked again when the server says so", async () => {
    const slept: number[] = [];
    let busy = 2;
    const { collect } = await collected(
      cluster({
        "/api/v1/pods": () =>
          busy-- > 0
            ? { status: 429, headers: { "retry-after": "2" }, body: "Too many requests, please try again later.\n" }
            : listOf([pod("a")]),
      }),
      { clock: { sleep: async milliseconds => void slept.push(milliseconds) } },
    );
    expect(await collect()).toMatchObject({ objects: [{ ref: { name: "a" } }], unknown: [] });
    expect(slept).toEqual([2000, 2000]);
  });
});

describe("collecting ends at once", () => {
  it("with the missing role when nothing can be listed", async () => {
    const { server, collect } = await collected(
      cluster({}, () => forbidden("it")),
      { namespaces: ["shop"] },
    );
    const error = await failure(collect);
    expect(error.message).toBe(
      `Nothing can be listed in ${server.url} (context aks-west): it is forbidden: User "dev" cannot list resource`,
    );
    const role = parse(error.hint?.slice(error.hint.indexOf("apiVersion:")) ?? "");
    const verbs = ["get", "list"];
    expect({ ...role, rules: [] }).toEqual({
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "ClusterRole",
      metadata: { name: "azwi-migrate-reader" },
      rules: [],
    });
    expect(role.rules).toEqual(
      expect.arrayContaining([
        { apiGroups: ["aadpodidentity.k8s.io"], resources: own, verbs },
        { apiGroups: ["apps"], resources: ["daemonsets", "deployments", "replicasets", "statefulsets"], verbs },
        { apiGroups: ["batch"], resources: ["cronjobs", "jobs"], verbs },
        { nonResourceURLs: ["/.well-known/openid-configuration"], verbs: ["get"] },
      ]),
    );
    const named = (role.rules as { apiGroups?: string[]; resources?: string[] }[]).flatMap(
      ({ apiGroups: [group = ""] = [], resources = [] }) => resources.map(plural => `${group}/${plural}`),
    );
    expect(named).toEqual([...new Set(named)]);
    expect(named).toEqual(expect.arrayContaining(readKinds.map(({ group, plural }) => `${group}/${plural}`)));
    expect(named).not.toContain("/secrets");
  });

  it("when the server does not accept the credentials", async () => {
    const { server, collect } = await collected(() => refusal(401, "Unauthorized", "Unauthorized"));
    const error = await failure(collect);
    expect(error.message).toBe(`${server.url} (context aks-west) does not accept the credentials: Unauthorized`);
    expect(error.hint).toContain("az login");
    expect(server.seen.length).toBe(1);
  });

  it("when the credentials expire on the way", async () => {
    const { collect } = await collected(
      cluster({ "/apis/apps/v1/deployments": refusal(401, "Unauthorized", "expired") }),
    );
    expect((await failure(collect)).message).toContain("does not accept the credentials: expired");
  });

  it("when the server does not answer the first request", async () => {
    const { collect } = await collected(() => ({ silent: true }), { requestTimeoutMs: 50 });
    expect(await failure(collect)).toMatchObject({
      message: expect.stringContaining("did not answer GET /api/v1/namespaces/kube-system"),
      hint: expect.stringContaining("--request-timeout"),
    });
  });

  it("when the user interrupts it", async () => {
    const stop = new AbortController();
    const { server, collect } = await collected(cluster({ "/api/v1/pods": { silent: true } }), { signal: stop.signal });
    const waiting = collect().catch(reason => reason);
    await expect.poll(() => server.seen.some(one => one.path === "/api/v1/pods")).toBe(true);
    const reason = new Error("interrupted");
    stop.abort(reason);
    expect(await waiting).toBe(reason);
  });
});
