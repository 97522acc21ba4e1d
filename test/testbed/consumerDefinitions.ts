import type { DefinitionSource } from "./definitions.ts";

const keda = (version: string, sum: string): DefinitionSource => ({
  module: `github.com/kedacore/keda/v2@${version}`,
  sum,
  paths: ["clustertriggerauthentications", "scaledobjects", "triggerauthentications"].map(
    plural => `config/crd/bases/keda.sh_${plural}.yaml`,
  ),
});

/** The last release but one whose definitions take `provider: azure`, and one whose do not. */
export const kedaWithPodIdentity = keda("v2.14.1", "h1:8HShe/6GPo2h1BQ/vkW4k874wHAnkzE7aLbk04rH0u4=");
export const kedaWithoutPodIdentity = keda("v2.17.2", "h1:xlrcK5TKABJF9PebK79sgL07s/csGjL3H4m72OkZXxk=");

// ASO generates its definitions when it is built; of those in the module's zip these are the latest.
const azureServiceOperatorChart = "charts/azure-service-operator-crds-v2.0.0-beta.5.tgz";

/** Indirect users of pod identity whose definitions can be had as Go modules. */
export const consumerDefinitions: readonly DefinitionSource[] = [
  {
    module: "github.com/external-secrets/external-secrets@v0.10.7",
    sum: "h1:jTOKPDZqwV6ewvJAq9ylgXbJdNpmMEBrRIi6w0oVcsw=",
    paths: ["clustersecretstores", "secretstores"].map(
      plural => `config/crds/bases/external-secrets.io_${plural}.yaml`,
    ),
  },
  {
    module: "sigs.k8s.io/secrets-store-csi-driver@v1.4.8",
    sum: "h1:YmL0lx9HMYqeZCnLyOZRMuGAZXmP/e42UGCCAnMKjgE=",
    paths: ["config/crd/bases"],
  },
  {
    module: "github.com/vmware-tanzu/velero@v1.16.1",
    sum: "h1:T9Jdt/6Jl1x+nT+OCCyOBtiakCdInHZAB3qU/jH6yGg=",
    paths: ["backupstoragelocations", "volumesnapshotlocations"].map(
      plural => `config/crd/v1/bases/velero.io_${plural}.yaml`,
    ),
  },
  {
    module: "github.com/argoproj/argo-cd/v2@v2.14.11",
    sum: "h1:vkw8Ib/fOGsWD7HSUw8+5yXbXPYkGIJqs0wA2h9MX2s=",
    paths: ["manifests/crds/application-crd.yaml", "manifests/crds/appproject-crd.yaml"],
  },
  {
    module: "github.com/cert-manager/cert-manager@v1.18.2",
    sum: "h1:H2P75ycGcTMauV3gvpkDqLdS3RSXonWF2S49QGA1PZE=",
    paths: ["deploy/crds/crd-clusterissuers.yaml", "deploy/crds/crd-issuers.yaml"],
  },
  {
    module: "github.com/Azure/azure-service-operator/v2@v2.13.0",
    sum: "h1:24xDkuGOjSDKKkthECRo/I76slmlt3u0buYQ4rvX3pQ=",
    paths: ["resourcegroups.resources", "userassignedidentities.managedidentity"].map(
      name =>
        `${azureServiceOperatorChart}#azure-service-operator-crds/templates/crds/apiextensions.k8s.io_v1_customresourcedefinition_${name}.azure.com.yaml`,
    ),
  },
  {
    module: "github.com/prometheus-operator/prometheus-operator@v0.85.0",
    sum: "h1:M5xLCLEoaW2IJfnuCwFzzpL+jSVQu3KGT84Pye+fW8s=",
    paths: ["prometheuses", "prometheusagents", "scrapeconfigs"].map(
      plural => `example/prometheus-operator-crd/monitoring.coreos.com_${plural}.yaml`,
    ),
  },
  {
    module: "github.com/dapr/dapr@v1.14.0",
    sum: "h1:SIQsNX1kH31JRDIS4k8IZ6eomM/BAcOP844PhQIT+BQ=",
    paths: ["charts/dapr/crds/components.yaml"],
  },
  {
    module: "github.com/fluxcd/source-controller@v1.8.5",
    sum: "h1:3zKSTGc2FPoZcQ5BjnyOrwdHDWeYqst3uAoZ+c0DG3c=",
    paths: ["config/crd/bases"],
  },
];
