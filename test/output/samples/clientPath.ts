import type { ClientPathFindings } from "../../../src/core/findings/clientPath.ts";
import { hostile } from "./hostile.ts";

export const clientPathSamples: ClientPathFindings = {
  "webhook-not-installed": {},
  "webhook-not-checked": { reason: hostile },
  "proxy-on-host-network": {},
  "proxy-on-windows": {},
};
