import { isRecord } from "../../core/kubernetes.ts";
import type { ServedKind } from "./kinds.ts";
import type { KubernetesObject } from "./object.ts";
import { badRequest } from "./status.ts";

/** The fields that can be selected by, per kind, beside metadata.name and metadata.namespace (kubernetes pkg/apis/core/v1/conversion.go). */
const SELECTABLE: Readonly<Record<string, readonly string[]>> = {
  Pod: [
    "spec.nodeName",
    "spec.restartPolicy",
    "spec.schedulerName",
    "spec.serviceAccountName",
    "spec.hostNetwork",
    "status.phase",
    "status.podIP",
    "status.nominatedNodeName",
  ],
  Namespace: ["status.phase"],
  Node: ["spec.unschedulable"],
  Secret: ["type"],
  Job: ["status.successful"],
  ReplicaSet: ["status.replicas"],
  Event: [
    "involvedObject.kind",
    "involvedObject.namespace",
    "involvedObject.name",
    "involvedObject.uid",
    "reason",
    "source",
    "type",
  ],
};

/** The query parameter `fieldSelector`. Throws the server's 400 for fields that this kind cannot be selected by. */
export function parseFieldSelector(text: string, kind: ServedKind): (object: KubernetesObject) => boolean {
  const terms = text.split(",").filter(term => term.trim() !== "");
  const tests = terms.map(term => {
    const parsed = /^([^!=]+)(==|=|!=)(.*)$/.exec(term.trim());
    if (!parsed) throw badRequest(`invalid selector: '${text}'; can't understand '${term}'`);
    const [, field = "", operator, value = ""] = parsed;
    if (!["metadata.name", "metadata.namespace", ...(SELECTABLE[kind.kind] ?? [])].includes(field)) {
      throw badRequest(
        Object.hasOwn(SELECTABLE, kind.kind)
          ? `field label not supported: ${field}`
          : `${JSON.stringify(field)} is not a known field selector: only "metadata.name", "metadata.namespace"`,
      );
    }
    return (object: KubernetesObject) => (fieldOf(object, field) === value) === (operator !== "!=");
  });
  return object => tests.every(test => test(object));
}

function fieldOf(object: KubernetesObject, path: string): string {
  let value: unknown = object;
  for (const step of path.split(".")) value = isRecord(value) ? value[step] : undefined;
  return value === undefined || value === null ? (path === "spec.hostNetwork" ? "false" : "") : String(value);
}
