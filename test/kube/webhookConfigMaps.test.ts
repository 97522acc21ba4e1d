import { expect, it, onTestFinished } from "vitest";
import type { FoundObject } from "../../src/core/model.ts";
import { connectionTo } from "../../src/kube/transport.ts";
import { readWebhookConfigMaps } from "../../src/kube/webhookConfigMaps.ts";
import { found } from "../core/factories.ts";
import { type Reply, startApiServer } from "./apiServer.ts";

const namespace = "azure-workload-identity-system";
const entry = {
  name: "mutation.azure-workload-identity.io",
  clientConfig: { service: { namespace, name: "webhook" } },
};
const configuration = {
  apiVersion: "admissionregistration.k8s.io/v1",
  kind: "MutatingWebhookConfiguration",
  metadata: { name: "azure-wi-webhook-mutating-webhook-configuration" },
  webhooks: [entry],
};

const webhook = (name = "azure-wi-webhook-config", where = namespace) =>
  found([
    configuration,
    {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name: "manager", namespace: where },
      spec: {
        template: {
          metadata: { labels: { "azure-workload-identity.io/system": "true" } },
          spec: { containers: [{ name: "manager", envFrom: [{ configMapRef: { name } }] }] },
        },
      },
    },
  ]);

async function read(objects: FoundObject[], reply: Reply) {
  const server = await startApiServer(() => reply);
  const connection = connectionTo({ server: server.url, context: "aks-west" });
  onTestFinished(() => connection.close());
  const seen = await readWebhookConfigMaps(connection, "west", objects, new AbortController().signal);
  return { ...seen, asked: server.seen.map(({ path }) => path) };
}

const refusal = (code: number, reason: string): Reply => ({
  status: code,
  body: { kind: "Status", reason, message: "no", code },
});

const path = "/api/v1/namespaces/azure-workload-identity-system/configmaps/azure-wi-webhook-config";

it("reads the ConfigMap that the webhook names, and of it the texts alone", async () => {
  const body = { metadata: { name: "ignored", annotations: { a: "b" } }, data: { AZURE_TENANT_ID: "t", odd: 1 } };
  expect(await read(webhook(), { body })).toEqual({
    objects: [
      {
        apiVersion: "v1",
        kind: "ConfigMap",
        metadata: { namespace, name: "azure-wi-webhook-config" },
        data: { AZURE_TENANT_ID: "t" },
      },
    ],
    findings: [],
    asked: [path],
  });
});

it("asks for none where there is no webhook", async () => {
  expect(await read([], { body: {} })).toEqual({ objects: [], findings: [], asked: [] });
});

it("asks for none of a Deployment that nobody but its label calls a webhook", async () => {
  expect((await read(webhook("secrets", "evil"), { body: {} })).asked).toEqual([]);
});

it("takes one that is not there for one that says nothing", async () => {
  const { objects, findings } = await read(webhook(), refusal(404, "NotFound"));
  expect({ data: objects.map(({ data }) => data), findings }).toEqual({ data: [{}], findings: [] });
});

it.each<[string, number, string | undefined]>([
  ["the server fails", 500, "Run the command again; "],
  ["the credentials have expired since", 401, "They may have expired: "],
])("goes on where %s, and says what to do", async (_, status, hint) => {
  const { objects, findings } = await read(webhook(), refusal(status, "InternalError"));
  expect(objects).toEqual([]);
  expect(findings.map(({ code, args }) => [code, (args as { hint?: string }).hint])).toEqual([
    ["webhook-settings-not-readable", expect.stringContaining(hint ?? "")],
  ]);
});

it("says which one it may not read", async () => {
  const refused = refusal(403, "Forbidden");
  const { objects, findings, asked } = await read(webhook(), refused);
  expect({ objects, asked }).toEqual({ objects: [], asked: [path] });
  expect(findings).toMatchObject([
    {
      code: "webhook-settings-not-readable",
      severity: "warning",
      subject: { source: "west", name: "kube-system" },
      args: { configMap: "azure-workload-identity-system/azure-wi-webhook-config", reason: "no" },
    },
  ]);
});

it("asks for no name that would lead elsewhere", async () => {
  const { findings, asked } = await read(webhook("../secrets/token"), { body: {} });
  expect(asked).toEqual([]);
  expect(findings.map(({ code }) => code)).toEqual(["webhook-settings-not-readable"]);
});
