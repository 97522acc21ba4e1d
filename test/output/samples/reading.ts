import type { ReadingFindings } from "../../../src/core/findings/reading.ts";
import { hostile } from "./hostile.ts";

export const readingSamples: ReadingFindings = {
  "kind-not-readable": {
    kind: hostile,
    resource: hostile,
    apiGroup: hostile,
    namespace: hostile,
    reason: hostile,
    hint: hostile,
  },
  "cluster-kind-not-readable": { kind: hostile, resource: hostile, apiGroup: hostile, reason: hostile },
  "more-kinds-not-readable": { kinds: [hostile], reason: hostile },
  "cluster-not-read": { context: hostile, reason: hostile, hint: hostile },
  "cluster-identity-unknown": { reason: hostile },
  "issuer-not-readable": { reason: hostile },
  "pod-identity-not-installed": { context: hostile },
  "yaml-invalid": { reason: hostile },
  "file-not-readable": { reason: hostile },
  "template-not-rendered": { kind: "helm", text: hostile },
  "object-incomplete": { reason: hostile },
  "duplicate-object": { first: hostile },
  "namespace-not-seen": { namespaces: [hostile, hostile] },
  "namespace-assumed": { namespace: hostile },
  "pod-identity-mode-assumed": { mode: hostile },
  "decision-without-subject": { keys: [hostile] },
  "usage-since-baseline": {},
  "legacy-field-case": { field: hostile, expected: hostile },
};
