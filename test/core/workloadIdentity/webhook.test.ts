import { describe, expect, it } from "vitest";
import type { Json, JsonObject, KubernetesObject } from "../../../src/core/kubernetes.ts";
import { workloadIdentityWebhook } from "../../../src/core/workloadIdentity/webhook.ts";
import { found } from "../factories.ts";

describe("the workload identity webhook", () => {
  const image = "mcr.microsoft.com/oss/v2/azure/workload-identity/webhook:v1.5.1";
  const configuration = (name: string, rest: JsonObject = {}): KubernetesObject => ({
    apiVersion: "admissionregistration.k8s.io/v1",
    kind: "MutatingWebhookConfiguration",
    metadata: { name: "any" },
    webhooks: [{ name, ...rest }] as Json,
  });
  const deployment = (
    about: {
      namespace?: string;
      container?: JsonObject;
      before?: JsonObject[];
      status?: JsonObject;
      labels?: Record<string, string>;
    } = {},
  ): KubernetesObject => ({
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: {
      name: "azure-wi-webhook-controller-manager",
      namespace: about.namespace ?? "kube-system",
      ...(about.labels ? { labels: about.labels } : {}),
    },
    spec: {
      template: {
        metadata: { labels: { "azure-workload-identity.io/system": "true" } },
        spec: {
          containers: [
            ...(about.before ?? [{ name: "log" }]),
            { name: "manager", image, command: ["/manager"], ...about.container },
          ],
        },
      },
    },
    ...(about.status ? { status: about.status } : {}),
  });
  const webhook = (configurations: KubernetesObject[] | undefined, ...objects: KubernetesObject[]) =>
    workloadIdentityWebhook(configurations, kind => found(objects).filter(one => one.object.kind === kind));
  const name = "mutation.azure-workload-identity.io";
  const ours = configuration(name, { objectSelector: { matchLabels: { "azure.workload.identity/use": "true" } } });

  it("is installed when its configuration is, with version and replicas from its Deployment", () => {
    expect(webhook([configuration("other"), ours], deployment({ status: { readyReplicas: 2 } }))).toEqual({
      webhook: { installed: true, version: "1.5.1", ready: 2, namespace: "kube-system", addon: true },
      deployments: ["kube-system/azure-wi-webhook-controller-manager"],
      failurePolicy: "Fail",
      selectsByPodLabel: true,
    });
  });

  it("has no ready replica when its Deployment says nothing of one", () => {
    expect(webhook([ours], deployment()).webhook.ready).toBe(0);
  });

  it("is not installed without its configuration", () => {
    expect(webhook([configuration("other")])).toEqual({ webhook: { installed: false }, deployments: [] });
  });

  it("is neither there nor away when configurations cannot be listed", () => {
    expect(webhook(undefined)).toEqual({ webhook: {}, deployments: [] });
  });

  it.each<[string, Parameters<typeof deployment>[0], boolean]>([
    ["with AKS's registry path in kube-system", {}, true],
    [
      "behind a mirror in kube-system, with AKS's label",
      { container: { image: "acr.example/webhook:v1.5.1" }, labels: { "kubernetes.azure.com/managedby": "aks" } },
      true,
    ],
    ["of the chart in kube-system", { container: { image: image.replace("/v2", "") } }, false],
    ["of the chart in its own namespace", { namespace: "azure-workload-identity-system" }, false],
  ])("%s: the add-on or installed by people", (_, about, addon) => {
    expect(webhook([ours], deployment(about)).webhook).toMatchObject({ version: "1.5.1", addon });
  });

  it("tells its audience, and whether it knows identity bindings", () => {
    const flags = (...args: string[]) => webhook([ours], deployment({ container: { args } })).webhook;
    const suffix = "--custom-token-endpoint-annotation-suffix=identity-binding";
    expect(flags("--audience=api://other", "--log-level=info")).toMatchObject({ audience: "api://other" });
    expect(flags(suffix, "--custom-token-endpoint-audience", "api://AKSIdentityBinding")).toMatchObject({
      identityBinding: {
        annotation: "azure.workload.identity/use-identity-binding",
        audience: "api://AKSIdentityBinding",
      },
    });
    expect(flags("--disable-cert-rotation", suffix)).not.toHaveProperty("identityBinding");
    expect(flags("--audience=")).not.toHaveProperty("audience");
  });

  it("tells what the API server does without it, and what picks pods", () => {
    expect(webhook([configuration(name, { failurePolicy: "Ignore" })])).toMatchObject({
      failurePolicy: "Ignore",
      selectsByPodLabel: false,
    });
  });

  it("may be there twice: the one with more ready replicas is told of", () => {
    const addon = deployment();
    const own = deployment({
      namespace: "azure-workload-identity-system",
      container: { image: image.replace("1.5.1", "1.6.0") },
      status: { readyReplicas: 2 },
    });
    expect(webhook([ours], addon, own)).toMatchObject({
      webhook: { version: "1.6.0", ready: 2 },
      deployments: [
        "azure-workload-identity-system/azure-wi-webhook-controller-manager",
        "kube-system/azure-wi-webhook-controller-manager",
      ],
    });
  });

  describe("and what it hands on to pods", () => {
    const namespace = "azure-workload-identity-system";
    const envFrom = [{ configMapRef: { name: "azure-wi-webhook-config" } }];
    const config = (data: Record<string, string>): KubernetesObject => ({
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "azure-wi-webhook-config", namespace },
      data,
    });
    const own = (container: JsonObject = { envFrom }, ...before: JsonObject[]) =>
      deployment({ namespace, container, before });
    const seen = (...objects: KubernetesObject[]) => {
      const { tenantID, environment } = webhook([ours], ...objects).webhook;
      return { tenantID, environment };
    };

    it("stand in the ConfigMap of its namespace, with the program's own default for the cloud", () => {
      const environment = "AzureUSGovernmentCloud";
      expect(seen(own(), config({ AZURE_TENANT_ID: "t", AZURE_ENVIRONMENT: environment }))).toEqual({
        tenantID: "t",
        environment,
      });
      expect(seen(own(), config({ AZURE_TENANT_ID: "t" }))).toEqual({ tenantID: "t", environment: "AzurePublicCloud" });
      expect(seen(own({ env: [] }))).toEqual({ environment: "AzurePublicCloud" });
    });

    it("is not known where the ConfigMap was not read, and of the add-on no default is", () => {
      expect(seen(own())).toEqual({});
      expect(seen(deployment())).toEqual({});
    });

    it("is that of the container that is the webhook, whatever others have", () => {
      const sidecar = { name: "proxy", env: [{ name: "AZURE_TENANT_ID", value: "other" }] };
      expect(seen(own({ env: [{ name: "AZURE_TENANT_ID", value: "t" }] }, sidecar)).tenantID).toBe("t");
    });

    it("is not known of several, as nobody knows which has the last word", () => {
      const other = deployment({ container: { env: [{ name: "AZURE_TENANT_ID", value: "t" }] } });
      expect(seen(own(), other, config({ AZURE_TENANT_ID: "t" })).tenantID).toBeUndefined();
    });

    it("is not for anybody else to say: the configuration names the namespace that answers", () => {
      const service = { namespace, name: "azure-wi-webhook-webhook-service" };
      const named = configuration(name, { clientConfig: { service } });
      const hostile = deployment({
        namespace: "evil",
        container: { env: [{ name: "AZURE_TENANT_ID", value: "evil" }] },
        status: { readyReplicas: 3 },
      });
      expect(webhook([named], hostile, own(), config({ AZURE_TENANT_ID: "t" }))).toMatchObject({
        webhook: { namespace, tenantID: "t" },
        deployments: [`${namespace}/azure-wi-webhook-controller-manager`],
      });
    });
  });
});
