import { writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { httpGet } from "./httpGet.ts";
import { kubectlOrThrow } from "./kubectl.ts";
import { testbedOrSkip } from "./require.ts";
import { startTestbed, type Testbed } from "./start.ts";
import { verifyToken } from "./verifyToken.ts";

const clientId = "8f2c5a4e-0000-4000-8000-00000000cafe";

const shop = [
  { apiVersion: "v1", kind: "Namespace", metadata: { name: "shop" } },
  {
    apiVersion: "v1",
    kind: "ServiceAccount",
    metadata: { name: "cart", namespace: "shop", annotations: { "azure.workload.identity/client-id": clientId } },
  },
  {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "cart", namespace: "shop" },
    spec: {
      replicas: 2,
      selector: { matchLabels: { app: "cart" } },
      template: {
        metadata: { labels: { app: "cart", "azure.workload.identity/use": "true" } },
        spec: { serviceAccountName: "cart", containers: [{ name: "cart", image: "shop/cart:1" }] },
      },
    },
  },
];

interface PodList {
  items: {
    status: { phase: string };
    spec: {
      volumes: { name: string; projected?: { sources: unknown[] } }[];
      containers: { env: unknown[]; volumeMounts: { name: string }[] }[];
    };
  }[];
}

describe.skipIf(testbedOrSkip() === undefined)("the testbed", { timeout: 120_000 }, () => {
  let testbed: Testbed;

  beforeAll(async () => {
    testbed = await startTestbed({
      parts: ["controllerManager", "scheduler", "kwok", "webhook"],
      kwokConfiguration: JSON.stringify({
        apiVersion: "kwok.x-k8s.io/v1alpha1",
        kind: "ClusterLogs",
        metadata: { name: "every-pod" },
        spec: { logs: [{ logsFile: "pod.log" }] },
      }),
    });
    await testbed.apply(shop);
    await kubectlOrThrow(testbed.kubectl, ["-n", "shop", "rollout", "status", "deployment/cart", "--timeout=60s"]);
  }, 240_000);

  afterAll(() => testbed?.stop());

  const get = async (path: string) => JSON.parse(await kubectlOrThrow(testbed.kubectl, ["get", "--raw", path]));

  it("runs pods that the real webhook has given the identity of their service account", async () => {
    const pods = (await get("/api/v1/namespaces/shop/pods")) as PodList;
    const seen = pods.items.map(({ status, spec }) => ({
      phase: status.phase,
      env: spec.containers[0]?.env,
      mounts: spec.containers[0]?.volumeMounts.map(({ name }) => name).filter(name => name.startsWith("azure-")),
      volumes: spec.volumes.filter(({ name }) => name.startsWith("azure-")).map(({ projected }) => projected?.sources),
    }));
    const expected = {
      phase: "Running",
      env: [
        { name: "AZURE_CLIENT_ID", value: clientId },
        { name: "AZURE_TENANT_ID", value: testbed.tenantId },
        { name: "AZURE_FEDERATED_TOKEN_FILE", value: "/var/run/secrets/azure/wi/token/azure-identity-token" },
        { name: "AZURE_AUTHORITY_HOST", value: "https://login.microsoftonline.com/" },
      ],
      mounts: [expect.stringMatching(/^azure-workload-identity-reserved-/)],
      volumes: [
        [
          {
            serviceAccountToken: {
              audience: "api://AzureADTokenExchange",
              expirationSeconds: 3600,
              path: "token/azure-identity-token",
            },
          },
        ],
      ],
    };
    expect(seen).toEqual([expected, expected]);
  });

  it("leaves pods without the label alone", async () => {
    const pod = { apiVersion: "v1", kind: "Pod", metadata: { name: "bare", namespace: "shop" } };
    const input = JSON.stringify({ ...pod, spec: { containers: [{ name: "bare", image: "bare" }] } });
    const args = ["create", "--dry-run=server", "-o", "json", "-f", "-"];
    const answer = JSON.parse(await kubectlOrThrow(testbed.kubectl, args, { input }));
    expect(answer.spec.containers[0].env).toBeUndefined();
  });

  it("signs tokens that can be checked with nothing but the issuer's address", async () => {
    const audience = "api://AzureADTokenExchange";
    const args = ["-n", "shop", "create", "token", "cart", "--audience", audience];
    const token = (await kubectlOrThrow(testbed.kubectl, args)).trim();
    const ca = Buffer.from(testbed.caData, "base64").toString();
    const discovery = await httpGet(`${testbed.issuer}/.well-known/openid-configuration`, { ca });
    const { issuer, jwks_uri: keysAddress } = JSON.parse(discovery?.body ?? "");
    const keys = await httpGet(keysAddress, { ca });
    expect(issuer).toBe(testbed.issuer);
    expect(verifyToken(token, keys?.body ?? "")).toEqual({
      iss: testbed.issuer,
      sub: "system:serviceaccount:shop:cart",
      aud: [audience],
    });
  });

  it("serves the pod identity API", async () => {
    const { resources } = (await get("/apis/aadpodidentity.k8s.io/v1")) as { resources: { kind: string }[] };
    expect(resources.map(({ kind }) => kind).sort()).toEqual([
      "AzureAssignedIdentity",
      "AzureIdentity",
      "AzureIdentityBinding",
      "AzurePodIdentityException",
    ]);
  });

  it("answers for the logs of pods what kwok's configuration says", async () => {
    await writeFile(join(dirname(testbed.kubeconfigPath), "pod.log"), "2026-01-02T03:04:05Z stdout F ready\n");
    const log = await kubectlOrThrow(testbed.kubectl, ["-n", "shop", "logs", "deployment/cart"]);
    expect(log).toBe("ready\n");
  });

  it("has users who may do nothing, read, or only what a test allows", async () => {
    const may = async (user: "reader" | "operator" | "stranger", verb: string) => {
      const args = ["--kubeconfig", testbed.kubeconfigFor(user), "-n", "shop", "auth", "can-i", verb, "deployments"];
      return (await testbed.kubectl(args)).stdout.trim();
    };
    const role = ["create", "clusterrolebinding", "operator", "--clusterrole=edit", "--user=operator"];
    const before = await may("operator", "patch");
    await kubectlOrThrow(testbed.kubectl, role);
    expect({
      reader: [await may("reader", "get"), await may("reader", "patch")],
      operator: [before, await may("operator", "patch")],
      stranger: [await may("stranger", "get"), await may("stranger", "patch")],
    }).toEqual({ reader: ["yes", "no"], operator: ["no", "yes"], stranger: ["no", "no"] });
  });

  it("runs beside another one, with the API server alone", async () => {
    const other = await startTestbed({ parts: [] });
    try {
      await other.apply([{ apiVersion: "v1", kind: "Namespace", metadata: { name: "elsewhere" } }]);
      const names = [other, testbed].map(async ({ kubectl }) => (await kubectl(["get", "ns", "elsewhere"])).code);
      expect(await Promise.all(names)).toEqual([0, 1]);
    } finally {
      await other.stop();
    }
  });
});
