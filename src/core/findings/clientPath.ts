import type { Severity } from "./severity.ts";

/** What is told of how an application gets its tokens afterwards. Places name containers and variables, never values. */
export interface ClientPathFindings {
  "webhook-not-installed": { resourceID?: string };
  "webhook-not-checked": { reason: string };
  "proxy-on-host-network": { effect: "denied" | "changesTheNode" | "unknown" };
  "proxy-on-windows": { evidence: string };
  "proxy-never-ends": { kind: string; webhook: string; server: string };
  "proxy-in-job-not-checked": { kind: string; missing: string };
  "proxy-bypassed-by-user": { containers: string[]; user: number };
  "proxy-cannot-be-root": Record<string, never>;
  "proxy-asks-itself": { user: number };
  /** `annotation`: what sets the port where no decision does. */
  "proxy-port-taken": { port: number; places: string[]; annotation?: string };
  "proxy-port-invalid": { annotation: string; value: string };
  "proxy-ignores-selector": { places: string[]; workload: string };
  "proxy-after-init-containers": { places: string[] };
  "proxy-misses-endpoint": { places: string[] };
  "proxy-twice": { containers: string[] };
  "proxy-in-template": { containers: string[] };
  "proxy-injected-anyway": { value: string };
  "proxy-annotation-without-effect": { annotation: string };
  "proxy-against-pod-security": { namespace: string; level: string; version: string };
  "proxy-pod-security-warns": { namespace: string; levels: string[] };
  "pod-security-not-checked": { namespace: string };
  "proxy-against-policy": { policies: string[]; namespace: string };
  "proxy-policies-not-judged": { policies: string[]; namespace: string };
  "proxy-without-resources": { quotas: string[]; resources: string[] };
  "admission-policies-not-checked": { kinds: string[]; namespace: string };
  "token-expiration-invalid": { value: string; where: string };
  "every-container-skipped": { containers: string[] };
  "containers-skipped": { containers: string[] };
  "secret-before-token": { places: string[] };
  "client-id-from-reference": { places: string[] };
  "env-from-not-seen": { sources: string[] };
  "token-path-wrong": { places: string[]; mounted: string; workload: string };
  "token-path-hard-coded": { places: string[] };
  "token-volume-clash": { volume: string };
  "token-volume-of-its-own": { volume: string; audience: string };
  "sdk-readiness": { verdict: "ready" | "not-ready" | "unknown"; evidence: string[] };
  "metadata-calls-on-sdk-path": { places: string[]; workload: string };
}

export const clientPathSeverities: Readonly<Record<keyof ClientPathFindings, Severity>> = {
  "webhook-not-installed": "error",
  "webhook-not-checked": "warning",
  "proxy-on-host-network": "error",
  "proxy-on-windows": "error",
  "proxy-never-ends": "error",
  "proxy-in-job-not-checked": "warning",
  "proxy-bypassed-by-user": "error",
  "proxy-cannot-be-root": "error",
  "proxy-asks-itself": "warning",
  "proxy-port-taken": "error",
  "proxy-port-invalid": "error",
  "proxy-ignores-selector": "error",
  "proxy-after-init-containers": "warning",
  "proxy-misses-endpoint": "warning",
  "proxy-twice": "error",
  "proxy-in-template": "warning",
  "proxy-injected-anyway": "warning",
  "proxy-annotation-without-effect": "warning",
  "proxy-against-pod-security": "error",
  "proxy-pod-security-warns": "info",
  "pod-security-not-checked": "warning",
  "proxy-against-policy": "error",
  "proxy-policies-not-judged": "warning",
  "proxy-without-resources": "error",
  "admission-policies-not-checked": "warning",
  "token-expiration-invalid": "error",
  "every-container-skipped": "error",
  "containers-skipped": "warning",
  "secret-before-token": "warning",
  "client-id-from-reference": "warning",
  "env-from-not-seen": "info",
  "token-path-wrong": "error",
  "token-path-hard-coded": "warning",
  "token-volume-clash": "error",
  "token-volume-of-its-own": "info",
  "sdk-readiness": "info",
  "metadata-calls-on-sdk-path": "warning",
};
