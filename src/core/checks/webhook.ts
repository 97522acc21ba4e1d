import { finding } from "../findings/codes.ts";
import type { Check } from "./check.ts";

/** Pods get nothing without the webhook. */
export const checkWebhook: Check = ({ cluster, usage, changes }) => {
  if (!cluster || changes.length === 0) return {};
  const about = { subject: usage.workload };
  const { installed } = cluster.webhook;
  if (installed === false) return { blocks: [finding("webhook-not-installed", about, {})] };
  if (installed === undefined)
    return { reasons: [finding("webhook-not-checked", about, { reason: "its configuration cannot be listed" })] };
  return {};
};
