import { type Static, Type } from "@sinclair/typebox";
import * as parts from "./parts.ts";
import { Count } from "./scan.ts";
import { Source } from "./sources.ts";

export const Check = parts.object({
  code: Type.Union(
    (
      [
        "credential-matches",
        "identity-binding-matches",
        "service-account-annotated",
        "role-bindings-carried-over",
        "token-exchanged",
        "egress-probed",
        "template-selects-webhook",
        "pods-mutated",
        "dry-run-pod-mutated",
      ] as const
    ).map(code => Type.Literal(code)),
  ),
  stage: Type.Union([Type.Literal("prepare"), Type.Literal("switch")]),
  usage: Type.String(),
  subject: Type.String({ description: "the object checked, as people name it" }),
  result: Type.Union([Type.Literal("passed"), Type.Literal("failed"), Type.Literal("not-checked")]),
  evidence: Type.String(),
});
export type Check = Static<typeof Check>;

export const Verification = parts.object({
  ...parts.header("Verification"),
  sources: Type.Array(Source),
  checks: Type.Array(Check),
  findings: Type.Array(parts.Finding),
  summary: parts.object({ passed: Count, failed: Count, notChecked: Count }),
});
export type Verification = Static<typeof Verification>;
