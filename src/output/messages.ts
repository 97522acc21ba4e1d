import type { Code, Finding, FindingArgs } from "../core/findings/codes.ts";
import { mappingBlocks } from "./messages/blocks.ts";
import type { Message, Messages } from "./messages/message.ts";
import { notChecked } from "./messages/notChecked.ts";
import { podIdentityObjects } from "./messages/podIdentity.ts";
import { reading } from "./messages/reading.ts";
import { mappingReasons } from "./messages/reasons.ts";

/** The wording of every finding; a code without one does not compile. */
export const messages: Messages = {
  ...reading,
  ...podIdentityObjects,
  ...mappingReasons,
  ...mappingBlocks,
  ...notChecked,
};

/** What this finding means where it was made, and what to do: one or two sentences, safe for a terminal. */
export function explain(finding: Finding): string {
  return explainArgs(finding.code, finding.args);
}

function explainArgs<C extends Code>(code: C, args: FindingArgs[Code]): string {
  const message: Message<C> = messages[code];
  // A Finding's args belong to its code; TypeScript loses that where the code is a union.
  return message.explain(args as FindingArgs[C]);
}
