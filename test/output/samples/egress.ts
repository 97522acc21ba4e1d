import type { EgressFindings } from "../../../src/core/findings/egress.ts";
import { hostile } from "./hostile.ts";

export const egressSamples: EgressFindings = {
  "egress-unproven": { policies: [hostile, hostile], missing: [hostile, hostile], host: hostile },
  "egress-to-be-probed": {
    policies: [hostile, hostile],
    missing: [hostile, hostile],
    kinds: [hostile, hostile],
    host: hostile,
  },
  "egress-accepted": { host: hostile, policies: [hostile, hostile] },
  "egress-allowed": { host: hostile, policies: [hostile, hostile] },
  "egress-rerouted": { through: [hostile, hostile], host: hostile },
  "egress-through-proxy": { places: [hostile, hostile], leavesOut: [hostile, hostile], host: hostile, path: "proxy" },
  "egress-not-checked": { kinds: [hostile, hostile], host: hostile },
};
