import { type Facts, ObjectIndex } from "./facts.ts";
import { finding } from "./findings/codes.ts";
import type { AzureFacts, ClusterSource, Decisions, Finding, FoundObject, Source } from "./model.ts";
import { seenInstallations } from "./podIdentity/installation.ts";
import { installationFindings, webhookFindings } from "./podIdentity/installationFindings.ts";
import { asLegacyReleasesRead, readsLegacyFields } from "./podIdentity/legacyFields.ts";
import { installationsInFiles } from "./podIdentity/worlds.ts";
import type { CollectedCluster, CollectedFiles } from "./ports.ts";
import { probeLabel } from "./probe/probePod.ts";
import { workloadIdentityWebhook } from "./workloadIdentity/webhook.ts";

/** What a run that was cut off has left behind says nothing of who uses pod identity. */
function isProbePod({ ref, object }: FoundObject): boolean {
  return ref.kind === "Pod" && object.metadata.labels?.[probeLabel] === "true";
}

const azureNotAsked: AzureFacts = { identities: new Map() };

/** Puts what the collectors read into one set of facts, and reads from the objects how each cluster is set up. */
export function assemble(
  clusters: readonly CollectedCluster[],
  files: CollectedFiles | undefined,
  decisions: Pick<Decisions, "podIdentityMode"> & Partial<Pick<Decisions, "audience">>,
): Facts {
  const read = [...clusters, ...(files ? [files] : [])]
    .flatMap(collected => collected.objects)
    .filter(one => !isProbePod(one));
  let objects = new ObjectIndex(read);
  const findings: Finding[] = [...clusters.flatMap(cluster => cluster.findings), ...(files?.findings ?? [])];
  const sources: Source[] = clusters.map(cluster => {
    const seen = clusterSourceOf(cluster, objects, decisions);
    findings.push(...seen.findings);
    return seen.source;
  });
  const legacy = new Set(
    sources.filter(one => one.type === "cluster" && readsLegacyFields(one.podIdentity)).map(one => one.id),
  );
  if (legacy.size > 0)
    objects = new ObjectIndex(read.map(one => (legacy.has(one.ref.source) ? asLegacyReleasesRead(one) : one)));
  if (files) {
    sources.push(files.source);
    const isModeKnown =
      decisions.podIdentityMode !== undefined || installationsInFiles(objects, files.source.id).length > 0;
    if (clusters.length === 0 && !isModeKnown)
      findings.push(finding("pod-identity-mode-assumed", {}, { mode: "standard" }));
  }
  return { sources, objects, azure: azureNotAsked, unknown: clusters.flatMap(cluster => cluster.unknown), findings };
}

function clusterSourceOf(
  cluster: CollectedCluster,
  objects: ObjectIndex,
  { audience }: Partial<Pick<Decisions, "audience">>,
): { source: ClusterSource; findings: Finding[] } {
  const workloads = (kind: string) => objects.ofKind(cluster.id, kind);
  const isKnown = (kind: string) => cluster.unknown.every(gap => gap.kind !== kind);
  const configurations = isKnown("MutatingWebhookConfiguration")
    ? workloads("MutatingWebhookConfiguration").map(found => found.object)
    : undefined;
  const installations = seenInstallations(workloads, isKnown);
  const webhook = workloadIdentityWebhook(configurations, workloads);
  return {
    source: {
      id: cluster.id,
      type: "cluster",
      context: cluster.context,
      server: cluster.server,
      ...(cluster.serverVersion === undefined ? {} : { serverVersion: cluster.serverVersion }),
      ...(cluster.issuer === undefined ? {} : { issuer: cluster.issuer }),
      podIdentity: installations.map(one => one.installation),
      webhook: webhook.webhook,
    },
    findings: [
      ...(cluster.podIdentityInstalled
        ? []
        : [finding("pod-identity-not-installed", {}, { context: cluster.context })]),
      ...installationFindings(cluster.id, installations, {
        definitions: cluster.podIdentityInstalled ? "there" : "missing",
        programs: isKnown("DaemonSet") && isKnown("Deployment") ? "known" : "unknown",
      }),
      ...webhookFindings(cluster.id, webhook, audience),
    ],
  };
}
