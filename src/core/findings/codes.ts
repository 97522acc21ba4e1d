import type { FileLocation, ObjectRef } from "../model.ts";

export type Severity = "error" | "warning" | "info";

/** What each finding carries beside its subject. The code is a promise to scripts; its wording is in `src/output/messages.ts`. */
export interface FindingArgs {
  // Reading: clusters
  "kind-not-readable": { kind: string; resource: string; apiGroup: string; namespace?: string; reason: string };
  "cluster-kind-not-readable": { kind: string; resource: string; apiGroup: string; reason: string };
  "cluster-identity-unknown": { reason: string };
  "issuer-not-readable": { reason: string };
  "pod-identity-not-installed": { context: string };
  // Reading: files
  "yaml-invalid": { reason: string };
  "file-not-readable": { reason: string };
  "template-not-rendered": { kind: "helm" | "placeholder"; text: string };
  "object-incomplete": { reason: string };
  "duplicate-object": { first: string };
  "namespace-assumed": { namespace: string };
  "pod-identity-mode-assumed": { mode: string };
  "legacy-field-case": { field: string; expected: string };
  // Pod identity objects
  "binding-without-identity": { azureIdentity: string };
  "identity-without-binding": Record<string, never>;
  "label-without-binding": { label: string };
  "resource-id-invalid": { resourceID: string };
  "client-id-missing": Record<string, never>;
  "namespace-wide-binding": { binding: string };
  excepted: { exception: string };
  "host-network": Record<string, never>;
  // Mapping: reasons
  "service-account-default": { dedicated: string };
  "service-account-shared": { serviceAccount: string; others: string[]; dedicated: string };
  "service-account-names-other-identity": {
    serviceAccount: string;
    annotation: string;
    value: string;
    dedicated: string;
  };
  "service-account-reused": { serviceAccount: string };
  "service-account-missing": { serviceAccount: string };
  "credential-adopted": { name: string; principal: string };
  // Mapping: blocks
  "several-identities": { candidates: string[] };
  "service-principal-identity": { azureIdentity: string };
  "object-owned": { tool: string; evidence: string };
  "role-bindings-not-carried-over": { serviceAccount: string; bindings: string[] };
  "image-pull-secrets-not-carried-over": { serviceAccount: string; secrets: string[] };
  "automount-not-carried-over": { serviceAccount: string; value: boolean };
  "client-id-mismatch": { resourceID: string; azureIdentity: string; azure: string };
  "identity-not-found": { resourceID: string };
  "credential-audience-differs": { name: string; audiences: string[]; expected: string };
  "credential-name-taken": { name: string; subject: string };
  "webhook-not-installed": Record<string, never>;
  "issuer-mismatch": { flag: string; cluster: string };
  "issuer-not-enabled": { issuer: string };
  "proxy-on-host-network": Record<string, never>;
  "proxy-on-windows": Record<string, never>;
  "rollout-paused": Record<string, never>;
  "client-id-in-template": { clientID: string; expected: string };
  // Mapping: manual work
  "job-immutable": Record<string, never>;
  "pod-not-managed": Record<string, never>;
  "pods-do-not-roll": { kind: string };
  // Not checked
  "azure-not-checked": { reason: string };
  "issuer-unknown": Record<string, never>;
  "mode-unknown": { reason: string };
  "bindings-not-checked": { kinds: string[] };
  "service-account-not-checked": { kinds: string[] };
  "role-bindings-not-checked": { kinds: string[] };
  "webhook-not-checked": { reason: string };
}

export type Code = keyof FindingArgs;

/** One thing worth telling: about an object, or a place in a file, or both. */
export type Finding = {
  [C in Code]: { code: C; severity: Severity; subject?: ObjectRef; at?: FileLocation; args: FindingArgs[C] };
}[Code];

/** How grave each finding is. `error`: input could not be read, or the usage cannot be migrated as it stands. */
export const severities: Readonly<Record<Code, Severity>> = {
  "kind-not-readable": "error",
  "cluster-kind-not-readable": "warning",
  "cluster-identity-unknown": "warning",
  "issuer-not-readable": "warning",
  "pod-identity-not-installed": "info",
  "yaml-invalid": "error",
  "file-not-readable": "error",
  "template-not-rendered": "warning",
  "object-incomplete": "warning",
  "duplicate-object": "warning",
  "namespace-assumed": "info",
  "pod-identity-mode-assumed": "info",
  "legacy-field-case": "warning",
  "binding-without-identity": "warning",
  "identity-without-binding": "info",
  "label-without-binding": "warning",
  "resource-id-invalid": "error",
  "client-id-missing": "error",
  "namespace-wide-binding": "warning",
  excepted: "warning",
  "host-network": "warning",
  "service-account-default": "info",
  "service-account-shared": "info",
  "service-account-names-other-identity": "info",
  "service-account-reused": "info",
  "service-account-missing": "warning",
  "credential-adopted": "info",
  "several-identities": "error",
  "service-principal-identity": "error",
  "object-owned": "error",
  "role-bindings-not-carried-over": "error",
  "image-pull-secrets-not-carried-over": "error",
  "automount-not-carried-over": "error",
  "client-id-mismatch": "error",
  "identity-not-found": "error",
  "credential-audience-differs": "error",
  "credential-name-taken": "error",
  "webhook-not-installed": "error",
  "issuer-mismatch": "error",
  "issuer-not-enabled": "error",
  "proxy-on-host-network": "error",
  "proxy-on-windows": "error",
  "rollout-paused": "error",
  "client-id-in-template": "error",
  "job-immutable": "warning",
  "pod-not-managed": "warning",
  "pods-do-not-roll": "warning",
  "azure-not-checked": "warning",
  "issuer-unknown": "warning",
  "mode-unknown": "warning",
  "bindings-not-checked": "warning",
  "service-account-not-checked": "warning",
  "role-bindings-not-checked": "warning",
  "webhook-not-checked": "warning",
};

/** Makes a finding with the severity that its code has. */
export function finding<C extends Code>(
  code: C,
  about: { subject?: ObjectRef; at?: FileLocation },
  args: FindingArgs[C],
): Finding {
  // The mapped type ties args to code; TypeScript cannot follow that through the type parameter.
  return { code, severity: severities[code], ...about, args } as Finding;
}
