import type { ConsumersFindings } from "../../core/findings/consumers.ts";
import { text } from "../escape.ts";
import type { Messages } from "./message.ts";

/** What is told of controllers through which workloads use pod identity. */
export const consumersMessages: Pick<Messages, keyof ConsumersFindings> = {
  "consumer-not-migrated": {
    title: "A consumer still uses pod identity",
    explain: ({ consumer, object }) =>
      `${text(object)} uses pod identity through ${text(consumer)}; what depends on it would stop working. Change it first, and plan again.`,
  },
};
