import { clusterSource, type Facts } from "../facts.ts";
import type { Usage } from "../model.ts";

/** What comes from files alone is changed in the files. */
export function routeOf(facts: Facts, usage: Usage): "live" | "git" {
  return clusterSource(facts, usage.workload.source) ? "live" : "git";
}
