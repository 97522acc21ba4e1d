import type { Severity } from "./severity.ts";

/** What is told of whether pods reach what gives out tokens. */
export interface EgressFindings {
  "egress-unproven": { policies: string[]; missing: string[]; host: string };
  "egress-to-be-probed": { policies: string[]; missing: string[]; kinds: string[]; host: string };
  "egress-accepted": { host: string; policies: string[] };
  "egress-allowed": { host: string; policies: string[] };
  "egress-rerouted": { through: string[]; host: string };
  "egress-through-proxy": { places: string[]; leavesOut: string[]; host: string; path: "sdk" | "proxy" };
  "egress-not-checked": { kinds: string[]; host: string };
}

export const egressSeverities: Readonly<Record<keyof EgressFindings, Severity>> = {
  "egress-unproven": "error",
  "egress-to-be-probed": "info",
  "egress-accepted": "info",
  "egress-allowed": "info",
  "egress-rerouted": "info",
  "egress-through-proxy": "warning",
  "egress-not-checked": "warning",
};
