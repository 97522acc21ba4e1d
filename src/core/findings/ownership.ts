import type { Owner } from "../model.ts";
import type { Severity } from "./severity.ts";

/** As `Owner`; a document that was read may name any tool. */
export interface NamedOwner extends Omit<Owner, "tool"> {
  tool: string;
}

/** The owner, and what becomes of each field that is to be changed, should it be changed in the cluster. */
export interface OwnedFields extends NamedOwner {
  /** What the owner sets: it puts these back. */
  sets: string[];
  /** What it does not set: these stay. */
  adds: string[];
  /** Nobody can tell from the object. */
  unclear: string[];
}

/** What is told of who writes an object. */
export interface OwnershipFindings {
  "object-owned": OwnedFields;
  "object-controlled": OwnedFields;
  "owned-object-patched": OwnedFields & {
    /** When the owner puts back what it sets. */
    when: "atOnce" | "nextChange" | "nextSync" | "nextRun" | "resumed" | "unknown";
  };
  "owner-suspended": NamedOwner;
  "owner-leaves-object-alone": { tool: string; annotation: string };
  "field-set-by-hand": { fields: string[]; manager: string };
  "owner-not-checked": { label: string };
}

export const ownershipSeverities: Readonly<Record<keyof OwnershipFindings, Severity>> = {
  "object-owned": "info",
  "object-controlled": "warning",
  "owned-object-patched": "warning",
  "owner-suspended": "warning",
  "owner-leaves-object-alone": "info",
  "field-set-by-hand": "info",
  "owner-not-checked": "warning",
};
