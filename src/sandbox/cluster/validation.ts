import { isRecord } from "../../core/kubernetes.ts";
import { updateCauses } from "./immutability.ts";
import type { ServedKind } from "./kinds.ts";
import { matchesLabelSelector } from "./labelSelector.ts";
import type { KubernetesObject, LabelSelector, PodSpec, PodTemplate } from "./object.ts";
import { cause, invalid, type StatusCause } from "./status.ts";

const LABEL = "[a-z0-9]([-a-z0-9]*[a-z0-9])?";
const SUBDOMAIN = `${LABEL}(\\.${LABEL})*`;
const SUBDOMAIN_TEXT =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const LABEL_TEXT =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
const LABEL_VALUE = /^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$/;
const LABEL_VALUE_TEXT =
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";
const QUALIFIED_NAME =
  /^([a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\/)?([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/;
const QUALIFIED_NAME_TEXT =
  "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";

/** Refuses an object as the API server does, with status 422 and one cause per field; `before` is what an update starts from. */
export function validate(kind: ServedKind, object: KubernetesObject, before?: KubernetesObject): void {
  const changes = before ? updateCauses(kind, before, object) : [];
  const causes = [...metadataCauses(kind, object), ...specCauses(kind, object), ...changes];
  if (causes.length > 0) throw invalid({ group: kind.group, resource: kind.kind }, object.metadata.name ?? "", causes);
}

function metadataCauses(kind: ServedKind, object: KubernetesObject): StatusCause[] {
  const { name, labels = {}, annotations = {} } = object.metadata;
  const causes: StatusCause[] = [];
  if (!name) causes.push(cause.required("metadata.name", "name or generateName is required"));
  else causes.push(...nameCauses(kind, name));
  causes.push(...labelCauses("metadata.labels", labels));
  for (const key of Object.keys(annotations)) {
    if (!QUALIFIED_NAME.test(key.toLowerCase()))
      causes.push(cause.invalid("metadata.annotations", key, QUALIFIED_NAME_TEXT));
  }
  return causes;
}

function nameCauses(kind: ServedKind, name: string): StatusCause[] {
  if (kind.group === "rbac.authorization.k8s.io") {
    return /^\.{1,2}$|[/%]/.test(name) ? [cause.invalid("metadata.name", name, "may not contain '/'")] : [];
  }
  const [pattern, text, limit] = kind.kind === "Namespace" ? [LABEL, LABEL_TEXT, 63] : [SUBDOMAIN, SUBDOMAIN_TEXT, 253];
  if (name.length > limit) {
    return [cause.invalid("metadata.name", name, `must be no more than ${limit} characters`)];
  }
  return new RegExp(`^${pattern}$`).test(name) ? [] : [cause.invalid("metadata.name", name, text)];
}

function labelCauses(field: string, labels: Record<string, unknown>): StatusCause[] {
  const causes: StatusCause[] = [];
  for (const [key, value] of Object.entries(labels)) {
    if (!QUALIFIED_NAME.test(key)) causes.push(cause.invalid(field, key, QUALIFIED_NAME_TEXT));
    const text = String(value);
    if (text.length > 63) causes.push(cause.invalid(field, text, "must be no more than 63 bytes"));
    else if (!LABEL_VALUE.test(text)) causes.push(cause.invalid(field, text, LABEL_VALUE_TEXT));
  }
  return causes;
}

function specCauses(kind: ServedKind, object: KubernetesObject): StatusCause[] {
  const spec = isRecord(object.spec) ? object.spec : undefined;
  switch (kind.kind) {
    case "Pod":
      return podSpecCauses("spec", spec as unknown as PodSpec | undefined);
    case "Deployment":
    case "ReplicaSet":
    case "StatefulSet":
    case "DaemonSet":
      return [...selectorCauses(spec), ...templateCauses("spec.template", spec?.template)];
    case "Job":
      return [...templateCauses("spec.template", spec?.template), ...jobCauses(spec)];
    default:
      return [];
  }
}

function jobCauses(spec: Record<string, unknown> | undefined): StatusCause[] {
  const { restartPolicy } = (spec?.template as PodTemplate | undefined)?.spec ?? {};
  if (restartPolicy === "OnFailure" || restartPolicy === "Never") return [];
  return [cause.required("spec.template.spec.restartPolicy", 'valid values: "OnFailure", "Never"')];
}

function selectorCauses(spec: Record<string, unknown> | undefined): StatusCause[] {
  const selector = spec?.selector as LabelSelector | undefined;
  const labels = (spec?.template as PodTemplate | undefined)?.metadata?.labels;
  if (matchesLabelSelector(selector, labels)) return [];
  return [
    ...(selector ? [] : [cause.required("spec.selector", "")]),
    cause.invalid("spec.template.metadata.labels", labels ?? null, "`selector` does not match template `labels`"),
  ];
}

function templateCauses(field: string, template: unknown): StatusCause[] {
  if (!isRecord(template)) return [cause.required(`${field}.spec.containers`, "")];
  const { metadata, spec } = template as unknown as PodTemplate;
  return [...labelCauses(`${field}.labels`, metadata?.labels ?? {}), ...podSpecCauses(`${field}.spec`, spec)];
}

function podSpecCauses(field: string, spec: PodSpec | undefined): StatusCause[] {
  const causes: StatusCause[] = [];
  if (!spec?.containers?.length) causes.push(cause.required(`${field}.containers`, ""));
  const volumes = new Set((spec?.volumes ?? []).map(volume => volume.name));
  const names = new Set<string>();
  for (const list of ["containers", "initContainers"] as const) {
    (spec?.[list] ?? []).forEach((container, index) => {
      const at = `${field}.${list}[${index}]`;
      if (names.has(container.name)) {
        causes.push({
          reason: "FieldValueDuplicate",
          message: `Duplicate value: "${container.name}"`,
          field: `${at}.name`,
        });
      }
      names.add(container.name);
      (container.volumeMounts ?? []).forEach((mount, position) => {
        if (volumes.has(mount.name)) return;
        causes.push({
          reason: "FieldValueNotFound",
          message: `Not found: "${mount.name}"`,
          field: `${at}.volumeMounts[${position}].name`,
        });
      });
    });
  }
  return causes;
}
