import { type Code, type Severity, severities } from "../core/findings/codes.ts";
import { messages } from "./messages.ts";
import type { Page } from "./pages/page.ts";
import { pages } from "./pages.ts";

/** Everything that `explain` tells of a code. */
export interface Explanation extends Page {
  code: Code;
  severity: Severity;
  title: string;
}

export function explanationOf(code: Code): Explanation {
  return { code, severity: severities[code], title: messages[code].title, ...pages[code] };
}
