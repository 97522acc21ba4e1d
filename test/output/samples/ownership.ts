import type { OwnershipFindings } from "../../../src/core/findings/ownership.ts";
import { hostile } from "./hostile.ts";

const owner = { tool: hostile, kind: hostile, namespace: hostile, name: hostile, evidence: hostile };
const fields = { ...owner, sets: [hostile], adds: [hostile], unclear: [hostile] };

export const ownershipSamples: OwnershipFindings = {
  "object-owned": fields,
  "object-controlled": { ...fields, tool: "operator" },
  "owned-object-patched": { ...fields, tool: "argocd", when: "atOnce" },
  "owner-suspended": { ...owner, tool: "flux", kind: "Kustomization" },
  "owner-leaves-object-alone": { tool: hostile, annotation: hostile },
  "field-set-by-hand": { fields: [hostile], manager: hostile },
  "owner-not-checked": { label: hostile },
};
