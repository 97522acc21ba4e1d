import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Binary } from "./binaries.ts";
import type { ComponentSpecification } from "./component.ts";
import { httpGet } from "./httpGet.ts";
import { kubeconfigPath } from "./users.ts";

/** The processes that can be added to etcd and the API server. */
export type TestbedPart = "controllerManager" | "scheduler" | "kwok" | "webhook";

/** The tenant that the webhook injects. */
export const tenantId = "72f988bf-0000-4000-8000-2d7cd011db47";

/** What listens on a port of its own. */
export const portNames = ["api", "controllerManager", "scheduler", "kwok", "webhook", "webhookHealth"] as const;

/** What the commands of one testbed have in common. */
export interface ComponentContext {
  /** Holds certificates, keys, tokens and kubeconfigs; every process runs in it. */
  folder: string;
  binaries: Record<Binary, string>;
  /** PEM of the CA that signed the serving certificate of every process. */
  ca: string;
  /** Address of the API server. */
  server: string;
  issuer: string;
  ports: Record<(typeof portNames)[number], number>;
  parts: readonly TestbedPart[];
}

const servingCertificate = ["--tls-cert-file=tls.crt", "--tls-private-key-file=tls.key"];

function serves(url: string, ca: string): () => Promise<boolean> {
  return async () => (await httpGet(url, { ca }))?.status === 200;
}

/** etcd on Unix sockets in the testbed's folder: no port to lose, and no other testbed's etcd to talk to by mistake. */
export function etcd({ folder, binaries }: ComponentContext): ComponentSpecification {
  return {
    command: binaries.etcd,
    args: [
      "--unsafe-no-fsync",
      "--data-dir=etcd",
      "--listen-client-urls=unix://localhost:1",
      "--advertise-client-urls=unix://localhost:1",
      "--listen-peer-urls=unix://localhost:2",
      "--initial-advertise-peer-urls=unix://localhost:2",
      "--initial-cluster=default=unix://localhost:2",
    ],
    ready: async () => existsSync(join(folder, "localhost:1")),
  };
}

/** The API server; it serves the issuer that its own tokens name. */
export function apiServer({ binaries, ca, server, issuer, ports, parts }: ComponentContext): ComponentSpecification {
  // Nobody sets the node conditions that the first would mirror, nor makes default service accounts for the second.
  const withoutController = parts.includes("controllerManager") ? "" : ",ServiceAccount";
  return {
    command: binaries["kube-apiserver"],
    args: [
      "--etcd-servers=unix://localhost:1",
      "--bind-address=127.0.0.1",
      `--secure-port=${ports.api}`,
      "--advertise-address=127.0.0.1",
      // A loopback address may not be an endpoint of the kubernetes Service.
      "--endpoint-reconciler-type=none",
      ...servingCertificate,
      `--service-account-issuer=${issuer}`,
      `--service-account-jwks-uri=${server}/openid/v1/jwks`,
      `--api-audiences=${server}`,
      "--service-account-key-file=sa.pub",
      "--service-account-signing-key-file=sa.key",
      "--token-auth-file=tokens.csv",
      "--authorization-mode=RBAC",
      "--service-cluster-ip-range=10.0.0.0/24",
      "--allow-privileged=true",
      `--disable-admission-plugins=TaintNodesByCondition${withoutController}`,
    ],
    ready: serves(`${server}/readyz`, ca),
  };
}

/** The commands of the parts beside etcd and the API server. */
export const partComponents: Record<TestbedPart, (context: ComponentContext) => ComponentSpecification> = {
  controllerManager: ({ folder, binaries, ca, ports }) => ({
    command: binaries["kube-controller-manager"],
    args: [
      `--kubeconfig=${kubeconfigPath(folder, "admin")}`,
      "--leader-elect=false",
      "--bind-address=127.0.0.1",
      `--secure-port=${ports.controllerManager}`,
      ...servingCertificate,
      "--kube-api-qps=1000",
      "--kube-api-burst=2000",
      "--concurrent-deployment-syncs=20",
      "--concurrent-replicaset-syncs=20",
      "--service-account-private-key-file=sa.key",
      "--root-ca-file=ca.crt",
      "--controllers=*,-nodelifecycle,-node-ipam-controller,-cloud-node-lifecycle-controller",
    ],
    ready: serves(`https://127.0.0.1:${ports.controllerManager}/healthz`, ca),
  }),
  scheduler: ({ folder, binaries, ca, ports }) => ({
    command: binaries["kube-scheduler"],
    args: [
      `--kubeconfig=${kubeconfigPath(folder, "admin")}`,
      "--leader-elect=false",
      "--bind-address=127.0.0.1",
      `--secure-port=${ports.scheduler}`,
      ...servingCertificate,
      "--kube-api-qps=1000",
      "--kube-api-burst=2000",
    ],
    ready: serves(`https://127.0.0.1:${ports.scheduler}/healthz`, ca),
  }),
  kwok: ({ folder, binaries, ca, ports }) => ({
    command: binaries.kwok,
    args: [
      `--kubeconfig=${kubeconfigPath(folder, "admin")}`,
      "--config=kwok.yaml",
      "--manage-all-nodes=true",
      "--node-lease-duration-seconds=40",
      // It is the kubelet of every node: the API server asks it for pods/log.
      "--node-ip=127.0.0.1",
      `--node-port=${ports.kwok}`,
      `--server-address=127.0.0.1:${ports.kwok}`,
      ...servingCertificate,
    ],
    ready: serves(`https://127.0.0.1:${ports.kwok}/readyz`, ca),
  }),
  webhook: ({ folder, binaries, ports, ca }) => ({
    command: binaries.webhook,
    args: [
      `--kubeconfig=${kubeconfigPath(folder, "admin")}`,
      `--webhook-cert-dir=${folder}`,
      `--port=${ports.webhook}`,
      `--health-addr=127.0.0.1:${ports.webhookHealth}`,
      // As AKS sets it up for identity bindings.
      "--custom-token-endpoint-annotation-suffix=identity-binding",
      "--custom-token-endpoint-audience=api://AKSIdentityBinding",
    ],
    env: {
      AZURE_TENANT_ID: tenantId,
      AZURE_ENVIRONMENT: "AzurePublicCloud",
      POD_NAMESPACE: "kube-system",
      AZURE_KUBERNETES_TOKEN_PROXY: "https://kubernetes.default.svc",
      AZURE_KUBERNETES_CA_CONFIGMAP_NAME: "kube-root-ca.crt",
    },
    ready: serves(`http://127.0.0.1:${ports.webhookHealth}/readyz`, ca),
  }),
};

/** Where kwok's configuration is written before it starts. */
export function kwokConfigurationPath(folder: string): string {
  return join(folder, "kwok.yaml");
}
