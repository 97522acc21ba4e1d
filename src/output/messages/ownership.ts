import type { OwnershipFindings } from "../../core/findings/ownership.ts";
import { text } from "../escape.ts";
import type { Messages } from "./message.ts";

/** What is told of who writes an object. */
export const ownershipMessages: Pick<Messages, keyof OwnershipFindings> = {
  "object-owned": {
    title: "Another tool writes this object",
    explain: ({ tool, evidence }) =>
      `It belongs to ${text(tool)} (${text(evidence)}), which would revert a change made in the cluster. Make the change in its source instead: plan -f with its rendered manifests shows it.`,
  },
};
