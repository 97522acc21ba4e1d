import { type Static, Type } from "@sinclair/typebox";
import * as parts from "./parts.ts";
import { Plan } from "./plan.ts";
import { Count } from "./scan.ts";

/** Plans of several machines as one document, with the credentials of every identity counted over all of them. */
export const Fleet = parts.object({
  ...parts.header("Fleet"),
  contentHash: parts.ContentHash,
  plans: Type.Array(Plan, { minItems: 1 }),
  budget: Type.Array(
    parts.object({
      principal: Type.String({
        description: "resource id of the identity in lower case, or the application's client id",
      }),
      existing: Count,
      planned: Count,
      limit: Count,
    }),
  ),
  findings: Type.Array(parts.Finding),
});
export type Fleet = Static<typeof Fleet>;
