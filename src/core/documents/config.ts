import { type Static, Type } from "@sinclair/typebox";
import { Decisions } from "./decisions.ts";

/** The config file `azwi-migrate.yaml`: what flags and prompts decide, written down. Every decision may be left out. */
export const Config = Type.Object(
  {
    apiVersion: Type.Literal("azwi-migrate.dev/v1alpha1"),
    kind: Type.Literal("Config"),
    ...Type.Partial(Decisions).properties,
  },
  { additionalProperties: false },
);
export type Config = Static<typeof Config>;
