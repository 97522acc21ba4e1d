import { environmentVariable, goFlags, isReadable, type ProgramContainer, programContainersOf } from "../goFlags.ts";
import { isRecord, type KubernetesObject, podTemplateOf } from "../kubernetes.ts";
import type { FoundObject } from "../model.ts";
import { compare } from "../order.ts";

/** A workload that runs NMI or MIC, with what its container says. */
interface Component {
  found: FoundObject;
  namespace: string;
  /** Of the image's tag, without "v"; absent for a digest alone. */
  version?: string;
  /** What `--forceNamespaced` and FORCENAMESPACED say together. */
  namespaced: "on" | "off" | "notReadable";
}

export interface NMI extends Component {
  /** In lower case; NMI runs with "standard" and "managed" only. */
  operationMode: string;
  addon: boolean;
  /** How many nodes it is to run on, where the server says so. */
  nodes?: number;
  /** `--MICNamespace` where it is given. */
  micNamespace?: string;
  blocksInstanceMetadata: boolean;
}

export interface MIC extends Component {
  /** `spec.replicas`, where it is given; the server's default is 1. */
  replicas?: number;
  immutableUserMSIs: string[];
}

export interface PodIdentityComponents {
  nmis: NMI[];
  mics: MIC[];
}

/**
 * NMI and MIC wherever they run, each read as the program reads its own flags (aad-pod-identity v1.8.17, cmd/nmi/main.go and
 * cmd/mic/main.go): mirrored registries keep the end of the image path, so that is what they are known by. By namespace and name.
 */
export function podIdentityComponents(workloads: (kind: string) => readonly FoundObject[]): PodIdentityComponents {
  const component = (kind: string, name: "nmi" | "mic") =>
    [...workloads(kind)]
      .sort((a, b) => compare(nameOfComponent(a), nameOfComponent(b)))
      .flatMap(found => {
        const container = containerOf(programContainersOf(found.object), name);
        // MIC goes by Go's flag, NMI by pflag.
        const words = name === "mic" ? "stop" : "passOver";
        return container ? [{ found, container, flags: goFlags(container, flag => !isBoolean(flag), words) }] : [];
      });
  return {
    nmis: component("DaemonSet", "nmi").map(({ found, container, flags }) => {
      const micNamespace = flags.get("MICNamespace");
      const nodes = found.object.status?.desiredNumberScheduled;
      return {
        ...commonOf(found, container, flags),
        operationMode: (flags.get("operation-mode") ?? "standard").toLowerCase(),
        addon: isManagedByAKS(found.object),
        ...(typeof nodes === "number" ? { nodes } : {}),
        ...(micNamespace === undefined || !isReadable(micNamespace) ? {} : { micNamespace }),
        blocksInstanceMetadata: isTrue(flags.get("block-instance-metadata")),
      };
    }),
    mics: component("Deployment", "mic").map(({ found, container, flags }) => {
      const replicas = found.object.spec?.replicas;
      const immutable = flags.get("immutable-user-msis") ?? "";
      return {
        ...commonOf(found, container, flags),
        ...(typeof replicas === "number" ? { replicas } : {}),
        immutableUserMSIs: immutable === "" ? [] : immutable.split(","),
      };
    }),
  };
}

/** `default/nmi`. */
export function nameOfComponent({ ref }: Pick<FoundObject, "ref">): string {
  return `${ref.namespace ?? "default"}/${ref.name}`;
}

/** Whether AKS itself made this workload: its label is on the add-ons' objects or on their pods. */
export function isManagedByAKS(object: KubernetesObject): boolean {
  const all: unknown[] = [object.metadata.labels, podTemplateOf(object)?.metadata?.labels];
  return all.some(labels => isRecord(labels) && labels["kubernetes.azure.com/managedby"] === "aks");
}

/** The version in a container's image tag, without "v". */
export function imageVersion({ image = "" }: { image?: string | undefined }): string | undefined {
  const [name = ""] = image.split("/").at(-1)?.split("@") ?? [];
  return /:v?(\d.*)/.exec(name)?.[1];
}

/** Whether this is the container of NMI or of MIC. */
export function isPodIdentityItself(object: KubernetesObject): boolean {
  const containers = programContainersOf(object);
  return containerOf(containers, "nmi") !== undefined || containerOf(containers, "mic") !== undefined;
}

function containerOf(containers: readonly ProgramContainer[], name: "nmi" | "mic"): ProgramContainer | undefined {
  const { whole, alone } = images[name];
  return (
    containers.find(({ image }) => whole.test(image)) ??
    containers.find(one => alone.test(one.image) && (one.name === name || one.name.includes("aad-pod-identity")))
  );
}

const images = { nmi: imagesOf("nmi"), mic: imagesOf("mic") };

function imagesOf(name: "nmi" | "mic") {
  return {
    // Mirrors put something before the path, and may make one name of its parts.
    whole: new RegExp(`(^|[/._-])aad-pod-identity[/._-]${name}(:|@|$)`),
    // Where only the last part is left, the container's own name must say the same.
    alone: new RegExp(`(^|/)${name}(:|@|$)`),
  };
}

function commonOf(found: FoundObject, container: ProgramContainer, flags: ReadonlyMap<string, string>): Component {
  const version = imageVersion(container);
  return {
    found,
    namespace: found.ref.namespace ?? "default",
    ...(version === undefined ? {} : { version }),
    namespaced: namespacedOf(container, flags.get("forceNamespaced")),
  };
}

/** The flag takes what strconv.ParseBool takes; the variable is compared with exactly "true". Either is enough. */
function namespacedOf(container: ProgramContainer, flag: string | undefined): Component["namespaced"] {
  const variable = environmentVariable(container, "FORCENAMESPACED");
  if (isTrue(flag) || variable === "true") return "on";
  return variable === "notReadable" || (flag !== undefined && !isReadable(flag)) ? "notReadable" : "off";
}

/** strconv.ParseBool */
function isTrue(value: string | undefined): boolean {
  return value !== undefined && /^(1|t|T|TRUE|true|True)$/.test(value);
}

/** The bool flags of both programs and of the logging libraries they link. */
function isBoolean(flag: string): boolean {
  return booleanFlags.has(flag);
}

const booleanFlags: ReadonlySet<string> = new Set([
  "add_dir_header",
  "allow-network-plugin-kubenet",
  "alsologtostderr",
  "block-instance-metadata",
  "debug",
  "enable-conntrack-deletion",
  "enable-type-upgrade",
  "enableProfile",
  "enableScaleFeatures",
  "forceNamespaced",
  "logtostderr",
  "metadata-header-required",
  "one_output",
  "set-retry-after-header",
  "skip_headers",
  "skip_log_headers",
  "version",
]);
