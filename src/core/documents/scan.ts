import { type Static, Type } from "@sinclair/typebox";
import * as parts from "./parts.ts";
import { Source } from "./sources.ts";

const BySource = { source: Type.String(), namespace: Type.String(), name: Type.String() };
export const Count = Type.Integer({ minimum: 0 });

/** The inventory. Readers ignore fields they do not know. */
export const Scan = parts.object({
  ...parts.header("Scan"),
  contentHash: parts.ContentHash,
  sources: Type.Array(Source),
  identities: Type.Array(
    parts.object({
      ...BySource,
      type: Type.Optional(parts.IdentityType),
      clientID: Type.Optional(Type.String()),
      resourceID: Type.Optional(Type.String()),
    }),
  ),
  bindings: Type.Array(
    parts.object({ ...BySource, azureIdentity: Type.Optional(Type.String()), selector: Type.Optional(Type.String()) }),
  ),
  exceptions: Type.Array(parts.object({ ...BySource, podLabels: Type.Record(Type.String(), Type.String()) })),
  usages: Type.Array(parts.UsageDocument),
  findings: Type.Array(parts.Finding),
  observed: parts.object({ pods: Type.Record(Type.String(), Count) }),
  summary: parts.object({
    usages: Count,
    legacy: Count,
    both: Count,
    migrated: Count,
    unmatched: Count,
    proven: Count,
    blocked: Count,
  }),
});
export type Scan = Static<typeof Scan>;
