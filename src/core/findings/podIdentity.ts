import type { Severity } from "./severity.ts";

/** What is told of pod identity's own objects and of how they match. */
export interface PodIdentityFindings {
  "binding-without-identity": { azureIdentity: string };
  "identity-without-binding": Record<string, never>;
  "label-without-binding": { label: string };
  "resource-id-invalid": { resourceID: string };
  "client-id-missing": Record<string, never>;
  "namespace-wide-binding": { binding: string };
  excepted: { exception: string };
  "host-network": Record<string, never>;
  "mode-unknown": { reason: string };
  "bindings-not-checked": { kinds: string[] };
}

export const podIdentitySeverities: Readonly<Record<keyof PodIdentityFindings, Severity>> = {
  "binding-without-identity": "warning",
  "identity-without-binding": "info",
  "label-without-binding": "warning",
  "resource-id-invalid": "error",
  "client-id-missing": "error",
  "namespace-wide-binding": "warning",
  excepted: "warning",
  "host-network": "warning",
  "mode-unknown": "warning",
  "bindings-not-checked": "warning",
};
