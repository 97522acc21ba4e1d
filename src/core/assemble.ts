import { type Facts, ObjectIndex } from "./facts.ts";
import { finding } from "./findings/codes.ts";
import { podIdentityInstallations, workloadIdentityWebhook } from "./installation.ts";
import type { AzureFacts, ClusterSource, Decisions, Finding, Source } from "./model.ts";
import type { CollectedCluster, CollectedFiles } from "./ports.ts";

export const azureNotAsked: AzureFacts = { identities: new Map() };

/** Puts what the collectors read into one set of facts, and reads from the objects how each cluster is set up. */
export function assemble(
  clusters: readonly CollectedCluster[],
  files: CollectedFiles | undefined,
  decisions: Pick<Decisions, "podIdentityMode">,
): Facts {
  const objects = new ObjectIndex([...clusters, ...(files ? [files] : [])].flatMap(collected => collected.objects));
  const findings: Finding[] = [...clusters.flatMap(cluster => cluster.findings), ...(files?.findings ?? [])];
  const sources: Source[] = clusters.map(cluster => {
    if (!cluster.podIdentityInstalled)
      findings.push(finding("pod-identity-not-installed", {}, { context: cluster.context }));
    return clusterSourceOf(cluster, objects);
  });
  if (files) {
    sources.push(files.source);
    if (clusters.length === 0) {
      const mode = decisions.podIdentityMode;
      if (mode === undefined) findings.push(finding("pod-identity-mode-assumed", {}, { mode: "standard" }));
    }
  }
  return { sources, objects, azure: azureNotAsked, unknown: clusters.flatMap(cluster => cluster.unknown), findings };
}

function clusterSourceOf(cluster: CollectedCluster, objects: ObjectIndex): ClusterSource {
  const workloads = (kind: string) => objects.ofKind(cluster.id, kind);
  const configurations = cluster.unknown.some(gap => gap.kind === "MutatingWebhookConfiguration")
    ? undefined
    : workloads("MutatingWebhookConfiguration").map(found => found.object);
  return {
    id: cluster.id,
    type: "cluster",
    context: cluster.context,
    server: cluster.server,
    ...(cluster.serverVersion === undefined ? {} : { serverVersion: cluster.serverVersion }),
    ...(cluster.issuer === undefined ? {} : { issuer: cluster.issuer }),
    podIdentity: podIdentityInstallations(workloads),
    webhook: workloadIdentityWebhook(configurations, workloads),
  };
}
