import type { ReadFrom, Severity } from "./severity.ts";

/** What is told of pod identity's own objects, of how it and the webhook are installed, and of how they match. */
export interface PodIdentityFindings {
  "binding-without-identity": { azureIdentity: string };
  "identity-without-binding": Record<string, never>;
  "label-without-binding": { label: string; among: ReadFrom };
  /** `azureIdentity`: NAMESPACE/NAME, where it is told of a workload; `key`: where the config file says it instead. */
  "resource-id-invalid": { resourceID: string; azureIdentity?: string; key?: string };
  "client-id-missing": Record<string, never>;
  "identity-type-unsupported": { type: string };
  "selector-never-matches": { selector: string };
  "namespaced-annotation-ignored": { key: string; value: string };
  "legacy-field-ignored": { field: string; expected: string };
  "namespace-wide-binding": { binding: string };
  "identity-name-collision": { used: string; ignored: string[]; count: number };
  "identities-differ": { among: string[] };
  /** `exception` is the AzurePodIdentityException that fits by its labels; by name: the namespace where such names pass. */
  excepted: { by: "labels" | "name"; exception: string };
  "host-network": Record<string, never>;
  "assignment-differs": { pod: string; pods: number; expected: string[]; assigned: string[] };
  "finished-pods-hold-identity": { pods: number; identities: string[] };
  "mode-unknown": { reason: string };
  "bindings-not-checked": { kinds: string[] };
  "several-installations": { installations: string[] };
  "mic-nmi-disagree": { namespaced: string; other: string };
  "pod-identity-half-removed": { left: "nmi" | "mic" | "crds" | "programs"; object?: string };
  "mic-without-replicas": { mic: string };
  "nmi-on-no-node": { nmi: string };
  "nmi-does-not-start": { nmi: string; reason: "mode" | "not-namespaced"; mode: string };
  "namespaced-not-readable": { object: string };
  "pod-identity-version-old": { object: string; version: string };
  "several-webhooks": { deployments: string[] };
  "webhook-not-ready": { failurePolicy: "Fail" | "Ignore" };
  "webhook-selects-by-account": { version: string };
  "webhook-audience-differs": { webhook: string; audience: string };
  /** `environment`: AZURE_ENVIRONMENT of the webhook; `authorityHost`: of the cloud that was asked. */
  "webhook-cloud-differs": { environment: string; authorityHost: string };
  /** `configMap`: NAMESPACE/NAME; `hint`: what to do about the reason, without one a right is missing. */
  "webhook-settings-not-readable": { configMap: string; reason: string; hint?: string };
}

export const podIdentitySeverities: Readonly<Record<keyof PodIdentityFindings, Severity>> = {
  "binding-without-identity": "warning",
  "identity-without-binding": "info",
  "label-without-binding": "warning",
  "resource-id-invalid": "error",
  "client-id-missing": "error",
  "identity-type-unsupported": "warning",
  "selector-never-matches": "warning",
  "namespaced-annotation-ignored": "warning",
  "legacy-field-ignored": "warning",
  "namespace-wide-binding": "warning",
  "identity-name-collision": "warning",
  "identities-differ": "error",
  excepted: "warning",
  "host-network": "warning",
  "assignment-differs": "warning",
  "finished-pods-hold-identity": "warning",
  "mode-unknown": "warning",
  "bindings-not-checked": "warning",
  "several-installations": "warning",
  "mic-nmi-disagree": "warning",
  "pod-identity-half-removed": "warning",
  "mic-without-replicas": "warning",
  "nmi-on-no-node": "warning",
  "nmi-does-not-start": "warning",
  "namespaced-not-readable": "warning",
  "pod-identity-version-old": "warning",
  "several-webhooks": "warning",
  "webhook-not-ready": "warning",
  "webhook-selects-by-account": "error",
  "webhook-audience-differs": "error",
  "webhook-cloud-differs": "error",
  "webhook-settings-not-readable": "warning",
};
