import { areOfTwoClouds } from "../azure/clouds.ts";
import { finding } from "../findings/codes.ts";
import type { ClusterSource, Code, Finding } from "../model.ts";
import { perFacts } from "../perFacts.ts";
import { isBound } from "../trust/backend.ts";
import { authorityHostOf } from "../workloadIdentity/webhookEnvironment.ts";
import { containersOf } from "../workloads/templateContainers.ts";
import type { Check, CheckedUsage, Verdict } from "./check.ts";

/** What is wrong with a cluster's webhook in such a way that pods with its label would not start, or get nothing they can use. */
const inTheWay: ReadonlySet<Code> = new Set<Code>([
  "webhook-not-ready",
  "webhook-selects-by-account",
  "webhook-audience-differs",
]);

/**
 * A credential for the wrong audience would have to go again: issuer and subject can have one audience alone. And where the webhook goes
 * by accounts, preparing one may switch its pods when they next restart.
 */
const notEvenPrepared: ReadonlySet<Code> = new Set<Code>(["webhook-audience-differs", "webhook-selects-by-account"]);

const faults = perFacts(facts => facts.findings.filter(one => inTheWay.has(one.code)));

/** Pods get nothing without the webhook; service accounts and credentials do not need it. */
export const checkWebhook: Check = checked => {
  const { facts, cluster, usage, changes } = checked;
  if (!cluster || changes.length === 0) return {};
  const about = { subject: usage.workload };
  const { installed, namespace } = cluster.webhook;
  const { azure } = cluster;
  // A webhook of one's own does the same; its Deployment may be seen where its configuration is not.
  if (azure?.workloadIdentity === false && installed !== true && namespace === undefined) {
    const { resourceID } = azure;
    return untilInstalled(checked, finding("workload-identity-not-enabled", about, { resourceID }));
  }
  if (installed === false) {
    const args = azure ? { resourceID: azure.resourceID } : {};
    return untilInstalled(checked, finding("webhook-not-installed", about, args));
  }
  const told = faults(facts)
    .filter(one => one.subject?.source === cluster.id)
    .map((one): Finding => ({ ...one, ...about }));
  const verdict = {
    blocks: told.filter(one => notEvenPrepared.has(one.code)),
    switchBlocks: [...told.filter(one => !notEvenPrepared.has(one.code)), ...otherCloud(checked, cluster)],
  };
  if (installed === undefined)
    return {
      ...verdict,
      reasons: [finding("webhook-not-checked", about, { reason: "its configuration cannot be listed" })],
    };
  return verdict;
};

/** The webhook would send pods to the Entra of another cloud than the one whose identities they are to be. */
function otherCloud({ facts, usage, template }: CheckedUsage, { webhook }: ClusterSource): Finding[] {
  const { environment } = webhook;
  // What a template sets itself the webhook leaves alone.
  if (containersOf(template).every(({ env }) => env.some(({ name }) => name === "AZURE_AUTHORITY_HOST"))) return [];
  const { authorityHost } = facts.azure;
  const sentTo = environment === undefined ? undefined : authorityHostOf(environment);
  if (environment === undefined || sentTo === undefined || authorityHost === undefined) return [];
  if (!areOfTwoClouds(sentTo, authorityHost)) return [];
  return [finding("webhook-cloud-differs", { subject: usage.workload }, { environment, authorityHost })];
}

/** Whether the webhook that will come knows identity bindings, nobody can tell: these are not prepared for it. */
function untilInstalled({ facts, decisions, usage }: CheckedUsage, missing: Finding): Verdict {
  return isBound(facts, decisions, usage) ? { blocks: [missing] } : { switchBlocks: [missing] };
}
