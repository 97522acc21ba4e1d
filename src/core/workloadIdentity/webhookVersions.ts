import { isVersionAtLeast } from "../versions.ts";

/** What a version of the webhook does where versions differ. */
export interface WebhookFacts {
  /** What picks a pod: its own label, or (with it or alone) the label of its service account. */
  selection: "podLabel" | "serviceAccountLabel";
  /** What the shipped configuration says of pods that are made while no webhook answers. */
  failurePolicy: "Fail" | "Ignore";
  /** Keys on pods and service accounts; absent where the version knows none. */
  keys: {
    use: string;
    clientID: string;
    tenantID: string;
    tokenExpiration: string;
    skipContainers: string;
    injectProxy?: string;
    proxyPort?: string;
  };
  /** The projected volume's name; from v1.6.0 on a hash of the pod's name follows the prefix. */
  volumeName: { exactly: string } | { prefix: string };
  mountPath: string;
  /** What AZURE_FEDERATED_TOKEN_FILE says. */
  tokenFile: string;
  tokenExpirationSeconds: number;
  /** A service account that names no client id: AZURE_CLIENT_ID is left out, or set to nothing. */
  emptyClientID: "leftOut" | "injected";
  /** Where the proxy goes; absent where there is none, or where it depends on a server version that is not known. */
  proxyPosition?: "appended" | "prepended" | "nativeSidecar";
  /** What becomes of a pod on the host's network that asks for the proxy. */
  proxyOnHostNetwork: "denied" | "changesTheNode";
  /** What becomes of the proxy in a pod that says `runAsUser: 0` for all of its containers. */
  proxyAsRoot: "runs" | "refused";
  /** Whether `restartPolicy` of init containers (native sidecars) survives the webhook. */
  initRestartPolicy: "kept" | "dropped";
  /** Whether it can be told to project tokens for identity bindings. */
  identityBinding: "supported" | "unsupported";
}

interface Row extends Partial<Omit<WebhookFacts, "proxyPosition">> {
  /** Pre-releases count as their release: v1.6.0-alpha.1 has v1.6.0's paths, v1.0.0-alpha.0 its selection. */
  since: string;
  proxyPosition?: "appended" | "prepended" | "byServer";
}

const keysWith = (prefix: string) => ({
  use: `${prefix}/use`,
  clientID: `${prefix}/client-id`,
  tenantID: `${prefix}/tenant-id`,
  tokenExpiration: `${prefix}/service-account-token-expiration`,
  skipContainers: `${prefix}/skip-containers`,
});
const mountPath = "/var/run/secrets/azure/tokens";

/** azure-workload-identity, pkg/webhook/webhook.go and consts.go and deploy/azure-wi-webhook.yaml at each tag. A row holds what changed. */
const table: readonly [Omit<Required<Row>, "proxyPosition">, ...Row[]] = [
  {
    since: "0.0.0",
    selection: "serviceAccountLabel",
    failurePolicy: "Ignore",
    keys: keysWith("azure.pod.identity"),
    volumeName: { exactly: "azure-identity-token" },
    mountPath: "/var/run/secrets/tokens",
    tokenFile: "/var/run/secrets/tokens/azure-identity-token",
    tokenExpirationSeconds: 86400,
    emptyClientID: "injected",
    proxyOnHostNetwork: "changesTheNode",
    proxyAsRoot: "runs",
    initRestartPolicy: "dropped",
    identityBinding: "unsupported",
  },
  { since: "0.4.0", keys: keysWith("azure.workload.identity") },
  { since: "0.7.0", tokenExpirationSeconds: 3600 },
  { since: "0.8.0", mountPath, tokenFile: `${mountPath}/azure-identity-token` },
  {
    since: "0.11.0",
    keys: {
      ...keysWith("azure.workload.identity"),
      injectProxy: "azure.workload.identity/inject-proxy-sidecar",
      proxyPort: "azure.workload.identity/proxy-sidecar-port",
    },
    proxyPosition: "appended",
  },
  { since: "1.0.0", selection: "podLabel", failurePolicy: "Fail" },
  { since: "1.1.0", proxyAsRoot: "refused" },
  { since: "1.2.0", proxyPosition: "prepended", proxyOnHostNetwork: "denied" },
  { since: "1.3.0", initRestartPolicy: "kept" },
  { since: "1.5.0", proxyPosition: "byServer" },
  { since: "1.5.1", emptyClientID: "leftOut" },
  {
    since: "1.6.0",
    volumeName: { prefix: "azure-workload-identity-reserved-" },
    mountPath: "/var/run/secrets/azure/wi",
    tokenFile: "/var/run/secrets/azure/wi/token/azure-identity-token",
    identityBinding: "supported",
  },
];

/**
 * What this version of the webhook (without or with "v") does on a server of this version; undefined for a version that is
 * none, since nothing may be guessed from it.
 */
export function webhookFacts(version: string | undefined, serverVersion: string | undefined): WebhookFacts | undefined {
  if (isVersionAtLeast(version, "0.0.0") === undefined) return undefined;
  const rows = table.filter(({ since }) => isVersionAtLeast(version, since));
  const { since: _since, proxyPosition, ...facts } = Object.assign({}, table[0], ...rows) as (typeof table)[0] & Row;
  const position = proxyPosition === "byServer" ? positionOn(serverVersion) : proxyPosition;
  return { ...facts, ...(position === undefined ? {} : { proxyPosition: position }) };
}

/** NewPodMutator: native sidecars are safe from 1.32 on, with kubelets three versions behind. */
function positionOn(serverVersion: string | undefined): WebhookFacts["proxyPosition"] {
  const isNative = isVersionAtLeast(serverVersion, "1.32.0");
  return isNative === undefined ? undefined : isNative ? "nativeSidecar" : "prepended";
}
