import { isRecord } from "../../core/kubernetes.ts";
import { WEBHOOK_CONFIGURATION } from "./admission.ts";
import type { Catalogue } from "./catalogue.ts";
import type { KubernetesObject, Workload } from "./object.ts";
import type { Storage } from "./storage.ts";
import type { IdentityBindingSettings, WebhookSettings, WebhookVersion } from "./webhook.ts";

/** How the workload identity webhook is installed in the simulated cluster. */
export interface WebhookInstallation {
  version: WebhookVersion;
  /** False leaves it out; a configuration among the given objects counts as installed all the same. */
  installed?: boolean;
  /** The tenant that it injects by default. */
  tenantId?: string;
  /** AZURE_AUTHORITY_HOST; the public cloud's when left out. */
  authorityHost?: string;
  /** Set up for identity bindings as AKS does it where the preview is registered. */
  identityBinding?: "aks";
  /** `kube-system` (the AKS add-on) when left out. */
  namespace?: string;
}

/** Suffix and audience are those of AKS (Microsoft Learn, aks/identity-bindings.md); what else AKS sets, it does not say. */
const aksBinding: IdentityBindingSettings = {
  annotationSuffix: "identity-binding",
  audience: "api://AKSIdentityBinding",
  tokenProxy: "https://kubernetes.default.svc",
  sniName: "",
  caConfigMap: "kube-root-ca.crt",
};

const MANAGER = "azure-wi-webhook-controller-manager";
const NO_TENANT = "00000000-0000-0000-0000-000000000000";

/** The objects of an installation: configuration, Deployment with its account, Service and ConfigMap. */
export function webhookObjects(installation: WebhookInstallation): KubernetesObject[] {
  const { version, tenantId = NO_TENANT, namespace = "kube-system" } = installation;
  const labels = { "azure-workload-identity.io/system": "true" };
  const image = `mcr.microsoft.com/oss/v2/azure/workload-identity/webhook:v${version}`;
  const path = "/mutate-v1-pod";
  const flags = installation.identityBinding
    ? [
        `--custom-token-endpoint-annotation-suffix=${aksBinding.annotationSuffix}`,
        `--custom-token-endpoint-audience=${aksBinding.audience}`,
      ]
    : [];
  return [
    { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "azure-wi-webhook-admin", namespace, labels } },
    {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "azure-wi-webhook-config", namespace, labels },
      data: { AZURE_ENVIRONMENT: "AzurePublicCloud", AZURE_TENANT_ID: tenantId },
    },
    {
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: "azure-wi-webhook-webhook-service", namespace, labels },
      spec: { ports: [{ port: 443, targetPort: 9443 }], selector: labels },
    },
    {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name: MANAGER, namespace, labels },
      spec: {
        replicas: 2,
        selector: { matchLabels: labels },
        template: {
          metadata: { labels },
          spec: {
            serviceAccountName: "azure-wi-webhook-admin",
            containers: [
              {
                name: "manager",
                image,
                ...(flags.length > 0 ? { args: flags } : {}),
                envFrom: [{ configMapRef: { name: "azure-wi-webhook-config" } }],
              },
            ],
          },
        },
      },
    },
    {
      apiVersion: "admissionregistration.k8s.io/v1",
      kind: "MutatingWebhookConfiguration",
      metadata: { name: WEBHOOK_CONFIGURATION, labels },
      webhooks: [
        {
          name: "mutation.azure-workload-identity.io",
          admissionReviewVersions: ["v1", "v1beta1"],
          clientConfig: { service: { name: "azure-wi-webhook-webhook-service", namespace, path, port: 443 } },
          failurePolicy: "Fail",
          matchPolicy: "Equivalent",
          namespaceSelector: {},
          objectSelector: { matchLabels: { "azure.workload.identity/use": "true" } },
          reinvocationPolicy: "IfNeeded",
          rules: [{ apiGroups: [""], apiVersions: ["v1"], operations: ["CREATE"], resources: ["pods"], scope: "*" }],
          sideEffects: "None",
          timeoutSeconds: 10,
        },
      ],
    },
  ];
}

/** What the webhook does now: as installed by the options, else as its Deployment and ConfigMap in the cluster say. */
export function webhookSettings(
  { catalogue, storage }: { catalogue: Catalogue; storage: Storage },
  { installation, kubernetesVersion }: { installation: WebhookInstallation | undefined; kubernetesVersion: string },
): WebhookSettings {
  const named = (kind: string, name: string) =>
    storage.list(catalogue.byKind(kind)).find(({ metadata }) => metadata.name === name);
  const manager = named("Deployment", MANAGER) as Workload | undefined;
  const data = named("ConfigMap", "azure-wi-webhook-config")?.data;
  const tenant = isRecord(data) ? data.AZURE_TENANT_ID : undefined;
  const minor = Number(/^v?1\.(\d+)/.exec(kubernetesVersion)?.[1] ?? 36);
  return {
    version: installation?.version ?? versionOf(manager?.spec.template.spec.containers[0]?.image ?? ""),
    tenantId: installation?.tenantId ?? (typeof tenant === "string" ? tenant : NO_TENANT),
    authorityHost: installation?.authorityHost ?? "https://login.microsoftonline.com/",
    ...(installation?.identityBinding ? { identityBinding: aksBinding } : {}),
    nativeSidecar: minor >= 32,
  };
}

function versionOf(image: string): WebhookVersion {
  const minor = /:v1\.(\d+)\./.exec(image)?.[1];
  return minor !== undefined && Number(minor) < 6 ? "1.5.1" : "1.6.0";
}
