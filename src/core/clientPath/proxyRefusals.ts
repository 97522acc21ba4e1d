import type { CheckedUsage, Verdict } from "../checks/check.ts";
import { isCovered } from "../decisions.ts";
import { nameOf } from "../facts.ts";
import { type Finding, finding } from "../findings/codes.ts";
import { isRecord } from "../kubernetes.ts";
import { ownMetadataCalls } from "../workloadIdentity/sdkReadiness.ts";
import { type WebhookFacts, webhookFacts } from "../workloadIdentity/webhookVersions.ts";
import { containersOf, type Mark, placesOf, type TemplateContainer } from "../workloads/templateContainers.ts";
import { proxyPortOf } from "./annotations.ts";
import { windowsEvidence } from "./windows.ts";

/** Names that the webhook gives (azure-workload-identity, pkg/webhook/consts.go). */
const proxy = "azwi-proxy";
const proxyInit = "azwi-proxy-init";
/** USER of the proxy's image; its traffic is not redirected (init/init-iptables.sh). */
const proxyUser = 1501;

/** What selects an identity in a request by something else than its client id, the one selector that the proxy reads. */
const otherSelectors: readonly Mark[] = [
  { sign: "mi_res_id", pattern: /\b(mi_res_id|msi_res_id)\b/i },
  { sign: "object_id", pattern: /\bobject_id\b/i },
  { sign: "principal_id", pattern: /[?&]principal_id=/i },
  { sign: "Authentication=ActiveDirectoryMsi", pattern: /\bAuthentication\s*=\s*ActiveDirectoryMsi\b/i },
];

/** Where pods with the proxy sidecar would be refused, never end, or get no token or somebody else's. */
export function proxyRefusals(checked: CheckedUsage): Verdict {
  const { cluster, usage, template, decision } = checked;
  const about = { subject: usage.workload };
  const containers = containersOf(template);
  const webhook = cluster && webhookFacts(cluster.webhook.version, cluster.serverVersion);
  const [reasons, blocks, notChecked]: [Finding[], Finding[], Finding[]] = [[], [], []];

  if (template?.spec?.hostNetwork === true)
    blocks.push(finding("proxy-on-host-network", about, { effect: webhook?.proxyOnHostNetwork ?? "unknown" }));
  const windows = windowsEvidence(template);
  if (windows !== undefined) blocks.push(finding("proxy-on-windows", about, { evidence: windows }));

  const { kind } = usage.workload;
  if (doPodsEnd(checked) && webhook?.proxyPosition !== "nativeSidecar") {
    if (webhook?.proxyPosition === undefined)
      notChecked.push(finding("proxy-in-job-not-checked", about, { kind, missing: missingVersion(cluster) }));
    else blocks.push(finding("proxy-never-ends", about, { kind, ...versions(cluster) }));
  }

  const asProxyUser = containers.filter(one => one.staysUp && one.runAsUser === proxyUser && !isProxy(one));
  if (asProxyUser.length > 0)
    blocks.push(finding("proxy-bypassed-by-user", about, { containers: namesOf(asProxyUser), user: proxyUser }));

  const user = userOfProxy(checked, containers);
  if (user === 0 && webhook?.proxyAsRoot !== "runs") blocks.push(finding("proxy-cannot-be-root", about, {}));
  else if (user !== proxyUser) reasons.push(finding("proxy-asks-itself", about, { user }));

  const listening = proxyPortOf(checked);
  const taken = containers.flatMap(one =>
    listening && one.staysUp && !isProxy(one) ? placesOfPort(one, listening.port) : [],
  );
  if (listening && taken.length > 0) blocks.push(finding("proxy-port-taken", about, { ...listening, places: taken }));

  const selectors = placesOf(containers, otherSelectors);
  if (selectors.length > 0 && !isCovered(decision, nameOf(usage.workload)))
    blocks.push(finding("proxy-ignores-selector", about, { places: selectors, workload: nameOf(usage.workload) }));

  const early = ownMetadataCalls(containers.filter(one => !one.staysUp && !isProxy(one)));
  if (early.length > 0) reasons.push(finding("proxy-after-init-containers", about, { places: early }));

  const endpoints = containers.flatMap(({ name, env }) =>
    env
      .filter(
        one =>
          /^(IDENTITY|MSI)_ENDPOINT$/.test(one.name) && !/^http:\/\/169\.254\.169\.254(:80)?\//.test(one.value ?? ""),
      )
      .map(one => `${name}: env ${one.name}`),
  );
  if (endpoints.length > 0) reasons.push(finding("proxy-misses-endpoint", about, { places: endpoints }));

  const clash = clashingContainers(containers, webhook);
  if (clash.length > 0) blocks.push(finding("proxy-twice", about, { containers: clash }));
  return { reasons, blocks, notChecked };
}

/** What `azwi podidentity detect` left in a template: redirection without anything that would have been asked for. */
export function proxyLeftInTemplate({ usage, template }: CheckedUsage): Finding[] {
  const left = namesOf(containersOf(template).filter(isProxy));
  return left.length === 0 ? [] : [finding("proxy-in-template", { subject: usage.workload }, { containers: left })];
}

/**
 * The webhook looks for its names only in the list that it adds to; one in the other list makes a name that stands twice, which
 * the API server refuses. Where the position is not known, either may happen.
 */
function clashingContainers(containers: readonly TemplateContainer[], webhook: WebhookFacts | undefined): string[] {
  const position = webhook?.proxyPosition;
  return containers
    .filter(({ name, list }) => {
      if (name === proxyInit) return list === "containers";
      if (name !== proxy) return false;
      return position === undefined || (position === "nativeSidecar") !== (list === "initContainers");
    })
    .map(({ name, list }) => `${name} in ${list}`);
}

/** Whom the webhook's proxy runs as: the pod's user goes before the image's. One that the template brings along has its own. */
function userOfProxy({ template }: CheckedUsage, containers: readonly TemplateContainer[]): number {
  const { securityContext }: Record<string, unknown> = { ...template?.spec };
  const user = isRecord(securityContext) ? securityContext.runAsUser : undefined;
  return typeof user === "number" && !containers.some(({ name }) => name === proxy) ? user : proxyUser;
}

/** The server takes such a policy from Jobs and from pods that nobody makes again. */
function doPodsEnd({ usage, template }: CheckedUsage): boolean {
  const { kind } = usage.workload;
  const { restartPolicy }: Record<string, unknown> = { ...template?.spec };
  return kind === "Job" || kind === "CronJob" || restartPolicy === "Never" || restartPolicy === "OnFailure";
}

function isProxy({ name }: TemplateContainer): boolean {
  return name === proxy || name === proxyInit;
}

function placesOfPort({ name, ports, env }: TemplateContainer, port: number): string[] {
  return [
    ...ports.filter(one => one.port === port && one.protocol === "TCP").map(() => `${name}: containerPort ${port}`),
    ...env
      .filter(one => /^(HTTP_|SERVER_|LISTEN_)?PORT$/.test(one.name) && one.value === String(port))
      .map(one => `${name}: env ${one.name}`),
  ];
}

function versions(cluster: CheckedUsage["cluster"]): { webhook: string; server: string } {
  return { webhook: cluster?.webhook.version ?? "unknown", server: cluster?.serverVersion ?? "unknown" };
}

function missingVersion(cluster: CheckedUsage["cluster"]): string {
  if (!cluster) return "files do not tell the versions of webhook and server";
  return cluster.webhook.version === undefined
    ? "the webhook's version is unknown"
    : `what webhook ${cluster.webhook.version} does on this server is unknown`;
}

function namesOf(containers: readonly TemplateContainer[]): string[] {
  return containers.map(one => one.name);
}
