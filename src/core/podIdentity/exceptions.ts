import { isRecord, type KubernetesObject } from "../kubernetes.ts";
import type { FoundObject } from "../model.ts";

/** An exception that fits a pod, with the label that makes it fit. */
export interface FittingException {
  name: string;
  label: string;
  value: string;
}

/** The AzurePodIdentityException objects of a source, by the namespace that each of them is for. */
export class Exceptions {
  readonly #byNamespace = new Map<string, (FittingException & { fits: RegExp })[]>();

  constructor(objects: readonly FoundObject[]) {
    for (const { ref, object } of objects) {
      const namespace = ref.namespace ?? "default";
      const labels = Object.entries(podLabelsOf(object)).map(([label, value]) => ({
        name: ref.name,
        label,
        value,
        fits: foldedEqual(value),
      }));
      this.#byNamespace.set(namespace, [...(this.#byNamespace.get(namespace) ?? []), ...labels]);
    }
  }

  /**
   * The exception that lets a pod past NMI: one label is enough (aad-pod-identity pkg/pod/pod.go:IsPodExcepted). Without
   * `among` any exception will do.
   */
  fitting(
    namespace: string,
    labels: Record<string, string>,
    among: (exception: FittingException) => boolean = () => true,
  ): FittingException | undefined {
    const found = this.#byNamespace.get(namespace)?.find(
      // A label may be called "constructor": only the pod's own count.
      one => Object.hasOwn(labels, one.label) && one.fits.test(String(labels[one.label])) && among(one),
    );
    return found && { name: found.name, label: found.label, value: found.value };
  }
}

/** The labels of an AzurePodIdentityException; one that fits a pod is enough. */
export function podLabelsOf(object: KubernetesObject): Record<string, string> {
  const labels = object.spec?.podLabels;
  if (!isRecord(labels)) return {};
  return Object.fromEntries(
    Object.entries(labels).filter((entry): entry is [string, string] => typeof entry[1] === "string"),
  );
}

/**
 * Go's strings.EqualFold with this value: Unicode's simple case folding, by which the Kelvin sign is a "k" and a long s an "s".
 * A regular expression with both flags folds in just that way (ECMA-262, Canonicalize).
 */
function foldedEqual(value: string): RegExp {
  const points = [...value].map(letter => `\\u{${(letter.codePointAt(0) ?? 0).toString(16)}}`);
  return new RegExp(`^${points.join("")}$`, "iu");
}

/** Labels of the exceptions that pod identity's own manifests, its chart and AKS bring: they are for MIC and for AKS's add-ons. */
const shippedLabels: readonly [label: string, value: string][] = [
  ["app", "mic"],
  ["component", "mic"],
  ["app.kubernetes.io/component", "mic"],
  ["kubernetes.azure.com/managedby", "aks"],
];

/** Whether a user wrote this label into an exception, and not those who made pod identity. */
export function isUsersException({ label, value }: FittingException): boolean {
  return !shippedLabels.some(([key, shipped]) => key === label && shipped === value);
}

/**
 * Whether NMI takes pods of this ReplicaSet for MIC and gives them tokens of the node (pkg/nmi/server/server.go:isMIC): the
 * pattern is `^mic-*`, in which the hyphen is optional, so that any name fits that begins with "mic".
 */
export function isTakenForMIC(
  micNamespaces: readonly string[],
  { namespace, replicaSet }: { namespace: string; replicaSet: string },
): boolean {
  return replicaSet.startsWith("mic") && micNamespaces.some(one => one.toLowerCase() === namespace.toLowerCase());
}
