import { kindKey } from "./kubernetes.ts";
import type { ObjectRef } from "./model.ts";

/** The id of the usage that a workload is, if it is one. */
export function usageIdOf(workload: ObjectRef): string {
  return `${workload.source}/${workload.namespace ?? "default"}/${kindKey(workload)}/${workload.name}`;
}
