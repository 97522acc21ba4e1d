import { type Static, type TSchema, Type } from "@sinclair/typebox";
import { Ajv, type ErrorObject } from "ajv";
import * as parts from "../core/documents/parts.ts";
import { Plan } from "../core/documents/plan.ts";

/** The config file: what flags and prompts decide, written down. */
export const Config = Type.Object(
  {
    apiVersion: Type.Literal("azwi-migrate.dev/v1alpha1"),
    kind: Type.Literal("Config"),
    ...Type.Partial(parts.Decisions).properties,
  },
  { additionalProperties: false },
);

export type Checked<T> = { value: T } | { problems: string[] };

export const checkPlan = (value: unknown): Checked<Plan> => check(Plan, value);
export const checkConfig = (value: unknown): Checked<Static<typeof Config>> => check(Config, value);

function check<S extends TSchema>(schema: S, value: unknown): Checked<Static<S>> {
  const validate = new Ajv({ strict: false, allErrors: true, discriminator: false }).compile(schema);
  if (validate(value)) return { value: value as Static<S> };
  return { problems: problemsOf(validate.errors ?? []) };
}

/** A union reports every branch that failed; the deepest complaints are about the branch that was meant. */
function problemsOf(errors: readonly ErrorObject[]): string[] {
  const depth = (error: ErrorObject) => error.instancePath.split("/").length;
  const own = errors.filter(error => error.keyword !== "anyOf" && error.keyword !== "const");
  const shown = (own.length > 0 ? own : [...errors]).sort((a, b) => depth(b) - depth(a)).slice(0, 3);
  return shown.map(error => {
    const extra = error.keyword === "additionalProperties" ? ` (${String(error.params.additionalProperty)})` : "";
    return `${error.instancePath || "the document"} ${error.message ?? error.keyword}${extra}`;
  });
}
