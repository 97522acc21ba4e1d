import { isRecord, type PodTemplate } from "../kubernetes.ts";
import { containersOf, records, strings } from "../workloads/templateContainers.ts";

/** Labels of nodes that tell their system, with the values that Windows nodes have. */
const osLabels: ReadonlyMap<string, RegExp> = new Map([
  ["kubernetes.io/os", /^windows$/],
  ["beta.kubernetes.io/os", /^windows$/],
  ["kubernetes.azure.com/os-sku", /^windows/i],
  ["node.kubernetes.io/windows-build", /^/],
]);
const windowsImages =
  /(^|\/)(mcr\.microsoft\.com\/(windows|dotnet\/framework)\/|windows\/(servercore|nanoserver))|windowsservercore|nanoserver/i;

/** What shows that a template's pods run on Windows; undefined where nothing does. */
export function windowsEvidence(template: PodTemplate | undefined): string | undefined {
  const spec: unknown = template?.spec;
  if (!isRecord(spec)) return undefined;
  const os = isRecord(spec.os) ? spec.os.name : undefined;
  // Where the field is set, the kubelet of another system refuses the pod, whatever else is said.
  if (typeof os === "string") return os === "windows" ? "os.name: windows" : undefined;
  const selected = isRecord(spec.nodeSelector) ? spec.nodeSelector : {};
  const labels = Object.entries(selected).filter(([key]) => osLabels.has(key));
  const label = labels.find(([key, value]) => isOfWindows(key, value));
  if (label !== undefined) return `nodeSelector ${label[0]}: ${String(label[1])}`;
  const required = affinityEvidence(spec.affinity);
  if (required !== undefined) return required;
  // What says Linux elsewhere is believed before options that Linux ignores and the name of an image.
  if (labels.length > 0) return undefined;
  const contexts = [spec, ...records(spec.containers)].map(one => one.securityContext).filter(isRecord);
  if (contexts.some(one => isRecord(one.windowsOptions))) return "securityContext.windowsOptions";
  const image = containersOf(template).find(one => windowsImages.test(one.image))?.image;
  return image === undefined ? undefined : `image ${image}`;
}

/** Terms are alternatives: only where each of them asks for Windows, no other node can be meant. */
function affinityEvidence(affinity: unknown): string | undefined {
  const node = isRecord(affinity) ? affinity.nodeAffinity : undefined;
  const required = isRecord(node) ? node.requiredDuringSchedulingIgnoredDuringExecution : undefined;
  const terms = isRecord(required) ? records(required.nodeSelectorTerms) : [];
  const asked = terms.map(term =>
    records(term.matchExpressions).find(
      ({ key, operator, values }) =>
        operator === "In" && strings(values).length > 0 && strings(values).every(value => isOfWindows(key, value)),
    ),
  );
  const [first] = asked;
  if (first === undefined || asked.includes(undefined)) return undefined;
  return `node affinity ${String(first.key)} In [${strings(first.values).join(", ")}]`;
}

function isOfWindows(key: unknown, value: unknown): boolean {
  return typeof value === "string" && (osLabels.get(String(key))?.test(value) ?? false);
}
