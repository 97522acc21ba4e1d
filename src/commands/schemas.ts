import { type Static, type TSchema, Type } from "@sinclair/typebox";
import { Ajv, type ErrorObject } from "ajv";
import { Config } from "../core/documents/config.ts";
import { Fleet } from "../core/documents/fleet.ts";
import { Plan } from "../core/documents/plan.ts";

export interface Problem {
  /** What leads to the value that is wrong, or to the field that is not known. */
  keys: readonly string[];
  /** The place and what is wrong with it, in words. */
  text: string;
}

export type Checked<T> = { value: T } | { problems: Problem[] };

/** Of a scan, what a later one is held against. Readers ignore what they do not know. */
const Baseline = Type.Object({
  apiVersion: Type.Literal("azwi-migrate.dev/v1alpha1"),
  kind: Type.Literal("Scan"),
  usages: Type.Array(Type.Object({ id: Type.String(), source: Type.String(), state: Type.String() })),
  findings: Type.Array(
    Type.Object({
      code: Type.String(),
      subject: Type.Optional(Type.Object({ source: Type.String() })),
      args: Type.Object({ context: Type.Optional(Type.String()) }),
    }),
  ),
});

export const checkBaseline = (value: unknown): Checked<Static<typeof Baseline>> => check(Baseline, value);
export const checkPlan = (value: unknown): Checked<Plan> => check(Plan, value);
export const checkFleet = (value: unknown): Checked<Fleet> => check(Fleet, value);
export const checkConfig = (value: unknown): Checked<Config> => check(Config, value);

function check<S extends TSchema>(schema: S, value: unknown): Checked<Static<S>> {
  const validate = new Ajv({ strict: false, allErrors: true, verbose: true, discriminator: false }).compile(schema);
  if (validate(value)) return { value: value as Static<S> };
  return { problems: problemsOf(validate.errors ?? []) };
}

/**
 * A union reports what is wrong with every branch. Those whose constants (`op`, `type`) say that they were not meant are left
 * out; where all say so, that constant is what is wrong.
 */
function problemsOf(errors: readonly ErrorObject[]): Problem[] {
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
  const told = shown.length > 0 ? shown : errors;
  const allowed = (at: string) =>
    told.filter(one => one.keyword === "const" && one.instancePath === at).map(one => String(one.params.allowedValue));
  const problems = told.map(error => {
    const keys = keysOf(error.instancePath);
    const { additionalProperty } = error.params;
    return {
      keys: additionalProperty === undefined ? keys : [...keys, String(additionalProperty)],
      text: `${placeOf(keys)} ${problemOf(error, allowed(error.instancePath))}`,
    };
  });
  return [...new Map(problems.map(problem => [problem.text, problem])).values()].slice(0, 4);
}

/** The problems in one line. */
export const listed = (problems: readonly Problem[]): string => problems.map(({ text }) => text).join("; ");

function problemOf(error: ErrorObject, allowed: readonly string[]): string {
  const { keyword, message, params, parentSchema } = error;
  if (keyword === "const") return `must be ${allowed.length === 1 ? "" : "one of "}${allowed.join(", ")}`;
  if (keyword !== "additionalProperties") return message ?? keyword;
  const fields = Object.keys((parentSchema?.properties ?? {}) as object);
  // Of a map the description says how its keys are written.
  const known = fields.length > 0 ? fields.join(", ") : String(parentSchema?.description ?? "");
  return `has no field ${JSON.stringify(String(params.additionalProperty))} (${known})`;
}

function keysOf(pointer: string): string[] {
  const keys = pointer.split("/").slice(1);
  return keys.map(key => key.replaceAll("~1", "/").replaceAll("~0", "~"));
}

/** A place as people write it: `workloads["shop/Deployment/cart"].live`. */
function placeOf(keys: readonly string[]): string {
  const place = keys.map(key =>
    /^\d+$/.test(key) ? `[${key}]` : /^\w+$/.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`,
  );
  return place.join("").replace(/^\./, "") || "the document";
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
