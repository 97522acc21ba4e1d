import type { PodIdentityFindings } from "../../../src/core/findings/podIdentity.ts";
import { hostile } from "./hostile.ts";

export const podIdentitySamples: PodIdentityFindings = {
  "binding-without-identity": { azureIdentity: hostile },
  "identity-without-binding": {},
  "label-without-binding": { label: hostile },
  "resource-id-invalid": { resourceID: hostile },
  "client-id-missing": {},
  "namespace-wide-binding": { binding: hostile },
  excepted: { exception: hostile },
  "host-network": {},
  "mode-unknown": { reason: hostile },
  "bindings-not-checked": { kinds: [hostile, hostile] },
};
