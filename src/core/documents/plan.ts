import { type Static, Type } from "@sinclair/typebox";
import { Decisions } from "./decisions.ts";
import * as parts from "./parts.ts";
import { Count } from "./scan.ts";
import { Source } from "./sources.ts";

/** What the API server said to a step in a server-side dry run. `adds`: fields that it or admission set beside the step's own. */
export const DryRun = parts.object({
  result: Type.Union([Type.Literal("accepted"), Type.Literal("refused"), Type.Literal("not-checked")]),
  message: Type.Optional(Type.String()),
  adds: Type.Optional(Type.Array(Type.String())),
});
export type DryRun = Static<typeof DryRun>;

/** The plan: data to read and to compare. `apply` derives every step again and refuses what it does not find. */
export const Plan = parts.object({
  ...parts.header("Plan"),
  contentHash: parts.ContentHash,
  sources: Type.Array(Source),
  decisions: Decisions,
  usages: Type.Array(parts.UsageDocument),
  mappings: Type.Array(parts.MappingDocument),
  steps: Type.Array(parts.Step),
  principals: Type.Array(
    parts.object({
      id: Type.String(),
      type: Type.Union([Type.Literal("userAssigned"), Type.Literal("application")]),
      clientID: Type.String(),
      limit: Type.Integer(),
      credentials: Type.Array(parts.FederatedCredential),
    }),
  ),
  findings: Type.Array(parts.Finding),
  observed: parts.object({ dryRuns: Type.Record(Type.String(), DryRun) }),
  summary: parts.object({
    create: Count,
    patch: Count,
    delete: Count,
    trust: Count,
    bind: Type.Optional(Count),
    git: Count,
    manual: Count,
    done: Count,
    blocked: Count,
    prepareOnly: Type.Optional(
      Type.Integer({ minimum: 0, description: "of the blocked: those whose stage switch alone is" }),
    ),
    notChecked: Count,
    restarts: Count,
  }),
});
export type Plan = Static<typeof Plan>;
