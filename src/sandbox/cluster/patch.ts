import { applyPatch, type Operation } from "rfc6902";
import { isRecord } from "../../core/kubernetes.ts";
import { copy, type KubernetesObject } from "./object.ts";
import { badRequest, patchNotApplicable, unsupportedMediaType } from "./status.ts";

const JSON_PATCH = "application/json-patch+json";
const MERGE_PATCH = "application/merge-patch+json";

/**
 * Applies the body of a PATCH to an object and returns the result; `current` stays as it is. JSON Patch (RFC 6902) and
 * merge patch (RFC 7386) are understood; other types get 415, as the tool sends none.
 */
export function applyPatchBody(current: KubernetesObject, contentType: string, body: unknown): KubernetesObject {
  switch (contentType.split(";")[0]?.trim()) {
    case JSON_PATCH:
      return applyJsonPatch(current, body);
    case MERGE_PATCH:
      if (!isRecord(body)) throw badRequest("error decoding patch: the patch is no JSON object");
      return mergePatch(current, body) as KubernetesObject;
    default:
      throw unsupportedMediaType([JSON_PATCH, MERGE_PATCH]);
  }
}

function applyJsonPatch(current: KubernetesObject, body: unknown): KubernetesObject {
  if (!Array.isArray(body)) throw badRequest("error decoding patch: the patch is no JSON array");
  const operations = body as Operation[];
  const document = copy(current);
  for (const operation of operations) {
    if (isSatisfiedNullTest(document, operation)) continue;
    const failed = applyOne(document, operation);
    if (failed) throw patchNotApplicable();
  }
  return document;
}

function applyOne(document: KubernetesObject, operation: Operation): boolean {
  try {
    return applyPatch(document, [operation]).some(error => error !== null);
  } catch (error) {
    if (error instanceof Error) return true;
    throw error;
  }
}

/** A `test` for null passes for a member that is not there (github.com/evanphx/json-patch v4, Patch.test), unlike in rfc6902. */
function isSatisfiedNullTest(document: KubernetesObject, operation: Operation): boolean {
  if (operation.op !== "test" || operation.value !== null) return false;
  const steps = operation.path.split("/").slice(1).map(unescapeStep);
  const last = steps.pop();
  const parent = steps.reduce<unknown>((value, step) => {
    if (Array.isArray(value)) return value[Number(step)];
    return isRecord(value) ? value[step] : undefined;
  }, document);
  return last !== undefined && isRecord(parent) && parent[last] === undefined;
}

const unescapeStep = (step: string) => step.replaceAll("~1", "/").replaceAll("~0", "~");

function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isRecord(patch)) return copy(patch);
  const merged: Record<string, unknown> = isRecord(target) ? copy(target) : {};
  for (const [field, value] of Object.entries(patch)) {
    if (value === null) delete merged[field];
    else merged[field] = mergePatch(merged[field], value);
  }
  return merged;
}
