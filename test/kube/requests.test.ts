import { expect, it } from "vitest";
import { readKinds } from "../../src/core/kinds.ts";
import { collectCluster, collectedKinds } from "../../src/kube/collect.ts";
import { pageSize } from "../../src/kube/list.ts";
import { resourcePath, resources } from "../../src/kube/resources.ts";
import { connectionTo } from "../../src/kube/transport.ts";
import { type Seen, startApiServer } from "./apiServer.ts";

const once = ["/api/v1/namespaces/kube-system", "/apis", "/version", "/.well-known/openid-configuration"];
const deployments = 2000;
const sizes = new Map([
  ["/apis/apps/v1/deployments", deployments],
  ["/apis/apps/v1/replicasets", deployments],
  ["/api/v1/serviceaccounts", deployments + 1],
  ["/api/v1/pods", 3 * deployments],
]);

it("asks once for each kind and page, however many objects there are", async () => {
  const served = resources.filter(({ kind }) => collectedKinds.includes(kind));
  const ofCore = readKinds.filter(({ group }) => group === "");
  const lists = [...served, ...ofCore.map(kind => ({ ...kind, apiVersion: "v1" }))].map(one => resourcePath(one, {}));
  const server = await startApiServer(({ path, query }: Seen) => {
    if (path === "/apis") return { body: discovery };
    if (path === once[0]) return { body: { metadata: { name: "kube-system", uid: "u" } } };
    if (once.includes(path)) return { body: { issuer: "https://issuer.example/", gitVersion: "v1.36.3" } };
    const [from, size] = [Number(query.continue ?? 0), sizes.get(path) ?? 0];
    const until = Math.min(size, from + Number(query.limit));
    const items = Array.from({ length: until - from }, (_, index) => ({
      metadata: { name: `app-${from + index}`, namespace: "shop", uid: `${path}-${from + index}` },
    }));
    return { body: { metadata: until < size ? { continue: String(until) } : {}, items } };
  });
  const { objects, unknown } = await collectCluster(connectionTo({ server: server.url, context: "big" }));

  const pages = lists.flatMap(path =>
    Array.from({ length: Math.max(1, Math.ceil((sizes.get(path) ?? 0) / pageSize)) }, () => path),
  );
  expect(server.seen.map(({ path }) => path).sort()).toEqual([...once, ...pages].sort());
  expect({ objects: objects.length, unknown }).toEqual({ objects: 6 * deployments + 1, unknown: [] });
});

const discovery = {
  kind: "APIGroupDiscoveryList",
  items: [
    {
      metadata: { name: "aadpodidentity.k8s.io" },
      versions: [
        {
          version: "v1",
          resources: [
            "AzureIdentity",
            "AzureIdentityBinding",
            "AzurePodIdentityException",
            "AzureAssignedIdentity",
          ].map(kind => ({ responseKind: { kind } })),
        },
      ],
    },
  ],
};
