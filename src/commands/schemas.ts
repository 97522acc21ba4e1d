import { type Static, type TSchema, Type } from "@sinclair/typebox";
import { Ajv, type ErrorObject } from "ajv";
import { Config } from "../core/documents/config.ts";
import { Plan } from "../core/documents/plan.ts";

export type Checked<T> = { value: T } | { problems: string[] };

/** Of a scan, what a later one is held against. Readers ignore what they do not know. */
const Baseline = Type.Object({
  apiVersion: Type.Literal("azwi-migrate.dev/v1alpha1"),
  kind: Type.Literal("Scan"),
  usages: Type.Array(Type.Object({ id: Type.String(), state: Type.String() })),
});

export const checkBaseline = (value: unknown): Checked<Static<typeof Baseline>> => check(Baseline, value);
export const checkPlan = (value: unknown): Checked<Plan> => check(Plan, value);
export const checkConfig = (value: unknown): Checked<Config> => check(Config, value);

function check<S extends TSchema>(schema: S, value: unknown): Checked<Static<S>> {
  const validate = new Ajv({ strict: false, allErrors: true, discriminator: false }).compile(schema);
  if (validate(value)) return { value: value as Static<S> };
  return { problems: problemsOf(validate.errors ?? []) };
}

/**
 * A union reports what is wrong with every branch. Those whose constants (`op`, `type`) say that they were not meant are left
 * out; where all say so, that constant is what is wrong.
 */
function problemsOf(errors: readonly ErrorObject[]): string[] {
  const unions = new Map<string, { all: Set<string>; wrong: Map<string, ErrorObject> }>();
  for (const error of errors) {
    const { union, branch } = branchOf(error);
    if (branch === undefined) continue;
    const known = unions.get(union) ?? { all: new Set(), wrong: new Map() };
    unions.set(union, known);
    known.all.add(branch);
    if (/\/anyOf\/\d+\/properties\/\w+\/const$/.test(error.schemaPath)) known.wrong.set(branch, error);
  }
  const shown = errors.filter(error => {
    const { union, branch } = branchOf(error);
    const known = unions.get(union);
    if (branch === undefined || known === undefined) return error.keyword !== "anyOf";
    const isMeant = !known.wrong.has(branch);
    return known.all.size > known.wrong.size ? isMeant : error === known.wrong.get(branch);
  });
  const problems = (shown.length > 0 ? shown : errors).map(error => {
    const extra = error.params.additionalProperty ?? error.params.allowedValue;
    return `${error.instancePath || "the document"} ${error.message ?? error.keyword}${extra === undefined ? "" : ` (${String(extra)})`}`;
  });
  return [...new Set(problems)].slice(0, 4);
}

/** The outermost union that an error lies in: where it is in the value, and which branch of its schema complains. */
function branchOf({ schemaPath, instancePath }: ErrorObject): { union: string; branch: string | undefined } {
  const [, properties, branch] = /^(.*?)\/anyOf\/(\d+)\//.exec(schemaPath) ?? [];
  const depth = (properties ?? "").split("/").filter(part => part !== "#" && part !== "properties").length;
  return {
    union: instancePath
      .split("/")
      .slice(0, depth + 1)
      .join("/"),
    branch,
  };
}
