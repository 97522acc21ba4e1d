import type { JsonObject, KubernetesObject } from "../../src/core/kubernetes.ts";

const clientID = "c0000000-0000-4000-8000-000000000001";
const namespaces = ["dns", "velero", "monitoring", "shop", "keda", "cert-manager", "external-secrets", "flux-system"];
const others = ["argocd", "azureserviceoperator-system", "agic", "akv2k8s"];

function object(apiVersion: string, kind: string, path: string, rest: JsonObject): KubernetesObject {
  const [first = "", second] = path.split("/");
  const metadata = second === undefined ? { name: first } : { namespace: first, name: second };
  return { apiVersion, kind, metadata, ...rest };
}

/** A controller that carries the label, and the identity and binding that it means. */
function controller(
  path: string,
  image: string,
  {
    kind = "Deployment",
    container = {},
    podSpec = {},
    annotations = {},
    owner,
  }: Partial<{
    kind: string;
    container: JsonObject;
    podSpec: JsonObject;
    annotations: Record<string, string>;
    owner: { apiVersion: string; kind: string; name: string };
  }> = {},
): KubernetesObject[] {
  const [namespace = "", name = ""] = path.split("/");
  const labels = { app: name };
  const template = {
    metadata: { labels: { ...labels, aadpodidbinding: name }, annotations },
    spec: { containers: [{ name: "main", image, ...container }], ...podSpec },
  };
  const made = object("apps/v1", kind, path, {
    spec: { selector: { matchLabels: labels }, template, ...(kind === "StatefulSet" ? { serviceName: name } : {}) },
  });
  // The testbed runs no garbage collector: what the owner's uid is does not matter.
  const uid = "6b2a4b1e-0000-4000-8000-000000000001";
  if (owner) made.metadata.ownerReferences = [{ ...owner, uid, controller: true }];
  const resourceID = `/subscriptions/s/resourceGroups/g/providers/Microsoft.ManagedIdentity/userAssignedIdentities/${name}`;
  const podIdentity = (kind: string, spec: JsonObject) =>
    object("aadpodidentity.k8s.io/v1", kind, `${namespace}/${name}`, { spec });
  return [
    made,
    podIdentity("AzureIdentity", { type: 0, resourceID, clientID }),
    podIdentity("AzureIdentityBinding", { azureIdentity: name, selector: name }),
  ];
}

/** A TriggerAuthentication with KEDA's old provider. */
export function scaledBy(name: string): KubernetesObject {
  return object("keda.sh/v1alpha1", "TriggerAuthentication", `shop/${name}`, {
    spec: { podIdentity: { provider: "azure", identityId: clientID } },
  });
}

const secretVolume = (secretName: string, mountPath: string) => ({
  container: { volumeMounts: [{ name: "config", mountPath }] },
  podSpec: { volumes: [{ name: "config", secret: { secretName } }] },
});

const externalDNS = controller("dns/external-dns", "registry.k8s.io/external-dns/external-dns:v0.14.2", {
  ...secretVolume("azure-config-file", "/etc/kubernetes"),
});

const velero = [
  ...controller("velero/velero", "velero/velero:v1.11.1", {
    container: { volumeMounts: [{ name: "config", mountPath: "/credentials" }] },
    podSpec: {
      volumes: [{ name: "config", secret: { secretName: "cloud-credentials" } }],
      initContainers: [{ name: "plugin", image: "velero/velero-plugin-for-microsoft-azure:v1.7.1" }],
    },
  }),
  object("velero.io/v1", "BackupStorageLocation", "velero/default", {
    spec: { provider: "azure", objectStorage: { bucket: "backups" }, config: { storageAccount: "shop" } },
  }),
  object("velero.io/v1", "VolumeSnapshotLocation", "velero/default", { spec: { provider: "velero.io/azure" } }),
];

const prometheus = [
  object("monitoring.coreos.com/v1", "Prometheus", "monitoring/main", {
    spec: {
      podMetadata: { labels: { aadpodidbinding: "prometheus-main" } },
      scrapeConfigSelector: {},
      remoteWrite: [
        { url: "https://plain.example" },
        { url: "https://write.example", azureAd: { cloud: "AzurePublic", managedIdentity: { clientId: clientID } } },
      ],
    },
  }),
  object("monitoring.coreos.com/v1alpha1", "ScrapeConfig", "monitoring/vms", {
    spec: { azureSDConfigs: [{ subscriptionID: "s1", authenticationMethod: "ManagedIdentity" }] },
  }),
  ...controller("monitoring/prometheus-main", "quay.io/prometheus/prometheus:v2.54.1", {
    kind: "StatefulSet",
    owner: { apiVersion: "monitoring.coreos.com/v1", kind: "Prometheus", name: "main" },
  }),
];

const grafana = controller("monitoring/grafana", "docker.io/grafana/grafana:10.4.1", {
  container: { env: [{ name: "GF_AZURE_MANAGED_IDENTITY_ENABLED", value: "true" }] },
});

const dapr = [
  ...controller("shop/orders", "shop/orders:1", {
    annotations: { "dapr.io/enabled": "true", "dapr.io/app-id": "orders" },
  }),
  {
    ...object("dapr.io/v1alpha1", "Component", "shop/state", {
      spec: {
        type: "state.azure.blobstorage",
        version: "v1",
        metadata: [{ name: "azureClientId", value: clientID }],
      },
    }),
    scopes: ["orders"],
  },
];

const flux = [
  ...controller("flux-system/source-controller", "ghcr.io/fluxcd/source-controller:v1.2.4"),
  object("source.toolkit.fluxcd.io/v1", "Bucket", "flux-system/shop", {
    spec: { provider: "azure", bucketName: "b", endpoint: "https://shop.blob.core.windows.net", interval: "5m" },
  }),
  object("source.toolkit.fluxcd.io/v1", "OCIRepository", "flux-system/charts", {
    spec: { provider: "azure", url: "oci://shop.azurecr.io/charts", interval: "5m" },
  }),
];

const azureServiceOperator = [
  ...controller("azureserviceoperator-system/manager", "mcr.microsoft.com/k8s/azureserviceoperator:v2.6.0"),
  {
    ...object("resources.azure.com/v1beta20200601", "ResourceGroup", "shop/data", { spec: { location: "westeurope" } }),
    metadata: {
      namespace: "shop",
      name: "data",
      annotations: { "serviceoperator.azure.com/credential-from": "shop-credential" },
    },
  },
];

const secretsStoreCSI = [
  object("secrets-store.csi.x-k8s.io/v1", "SecretProviderClass", "shop/vault", {
    spec: { provider: "azure", parameters: { usePodIdentity: "true", keyvaultName: "shop", tenantId: "t" } },
  }),
  ...controller("shop/cart", "shop/cart:1", {
    podSpec: {
      volumes: [
        {
          name: "vault",
          csi: {
            driver: "secrets-store.csi.k8s.io",
            readOnly: true,
            volumeAttributes: { secretProviderClass: "vault" },
          },
        },
      ],
    },
  }),
];

const keda = [
  ...controller("keda/keda-operator", "ghcr.io/kedacore/keda:2.14.1"),
  scaledBy("queue"),
  object("keda.sh/v1alpha1", "ClusterTriggerAuthentication", "all", { spec: { podIdentity: { provider: "azure" } } }),
];

const externalSecrets = [
  ...controller(
    "external-secrets/external-secrets",
    "oci.external-secrets.io/external-secrets/external-secrets:v0.10.7",
  ),
  object("external-secrets.io/v1beta1", "ClusterSecretStore", "vault", {
    spec: {
      provider: {
        azurekv: { authType: "ManagedIdentity", identityId: clientID, vaultUrl: "https://shop.vault.azure.net" },
      },
    },
  }),
];

const azureDNS = { hostedZoneName: "shop.example", resourceGroupName: "dns", subscriptionID: "s" };
const certManager = [
  ...controller("cert-manager/cert-manager", "quay.io/jetstack/cert-manager-controller:v1.18.2"),
  object("cert-manager.io/v1", "ClusterIssuer", "letsencrypt", {
    spec: {
      acme: {
        server: "https://acme.example",
        privateKeySecretRef: { name: "account" },
        solvers: [{ dns01: { azureDNS } }],
      },
    },
  }),
];

/** Every consumer as a cluster on pod identity has it: controllers with the label, and objects that go by them. */
export const legacyConsumers: readonly KubernetesObject[] = [
  ...[...namespaces, ...others].map(name => object("v1", "Namespace", name, {})),
  ...externalDNS,
  ...velero,
  ...prometheus,
  ...grafana,
  ...dapr,
  ...flux,
  ...azureServiceOperator,
  ...secretsStoreCSI,
  ...keda,
  ...externalSecrets,
  ...certManager,
  ...controller("argocd/argocd-repo-server", "quay.io/argoproj/argocd:v2.14.11"),
  ...controller("agic/ingress-azure", "mcr.microsoft.com/azure-application-gateway/kubernetes-ingress:1.7.2"),
  ...controller("akv2k8s/controller", "spvest/azure-keyvault-controller:1.5.0"),
];
