import type { CloudsFindings } from "../../../src/core/findings/clouds.ts";
import { hostile } from "./hostile.ts";

export const cloudsSamples: CloudsFindings = {
  "cloud-mismatch": { context: hostile, issuer: hostile, cloud: hostile, issuerCloud: hostile },
};
