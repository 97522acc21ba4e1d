import type { Code, FindingArgs } from "../../core/findings/codes.ts";
import { text } from "../escape.ts";

/** The wording of one code: `title` for headings and lists, `explain` for this very finding. */
export interface Message<C extends Code> {
  title: string;
  explain(args: FindingArgs[C]): string;
}

export type Messages = { readonly [C in Code]: Message<C> };

/** Names from outside as a list in a sentence, cut where it would fill the screen. */
export function listed(names: readonly string[]): string {
  const shown = names.slice(0, 8).map(text);
  if (names.length > 8) shown.push(`${names.length - 8} more`);
  const last = shown.pop() ?? "none";
  return shown.length === 0 ? last : `${shown.join(", ")} and ${last}`;
}
