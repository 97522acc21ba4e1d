/** One program of the testbed: the module group (a folder here with its go.mod) and the package it is built from. */
export interface Recipe {
  name: string;
  group: string;
  package: string;
  /** Seconds of a build with empty Go caches on 2 cores, to tell people what to expect. */
  coldSeconds: number;
}

/** Everything `npm run testbed` builds; a further binary is a further line. */
export const recipes = [
  { name: "leash", group: "local", package: "./leash", coldSeconds: 5 },
  { name: "certificates", group: "local", package: "./certificates", coldSeconds: 3 },
  { name: "etcd", group: "etcd", package: "go.etcd.io/etcd/server/v3", coldSeconds: 37 },
  {
    name: "kube-apiserver",
    group: "kubernetes",
    package: "k8s.io/kubernetes/cmd/kube-apiserver",
    coldSeconds: 315,
  },
  {
    name: "kube-controller-manager",
    group: "kubernetes",
    package: "k8s.io/kubernetes/cmd/kube-controller-manager",
    coldSeconds: 74,
  },
  { name: "kube-scheduler", group: "kubernetes", package: "k8s.io/kubernetes/cmd/kube-scheduler", coldSeconds: 6 },
  { name: "kubectl", group: "kubernetes", package: "k8s.io/kubernetes/cmd/kubectl", coldSeconds: 30 },
  { name: "kwok", group: "kwok", package: "sigs.k8s.io/kwok/cmd/kwok", coldSeconds: 118 },
  { name: "webhook", group: "workload-identity", package: "./webhook", coldSeconds: 109 },
  {
    name: "azwi",
    group: "workload-identity",
    package: "github.com/Azure/azure-workload-identity/cmd/azwi",
    coldSeconds: 227,
  },
  { name: "mic", group: "pod-identity", package: "github.com/Azure/aad-pod-identity/cmd/mic", coldSeconds: 83 },
  { name: "oracle", group: "pod-identity", package: "./oracle", coldSeconds: 8 },
] as const satisfies readonly Recipe[];

/** Name of a program of the testbed. */
export type Binary = (typeof recipes)[number]["name"];

/** The programs that setup-envtest puts into `KUBEBUILDER_ASSETS`. */
export const envtestBinaries: readonly Binary[] = ["etcd", "kube-apiserver", "kubectl"];

/** YAML that the testbed uses, taken from the module that publishes it and never copied into the project. */
export interface ManifestSource {
  name: string;
  group: string;
  module: string;
  /** Files of the module, joined to one. */
  paths: readonly string[];
}

/** Manifests copied into the cache beside the binaries, so that starting a testbed needs no Go. */
export const manifestSources = [
  {
    name: "podIdentityDefinitions",
    group: "pod-identity",
    module: "github.com/Azure/aad-pod-identity",
    paths: ["manifest_staging/charts/aad-pod-identity/crds/crd.yaml"],
  },
  {
    name: "webhookConfiguration",
    group: "workload-identity",
    module: "github.com/Azure/azure-workload-identity",
    paths: ["deploy/azure-wi-webhook.yaml"],
  },
  {
    name: "podStages",
    group: "kwok",
    module: "sigs.k8s.io/kwok",
    paths: ["pod-ready", "pod-complete", "pod-delete"].map(stage => `kustomize/stage/pod/fast/${stage}.yaml`),
  },
] as const satisfies readonly ManifestSource[];

/** Name of a manifest of the testbed. */
export type Manifest = (typeof manifestSources)[number]["name"];
