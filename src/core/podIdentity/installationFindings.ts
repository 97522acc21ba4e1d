import { clusterRef } from "../facts.ts";
import { type Finding, finding } from "../findings/codes.ts";
import type { ObjectRef, SourceId } from "../model.ts";
import { isVersionAtLeast } from "../versions.ts";
import type { SeenWebhook } from "../workloadIdentity/webhook.ts";
import { defaultAudience } from "../workloadIdentity/workloadIdentity.ts";
import { isManaged, namesOf, type SeenInstallation } from "./installation.ts";
import { type MIC, type NMI, nameOfComponent } from "./podIdentityComponents.ts";

/**
 * What is odd about how pod identity is installed. `definitions` says whether the cluster has its kinds, `programs` whether
 * NMI and MIC would have been seen if they were there.
 */
export function installationFindings(
  source: SourceId,
  seen: readonly SeenInstallation[],
  { definitions, programs }: { definitions: "there" | "missing"; programs: "known" | "unknown" },
): Finding[] {
  const about = { subject: clusterRef(source) };
  const [first] = seen;
  const findings: Finding[] = [];
  if (seen.length > 1) findings.push(finding("several-installations", about, { installations: seen.map(namesOf) }));
  if (definitions === "there" && !first && programs === "known")
    findings.push(finding("pod-identity-half-removed", about, { left: "crds" }));
  if (definitions === "missing" && first)
    findings.push(finding("pod-identity-half-removed", about, { left: "programs", object: namesOf(first) }));
  for (const one of seen) findings.push(...findingsOf(about, one));
  return findings;
}

function findingsOf(about: { subject: ObjectRef }, one: SeenInstallation): Finding[] {
  const { installation, nmi, mic } = one;
  const { missing } = installation;
  return [
    ...(missing === "mic" && nmi
      ? [finding("pod-identity-half-removed", about, { left: "nmi", object: nameOfComponent(nmi.found) })]
      : []),
    ...(missing === "nmi" && mic && mic.replicas !== 0
      ? [finding("pod-identity-half-removed", about, { left: "mic", object: nameOfComponent(mic.found) })]
      : []),
    ...(nmi && mic ? disagreement(about, nmi, mic) : []),
    ...(nmi ? findingsOfNMI(about, nmi) : []),
    ...(mic?.replicas === 0 ? [finding("mic-without-replicas", about, { mic: nameOfComponent(mic.found) })] : []),
    ...(nmi ? findingsOfBoth(about, nmi, isManaged(nmi) ? "managed" : "standard") : []),
    ...(mic ? findingsOfBoth(about, mic, "standard") : []),
  ];
}

/** Each is set up by itself; what either of them restricts is restricted. */
function disagreement(about: { subject: ObjectRef }, nmi: NMI, mic: MIC): Finding[] {
  const names = { nmi: `NMI ${nameOfComponent(nmi.found)}`, mic: `MIC ${nameOfComponent(mic.found)}` };
  const [restricts, other] = nmi.namespaced === "on" ? [names.nmi, names.mic] : [names.mic, names.nmi];
  const isOneSided = [nmi.namespaced, mic.namespaced].sort().join() === "off,on";
  return isOneSided ? [finding("mic-nmi-disagree", about, { namespaced: restricts, other })] : [];
}

/** pkg/nmi/nmi.go:GetTokenClient and managed.go:NewManagedTokenClient end the program over what they do not support. */
function findingsOfNMI(about: { subject: ObjectRef }, nmi: NMI): Finding[] {
  const name = nameOfComponent(nmi.found);
  const mode = nmi.operationMode;
  return [
    ...(mode !== "standard" && mode !== "managed"
      ? [finding("nmi-does-not-start", about, { nmi: name, reason: "mode", mode })]
      : []),
    ...(isManaged(nmi) && nmi.namespaced === "off"
      ? [finding("nmi-does-not-start", about, { nmi: name, reason: "not-namespaced", mode })]
      : []),
    ...(nmi.nodes === 0 ? [finding("nmi-on-no-node", about, { nmi: name })] : []),
  ];
}

function findingsOfBoth(about: { subject: ObjectRef }, one: NMI | MIC, mode: "standard" | "managed"): Finding[] {
  const object = `${one.found.ref.kind} ${nameOfComponent(one.found)}`;
  return [
    ...(mode === "standard" && one.namespaced === "notReadable"
      ? [finding("namespaced-not-readable", about, { object })]
      : []),
    // Up to 1.5.x fields were read in any case, and up to 1.5.2 identities looked for in all namespaces.
    ...(isVersionAtLeast(one.version, "1.6.0") === false
      ? [finding("pod-identity-version-old", about, { object, version: one.version ?? "" })]
      : []),
  ];
}

/** What is odd about the webhook of workload identity. `audience` is what credentials are to be made for, where that is decided. */
export function webhookFindings(
  source: SourceId,
  { webhook, deployments, failurePolicy, selectsByPodLabel }: SeenWebhook,
  audience: string = defaultAudience,
): Finding[] {
  const about = { subject: clusterRef(source) };
  const { version } = webhook;
  const findings: Finding[] = [];
  if (deployments.length > 1) findings.push(finding("several-webhooks", about, { deployments }));
  if (webhook.installed !== false && webhook.ready === 0)
    findings.push(finding("webhook-not-ready", about, { failurePolicy: failurePolicy ?? "Fail" }));
  // AKS gave its 0.15 the selector of 1.0: where the configuration is seen, it says more than the version.
  if (isVersionAtLeast(version, "1.0.0") === false && selectsByPodLabel !== true)
    findings.push(finding("webhook-selects-by-account", about, { version: version ?? "" }));
  if (deployments.length > 0 && (webhook.audience ?? defaultAudience) !== audience)
    findings.push(
      finding("webhook-audience-differs", about, { webhook: webhook.audience ?? defaultAudience, audience }),
    );
  return findings;
}
