import { applyPatch, type Operation } from "rfc6902";
import { isRecord } from "../../core/kubernetes.ts";
import { copy, type KubernetesObject } from "./object.ts";
import { type ApiError, badRequest, patchNotApplicable, unsupportedMediaType } from "./status.ts";

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
      if (!isRecord(body)) throw undecodable(body, "map[string]interface {}");
      return mergePatch(current, body) as KubernetesObject;
    default:
      throw unsupportedMediaType();
  }
}

function applyJsonPatch(current: KubernetesObject, body: unknown): KubernetesObject {
  if (!Array.isArray(body)) throw undecodable(body, "[]handlers.jsonPatchOp");
  const operations = body as Operation[];
  const document = copy(current);
  for (const operation of operations) {
    if (!applyOne(document, operation)) throw patchNotApplicable();
  }
  return document;
}

/**
 * The API server's library (github.com/evanphx/json-patch v4) takes a member that is not there for null, other than rfc6902:
 * a `test` for null passes, and `replace` adds it.
 */
function applyOne(document: KubernetesObject, operation: Operation): boolean {
  const absent = isAbsentMember(document, operation.path);
  if (absent && operation.op === "test" && operation.value === null) return true;
  const { op } = operation;
  const asUnderstood: Operation = absent && op === "replace" ? { ...operation, op: "add" } : operation;
  try {
    return applyPatch(document, [asUnderstood]).every(error => error === null);
  } catch (error) {
    if (error instanceof Error) return false;
    throw error;
  }
}

function isAbsentMember(document: KubernetesObject, path: string): boolean {
  const steps = path.split("/").slice(1).map(unescapeStep);
  const last = steps.pop();
  const parent = steps.reduce<unknown>((value, step) => {
    if (Array.isArray(value)) return value[Number(step)];
    return isRecord(value) ? value[step] : undefined;
  }, document);
  return last !== undefined && isRecord(parent) && parent[last] === undefined;
}

function undecodable(body: unknown, into: string): ApiError {
  const found = Array.isArray(body) ? "array" : isRecord(body) ? "object" : typeof body;
  return badRequest(`error decoding patch: json: cannot unmarshal ${found} into Go value of type ${into}`);
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
