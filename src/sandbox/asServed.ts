import { isRecord, type KubernetesObject } from "../core/kubernetes.ts";
import { Catalogue } from "./cluster/catalogue.ts";
import { decodeFault } from "./cluster/decode.ts";
import { applyDefaults } from "./cluster/defaults.ts";
import { copy } from "./cluster/object.ts";
import { ApiError } from "./cluster/status.ts";
import { validate } from "./cluster/validation.ts";

/** An object that a cluster would not take, with its server's words. */
export interface RefusedObject {
  object: KubernetesObject;
  reason: string;
}

/** Versions that Kubernetes 1.16 stopped serving; what was stored under them is served as apps/v1 (deprecation guide, v1.16). */
const oldWorkloads = /^(extensions\/v1beta1|apps\/v1beta[12])$/;
const movedKinds = new Set(["Deployment", "DaemonSet", "ReplicaSet", "StatefulSet"]);

/**
 * Objects of manifests as a cluster of today holds them, and those that its API server would refuse: what was written for an old
 * version is there under the present one, while an object that breaks the rules never came to be.
 */
export function asServed(objects: readonly KubernetesObject[]): {
  served: KubernetesObject[];
  refused: RefusedObject[];
} {
  const catalogue = new Catalogue();
  const served: KubernetesObject[] = [];
  const refused: RefusedObject[] = [];
  for (const object of objects.map(inPresentVersion)) {
    const reason = refusal(object, catalogue);
    if (reason === undefined) served.push(object);
    else refused.push({ object, reason });
  }
  return { served, refused };
}

function inPresentVersion(object: KubernetesObject): KubernetesObject {
  if (!movedKinds.has(object.kind) || !oldWorkloads.test(object.apiVersion)) return object;
  const { spec } = object;
  const template = isRecord(spec) && isRecord(spec.template) ? spec.template : undefined;
  const labels = isRecord(template?.metadata) ? template.metadata.labels : undefined;
  // Their defaults made the selector of the template's labels; apps/v1 has none.
  const selector =
    isRecord(spec) && spec.selector === undefined && labels !== undefined ? { matchLabels: copy(labels) } : {};
  return {
    ...object,
    apiVersion: "apps/v1",
    spec: { ...spec, ...(Object.keys(selector).length > 0 ? { selector } : {}) },
  } as KubernetesObject;
}

function refusal(given: KubernetesObject, catalogue: Catalogue): string | undefined {
  const object = copy(given) as Parameters<typeof applyDefaults>[1];
  const kind = catalogue.byObject(object) ?? catalogue.guess(object);
  const fault = decodeFault(kind, object);
  if (fault !== undefined) return fault;
  try {
    applyDefaults(kind, object);
    validate(kind, object);
    return undefined;
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return error.message;
  }
}
