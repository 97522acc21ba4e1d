import type { Severity } from "./severity.ts";

/** What is told of how an application gets its tokens afterwards. */
export interface ClientPathFindings {
  "webhook-not-installed": Record<string, never>;
  "webhook-not-checked": { reason: string };
  "proxy-on-host-network": Record<string, never>;
  "proxy-on-windows": Record<string, never>;
}

export const clientPathSeverities: Readonly<Record<keyof ClientPathFindings, Severity>> = {
  "webhook-not-installed": "error",
  "webhook-not-checked": "warning",
  "proxy-on-host-network": "error",
  "proxy-on-windows": "error",
};
