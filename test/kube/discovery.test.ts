import { expect, it, onTestFinished } from "vitest";
import { discover, type GroupKind } from "../../src/kube/discovery.ts";
import { connectionTo } from "../../src/kube/transport.ts";
import { type Reply, refusal, type Seen, startApiServer } from "./apiServer.ts";

const wanted: GroupKind[] = [
  { group: "policy", kind: "PodDisruptionBudget" },
  { group: "keda.sh", kind: "TriggerAuthentication" },
  { group: "external-secrets.io", kind: "SecretStore" },
];

/** What is discovered of a server that answers these paths, and which it was asked for. */
async function discovered(paths: Record<string, Reply | ((seen: Seen) => Reply)>) {
  const server = await startApiServer(seen => {
    const answer = Object.hasOwn(paths, seen.path) ? paths[seen.path] : undefined;
    return (typeof answer === "function" ? answer(seen) : answer) ?? { status: 404, body: "404 page not found\n" };
  });
  const connection = connectionTo({ server: server.url, context: "aks-west" });
  onTestFinished(() => connection.close());
  const { versions, unknown } = await discover(connection, wanted, new AbortController().signal);
  return { versions: Object.fromEntries(versions), unknown: [...unknown], asked: server.seen.map(one => one.path) };
}

const resource = (kind: string) => ({ resource: `${kind.toLowerCase()}s`, responseKind: { kind } });
const group = (name: string, versions: object[]) => ({ metadata: { name }, versions });
const aggregated = (...items: unknown[]): Reply => ({ body: { kind: "APIGroupDiscoveryList", items } });

it("reads one document of all groups, and takes the first version that has the kind", async () => {
  const asked: (string | undefined)[] = [];
  const answer = aggregated(
    group("policy", [{ version: "v1", resources: [resource("PodDisruptionBudget")], freshness: "Current" }]),
    group("external-secrets.io", [
      { version: "v1", resources: [resource("PushSecret")], freshness: "Current" },
      { version: "v1beta1", resources: [resource("SecretStore")], freshness: "Current" },
      { version: "v1alpha1", resources: [resource("SecretStore")], freshness: "Current" },
    ]),
    group("apps", [{ version: "v1", resources: [resource("Deployment")] }]),
  );
  expect(
    await discovered({
      "/apis": seen => {
        asked.push(seen.headers.accept);
        return answer;
      },
    }),
  ).toEqual({
    versions: {
      "PodDisruptionBudget.policy": "policy/v1",
      "PushSecret.external-secrets.io": "external-secrets.io/v1",
      "SecretStore.external-secrets.io": "external-secrets.io/v1beta1",
    },
    unknown: [],
    asked: ["/apis"],
  });
  expect(asked).toEqual([
    "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,application/json",
  ]);
});

it("asks a server that has only the list of groups for the versions of the groups that matter", async () => {
  const versions = (name: string, ...names: string[]) => ({
    name,
    versions: names.map(version => ({ groupVersion: `${name}/${version}`, version })),
  });
  expect(
    await discovered({
      "/apis": {
        body: { kind: "APIGroupList", groups: [versions("apps", "v1"), versions("keda.sh", "v1alpha1")] },
      },
      "/apis/keda.sh/v1alpha1": {
        body: {
          kind: "APIResourceList",
          resources: [
            { name: "triggerauthentications", kind: "TriggerAuthentication" },
            { name: "triggerauthentications/status", kind: "Other" },
          ],
        },
      },
    }),
  ).toEqual({
    versions: { "TriggerAuthentication.keda.sh": "keda.sh/v1alpha1" },
    unknown: [],
    asked: ["/apis", "/apis/keda.sh/v1alpha1"],
  });
});

it.each<[string, Reply, object]>([
  [
    "and gets it",
    { body: { resources: [{ name: "triggerauthentications", kind: "TriggerAuthentication" }] } },
    { versions: { "TriggerAuthentication.keda.sh": "keda.sh/v1alpha1" }, unknown: [] },
  ],
  ["and learns that it is gone", { status: 404, body: "404 page not found\n" }, { versions: {}, unknown: [] }],
  [
    "and knows nothing where that fails",
    refusal(503, "ServiceUnavailable", "down"),
    { versions: {}, unknown: ["keda.sh"] },
  ],
  ["and knows nothing where the answer is none", { body: { resources: "?" } }, { versions: {}, unknown: ["keda.sh"] }],
])("asks again for a version that the server calls stale %s", async (_what, reply, expected) => {
  const stale = group("keda.sh", [{ version: "v1alpha1", resources: [resource("Stale")], freshness: "Stale" }]);
  expect(await discovered({ "/apis": aggregated(stale), "/apis/keda.sh/v1alpha1": reply })).toEqual({
    ...expected,
    asked: ["/apis", "/apis/keda.sh/v1alpha1"],
  });
});

it("keeps what one version tells of a group whose other version cannot be read", async () => {
  const versions = [
    { version: "v1", freshness: "Stale" },
    { version: "v1beta1", resources: [resource("SecretStore")], freshness: "Current" },
  ];
  expect(
    await discovered({
      "/apis": aggregated(group("external-secrets.io", versions)),
      "/apis/external-secrets.io/v1": refusal(500, "InternalError", "broken"),
    }),
  ).toMatchObject({
    versions: { "SecretStore.external-secrets.io": "external-secrets.io/v1beta1" },
    unknown: ["external-secrets.io"],
  });
});

it.each<[string, Reply]>([
  ["fails", refusal(500, "InternalError", "broken")],
  ["is forbidden", refusal(403, "Forbidden", "no")],
  ["is no discovery document", { body: { kind: "Status" } }],
  ["is of another shape", { body: { kind: "APIGroupDiscoveryList", items: "none" } }],
])("knows of no group when the first answer %s", async (_how, reply) => {
  expect(await discovered({ "/apis": reply })).toEqual({
    versions: {},
    unknown: ["policy", "keda.sh", "external-secrets.io"],
    asked: ["/apis"],
  });
});

it("passes over entries that are not what they should be", async () => {
  const odd = [
    null,
    "policy",
    { metadata: null },
    group("policy", [
      { version: 1 },
      null as unknown as object,
      { version: "v1", resources: [null, { responseKind: 1 }] },
    ]),
    { metadata: { name: "keda.sh" }, versions: "v1" },
  ];
  expect(await discovered({ "/apis": aggregated(...odd) })).toEqual({ versions: {}, unknown: [], asked: ["/apis"] });
});
