import { isRecord, type PodTemplate } from "../kubernetes.ts";
import { containersOf, records, strings } from "../workloads/templateContainers.ts";

const osLabels = ["kubernetes.io/os", "beta.kubernetes.io/os"];
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
  const label = osLabels.find(key => selected[key] === "windows");
  if (label !== undefined) return `nodeSelector ${label}: windows`;
  const required = affinityEvidence(spec.affinity);
  if (required !== undefined) return required;
  // What says Linux elsewhere is believed before the name of an image.
  if (osLabels.some(key => selected[key] !== undefined)) return undefined;
  const image = containersOf(template).find(one => windowsImages.test(one.image))?.image;
  return image === undefined ? undefined : `image ${image}`;
}

/** Terms are alternatives: only where each of them asks for Windows, no other node can be meant. */
function affinityEvidence(affinity: unknown): string | undefined {
  const node = isRecord(affinity) ? affinity.nodeAffinity : undefined;
  const required = isRecord(node) ? node.requiredDuringSchedulingIgnoredDuringExecution : undefined;
  const terms = isRecord(required) ? records(required.nodeSelectorTerms) : [];
  const isWindows = (term: Record<string, unknown>) =>
    records(term.matchExpressions).some(
      ({ key, operator, values }) =>
        typeof key === "string" &&
        osLabels.includes(key) &&
        operator === "In" &&
        strings(values).length > 0 &&
        strings(values).every(value => value === "windows"),
    );
  return terms.length > 0 && terms.every(isWindows) ? "node affinity kubernetes.io/os In [windows]" : undefined;
}
