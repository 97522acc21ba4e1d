import { expect, it, onTestFinished } from "vitest";
import type { FoundObject } from "../../src/core/model.ts";
import { connectionTo } from "../../src/kube/transport.ts";
import { readWebhookConfigMaps } from "../../src/kube/webhookConfigMaps.ts";
import { found } from "../core/factories.ts";
import { type Reply, startApiServer } from "./apiServer.ts";

const webhook = (name = "azure-wi-webhook-config") =>
  found([
    {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name: "manager", namespace: "azure-workload-identity-system" },
      spec: {
        template: {
          metadata: { labels: { "azure-workload-identity.io/system": "true" } },
          spec: { containers: [{ name: "manager", envFrom: [{ configMapRef: { name } }] }] },
        },
      },
    },
  ]);

async function read(deployments: FoundObject[], reply: Reply) {
  const server = await startApiServer(() => reply);
  const connection = connectionTo({ server: server.url, context: "aks-west" });
  onTestFinished(() => connection.close());
  const seen = await readWebhookConfigMaps(connection, "west", deployments, new AbortController().signal);
  return { ...seen, asked: server.seen.map(({ path }) => path) };
}

const path = "/api/v1/namespaces/azure-workload-identity-system/configmaps/azure-wi-webhook-config";

it("reads the ConfigMap that the webhook names, and of it the texts alone", async () => {
  const body = { metadata: { name: "ignored", annotations: { a: "b" } }, data: { AZURE_TENANT_ID: "t", odd: 1 } };
  expect(await read(webhook(), { body })).toEqual({
    objects: [
      {
        apiVersion: "v1",
        kind: "ConfigMap",
        metadata: { namespace: "azure-workload-identity-system", name: "azure-wi-webhook-config" },
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

it("says which one it may not read", async () => {
  const refused = { status: 403, body: { kind: "Status", reason: "Forbidden", message: "no", code: 403 } };
  const { objects, findings, asked } = await read(webhook(), refused);
  expect({ objects, asked }).toEqual({ objects: [], asked: [path] });
  expect(findings).toMatchObject([
    {
      code: "webhook-settings-not-readable",
      severity: "info",
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
