import { clusterSource, isKnown } from "../facts.ts";
import type { Container, PodTemplate } from "../kubernetes.ts";
import type { FoundObject, ObjectRef } from "../model.ts";
import { imageVersion } from "../podIdentity/podIdentityComponents.ts";
import { selectsWorkloadIdentity } from "../workloadIdentity/workloadIdentity.ts";
import type { Workload } from "../workloads/workloads.ts";
import type { ConsumerUse, ConsumerView } from "./consumer.ts";
import { partOf, recordsOf, textOf } from "./read.ts";

/** How a controller's program is known wherever somebody installed it, under whatever name, and however often. */
export interface ControllerShape {
  /** The path of an image without registry, tag and digest; mirrors keep its end. */
  image: RegExp;
  /** Labels that its charts and manifests put on the workload or its pods; one of them is enough. */
  labels?: Readonly<Record<string, readonly string[]>>;
}

/** A workload that runs a controller, with how its pods get tokens. */
export interface Controller {
  found: FoundObject;
  ref: ObjectRef;
  template: PodTemplate;
  /** The one with the controller's image; where only labels say what it is, the first. */
  container: Container;
  /** Of the image's tag, without v; absent where the tag is no version. */
  version?: string;
  /** Whether NMI answers its pods. */
  usesPodIdentity: boolean;
  /** `migrated`: its template has the label that the webhook goes by. */
  state: ConsumerUse["state"];
}

/** Every workload of this shape whose pods are on pod identity or on workload identity; others are of no interest. */
export function controllersOf(view: ConsumerView, shape: ControllerShape): Controller[] {
  return view.workloads.flatMap(workload => {
    for (const template of workload.templates) {
      const container = containerOf(workload.found, template, shape);
      if (container) return controllerOf(view, workload, { template, container }) ?? [];
    }
    return [];
  });
}

/** A workload as a controller, or undefined where its pods use neither pod identity nor workload identity. */
export function controllerOf(
  view: ConsumerView,
  { found }: Workload,
  { template, container }: Pick<Controller, "template" | "container">,
): Controller | undefined {
  const usesPodIdentity = view.usageOf(found.ref) !== undefined;
  const isMigrated = selectsWorkloadIdentity(template);
  if (!usesPodIdentity && !isMigrated) return undefined;
  const version = imageVersion(container);
  return {
    found,
    ref: found.ref,
    template,
    container,
    ...(version === undefined ? {} : { version }),
    usesPodIdentity,
    state: isMigrated ? "migrated" : "legacy",
  };
}

/**
 * Whether an object that asks IMDS is a use though no controller is seen: files need not hold it, and not every workload may have
 * been read. Else nobody goes by it, or somebody on his node's identity.
 */
export function mayBeUnseen({ facts, source }: ConsumerView): boolean {
  return (
    !clusterSource(facts, source) ||
    ["Deployment", "StatefulSet", "DaemonSet"].some(kind => !isKnown(facts, source, kind))
  );
}

/** The kinds that could not be read in the whole source, for the controllers that go by their objects. */
export function unreadOf(
  { facts, source }: ConsumerView,
  kinds: readonly string[],
  controllers: readonly Controller[],
) {
  const askedBy = controllers.map(one => one.ref);
  return kinds.filter(kind => !isKnown(facts, source, kind)).map(kind => ({ kind, askedBy }));
}

/** What every shape tells apart: `mirror:5000/external-dns/external-dns:v1@sha256:...` without tag and digest. */
export function imagePathOf(image: string | undefined): string {
  const [named = ""] = (image ?? "").split("@");
  const colon = named.lastIndexOf(":");
  return colon > named.lastIndexOf("/") ? named.slice(0, colon) : named;
}

function containerOf(found: FoundObject, template: PodTemplate, { image, labels = {} }: ControllerShape) {
  const containers = template.spec?.containers ?? [];
  const known = containers.find(container => image.test(imagePathOf(container.image)));
  if (known) return known;
  const isNamed = Object.entries(labels).some(([key, values]) =>
    [template, found.object].some(one => values.includes(textOf(one, "metadata", "labels", key) ?? "")),
  );
  return isNamed ? containers[0] : undefined;
}

/**
 * Which object a container reads a file from: `Secret dns/azure-config-file`, as a finding names it. Undefined where nothing
 * is mounted there, or something that is no object.
 */
export function mountedFrom({ template, container, ref }: Controller, path: string): string | undefined {
  const volume = volumeAt(template, container, path);
  const name = (kind: string, value: string | undefined) =>
    value === undefined ? undefined : `${kind} ${ref.namespace ?? "default"}/${value}`;
  const projected = recordsOf(volume, "projected", "sources").map(
    source =>
      name("Secret", textOf(source, "secret", "name")) ?? name("ConfigMap", textOf(source, "configMap", "name")),
  );
  return (
    name("Secret", textOf(volume, "secret", "secretName")) ??
    name("ConfigMap", textOf(volume, "configMap", "name")) ??
    projected.find(one => one !== undefined)
  );
}

/** Whether a container reads a file from its node. */
export function isOnNode({ template, container }: Controller, path: string): boolean {
  return textOf(volumeAt(template, container, path), "hostPath", "path") !== undefined;
}

/** The volume of the longest mount that the path is in. */
function volumeAt(template: PodTemplate, container: Container, path: string): Record<string, unknown> | undefined {
  let longest: { mountPath: string; name: string } | undefined;
  for (const mount of recordsOf(container, "volumeMounts")) {
    const [name, mountPath] = [textOf(mount, "name"), textOf(mount, "mountPath")?.replace(/\/+$/, "")];
    if (name === undefined || mountPath === undefined) continue;
    const isAbove = path === mountPath || path.startsWith(`${mountPath}/`);
    if (isAbove && mountPath.length >= (longest?.mountPath.length ?? 0)) longest = { mountPath, name };
  }
  return recordsOf(template, "spec", "volumes").find(one => one.name === longest?.name);
}

/** The Secret that a variable of the container comes from. */
export function secretOfVariable(container: Container, variable: string): string | undefined {
  const found = recordsOf(container, "env").find(one => one.name === variable);
  return textOf(partOf(found, "valueFrom"), "secretKeyRef", "name");
}
