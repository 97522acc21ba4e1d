import { podTemplatesOf } from "../core/foreignControllers.ts";
import { isRecord, type KubernetesObject } from "../core/kubernetes.ts";
import { podIdentityGroup } from "./kinds.ts";

/** The strings of an object that decide what is migrated, and how: a placeholder in one of them makes the answer a guess. */
export function* stringsThatDecide(object: KubernetesObject): Generator<string> {
  const { name, generateName, namespace, annotations } = object.metadata;
  yield* [name, generateName ?? "", namespace ?? ""];
  for (const [key, value] of Object.entries(annotations ?? {})) {
    if (key.startsWith("azure.workload.identity/") || key.startsWith(`${podIdentityGroup}/`)) yield value;
  }
  const templates = podTemplatesOf(object);
  for (const template of templates) {
    for (const [key, value] of Object.entries(template.metadata?.labels ?? {})) yield* [key, value];
    yield* [template.spec?.serviceAccountName ?? "", template.spec?.serviceAccount ?? ""];
  }
  if (templates.length > 0) return;
  if (object.apiVersion.startsWith(`${podIdentityGroup}/`)) {
    yield* stringsIn(object.spec);
  } else {
    yield* stringsIn(object.subjects);
    yield* stringsIn(object.roleRef);
  }
}

// As deep as fields of these kinds are; hostile files go deeper than the call stack.
function* stringsIn(value: unknown, depth = 0): Generator<string> {
  if (typeof value === "string") yield value;
  else if (depth < 5 && (Array.isArray(value) || isRecord(value))) {
    for (const entry of Object.values(value)) yield* stringsIn(entry, depth + 1);
  }
}
