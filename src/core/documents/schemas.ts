import { Config } from "./config.ts";
import { Fleet } from "./fleet.ts";
import { Plan } from "./plan.ts";
import { RunResult } from "./runResult.ts";
import { Scan } from "./scan.ts";
import { Verification } from "./verification.ts";

/** The JSON Schema of every document, by its kind, and of the config file; the build writes them to `dist/schemas/KIND.json`. */
export const schemas = { Scan, Plan, Fleet, Verification, RunResult, Config } as const;
