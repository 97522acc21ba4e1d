import type { Severity } from "./severity.ts";

/** What is told of reading clusters and files. */
export interface ReadingFindings {
  /** `hint`: what to do about the reason; without one a right is missing. */
  "kind-not-readable": {
    kind: string;
    resource: string;
    apiGroup: string;
    namespace?: string;
    reason: string;
    hint?: string;
  };
  "cluster-kind-not-readable": { kind: string; resource: string; apiGroup: string; reason: string };
  "more-kinds-not-readable": { kinds: string[]; reason: string };
  /** `hint`: what to do about the reason. */
  "cluster-not-read": { context: string; reason: string; hint?: string };
  "cluster-identity-unknown": { reason: string };
  "issuer-not-readable": { reason: string };
  "pod-identity-not-installed": { context: string };
  "yaml-invalid": { reason: string };
  "file-not-readable": { reason: string };
  "template-not-rendered": { kind: "helm" | "placeholder"; text: string };
  "object-incomplete": { reason: string };
  "duplicate-object": { first: string };
  "namespace-assumed": { namespace: string };
  "namespace-not-seen": { namespaces: string[] };
  "pod-identity-mode-assumed": { mode: string };
  "decision-without-subject": { keys: string[] };
  "usage-since-baseline": Record<string, never>;
  "legacy-field-case": { field: string; expected: string };
}

export const readingSeverities: Readonly<Record<keyof ReadingFindings, Severity>> = {
  "kind-not-readable": "error",
  "cluster-kind-not-readable": "warning",
  "more-kinds-not-readable": "info",
  "cluster-not-read": "error",
  "cluster-identity-unknown": "warning",
  "issuer-not-readable": "warning",
  "pod-identity-not-installed": "info",
  "yaml-invalid": "error",
  "file-not-readable": "error",
  "template-not-rendered": "warning",
  "object-incomplete": "warning",
  "duplicate-object": "warning",
  "namespace-assumed": "info",
  "namespace-not-seen": "warning",
  "pod-identity-mode-assumed": "info",
  "decision-without-subject": "warning",
  "usage-since-baseline": "error",
  "legacy-field-case": "warning",
};

/** Input of which nothing could be read. */
export const unreadableCodes: ReadonlySet<string> = new Set<keyof ReadingFindings>([
  "cluster-not-read",
  "kind-not-readable",
  "yaml-invalid",
  "file-not-readable",
]);
