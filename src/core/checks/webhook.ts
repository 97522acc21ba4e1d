import { finding } from "../findings/codes.ts";
import type { Code, Finding } from "../model.ts";
import { perFacts } from "../perFacts.ts";
import type { Check } from "./check.ts";

/** What is wrong with a cluster's webhook in such a way that pods with its label would not start, or get nothing they can use. */
const inTheWay: ReadonlySet<Code> = new Set<Code>([
  "webhook-not-ready",
  "webhook-selects-by-account",
  "webhook-audience-differs",
]);

const faults = perFacts(facts => facts.findings.filter(one => inTheWay.has(one.code)));

/** Pods get nothing without the webhook. */
export const checkWebhook: Check = ({ facts, cluster, usage, changes }) => {
  if (!cluster || changes.length === 0) return {};
  const about = { subject: usage.workload };
  const { installed, namespace } = cluster.webhook;
  const { azure } = cluster;
  // A webhook of one's own does the same; its Deployment may be seen where its configuration is not.
  if (azure?.workloadIdentity === false && installed !== true && namespace === undefined) {
    const { resourceID } = azure;
    return { blocks: [finding("workload-identity-not-enabled", about, { resourceID })] };
  }
  if (installed === false) return { blocks: [finding("webhook-not-installed", about, {})] };
  const blocks = faults(facts)
    .filter(one => one.subject?.source === cluster.id)
    .map((one): Finding => ({ ...one, ...about }));
  if (installed === undefined)
    return {
      blocks,
      reasons: [finding("webhook-not-checked", about, { reason: "its configuration cannot be listed" })],
    };
  return { blocks };
};
