import type { Severity } from "./severity.ts";

/** What is told of AKS identity bindings, where they are the way to an identity. */
export interface IdentityBindingsFindings {
  "identity-binding-adopted": { name: string; principal: string };
  "identity-binding-without-cluster": Record<string, never>;
  "identity-binding-vnet-integration": { cluster: string };
  /** `version`: the webhook's, where it is seen. */
  "identity-binding-not-in-webhook": { version?: string };
  "identity-binding-proxy": { version?: string };
  "identity-binding-program": { programs: string[] };
  /** `options`: which library, from which version on, and what to set. */
  "identity-binding-sdk-option": { options: string[] };
  "identity-binding-consumer": { consumer: string; object: string };
  /** The identities that each way is decided for, as NAMESPACE/NAME. */
  "identity-binding-backends-differ": { bindings: string[]; credentials: string[] };
  "identity-binding-name-taken": { name: string; principal: string };
  /** An object of the name that this tool gives, with other rights or for others. */
  "identity-binding-role-differs": { object: string };
  "identity-binding-not-checked": { reason: string };
}

export const identityBindingsSeverities: Readonly<Record<keyof IdentityBindingsFindings, Severity>> = {
  "identity-binding-adopted": "info",
  "identity-binding-without-cluster": "error",
  "identity-binding-vnet-integration": "error",
  "identity-binding-not-in-webhook": "error",
  "identity-binding-proxy": "error",
  "identity-binding-program": "error",
  "identity-binding-sdk-option": "warning",
  "identity-binding-consumer": "error",
  "identity-binding-backends-differ": "error",
  "identity-binding-name-taken": "error",
  "identity-binding-role-differs": "error",
  "identity-binding-not-checked": "warning",
};
