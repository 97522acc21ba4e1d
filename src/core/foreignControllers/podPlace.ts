import { valueAt } from "../changes/change.ts";
import { type Container, isRecord, type PodSpec, type PodTemplate, type Volume } from "../kubernetes.ts";
import type { Change } from "../model.ts";
import { records, strings } from "../workloads/templateContainers.ts";

export type Path = Change["path"];

/** Where an object says what its pods are made of; a field is absent where the kind has no such place. */
export interface PodPlace {
  labels: Path;
  annotations?: Path;
  /** The name of the service account, and its alias where the kind has one. */
  serviceAccount: readonly Path[];
  /** The pod spec, or what has fields of one. */
  spec?: Path;
  /** A map whose keys with this prefix are labels too. */
  properties?: { path: Path; prefix: string };
  /** The place that says what this one leaves open. */
  inherits?: PodPlace;
}

/** A pod template as Kubernetes has it, at this path; the empty path is a pod's own. */
export function templateAt(...path: Path): PodPlace {
  return {
    labels: [...path, "metadata", "labels"],
    annotations: [...path, "metadata", "annotations"],
    serviceAccount: [[...path, "spec", "serviceAccountName"]],
    spec: [...path, "spec"],
  };
}

/**
 * Places in each item of a list of an object, which is named by one of its fields. Where the object was not read one place
 * stands for all of them.
 */
export function eachOf(object: unknown, list: Path, key: string, place: (item: Path) => PodPlace): PodPlace[] {
  const items = valueAt(object, list);
  const names = (Array.isArray(items) ? items : []).flatMap(item => {
    const name: unknown = isRecord(item) ? item[key] : undefined;
    return typeof name === "string" ? [name] : [];
  });
  return (items === undefined ? ["*"] : names).map(name => place([...list, { match: { [key]: name } }]));
}

/** What the pods from this place are, as far as the object says so; undefined where it has nothing there. */
export function templateIn(object: unknown, place: PodPlace): PodTemplate | undefined {
  const { labels: at, annotations, spec, properties, inherits } = place;
  const whole = inherits && templateIn(object, inherits);
  const account = accountIn(object, place) ?? whole?.spec?.serviceAccountName;
  const own = spec ? valueAt(object, spec) : undefined;
  const labels = { ...whole?.metadata?.labels, ...labelsIn(object, properties), ...stringsOf(valueAt(object, at)) };
  if (account === undefined && own === undefined && Object.keys(labels).length === 0) return undefined;
  return {
    metadata: { labels, ...(annotations ? { annotations: stringsOf(valueAt(object, annotations)) } : {}) },
    spec: podSpecOf(own, account),
  };
}

/** The account that the place itself names. */
export function accountIn(object: unknown, { serviceAccount }: PodPlace): string | undefined {
  const names = serviceAccount.map(path => valueAt(object, path));
  return names.find((name): name is string => typeof name === "string" && name !== "");
}

function labelsIn(object: unknown, properties: PodPlace["properties"]): Record<string, string> {
  if (!properties) return {};
  const { path, prefix } = properties;
  const entries = Object.entries(stringsOf(valueAt(object, path))).filter(([key]) => key.startsWith(prefix));
  return Object.fromEntries(entries.map(([key, value]) => [key.slice(prefix.length), value]));
}

/** The entries of a map that are strings, as labels must be. */
export function stringsOf(value: unknown): Record<string, string> {
  if (!isRecord(value)) return {};
  return Object.fromEntries(
    Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === "string"),
  );
}

/**
 * All that the foreign object says of its pods. Nobody else has looked at its types: what readers take for granted is left out where
 * it is something else.
 */
function podSpecOf(value: unknown, account: string | undefined): PodSpec {
  const from = isRecord(value) ? value : {};
  // The place says where the account is: a field of that name may be another's here.
  const {
    serviceAccountName: _,
    serviceAccount: _alias,
    hostNetwork,
    nodeSelector,
    os,
    initContainers,
    ...rest
  } = from;
  return {
    ...rest,
    ...(account === undefined ? {} : { serviceAccountName: account }),
    ...(hostNetwork === true ? { hostNetwork } : {}),
    ...(isRecord(nodeSelector) ? { nodeSelector: stringsOf(nodeSelector) } : {}),
    ...(isRecord(os) && typeof os.name === "string" ? { os: { name: os.name } } : {}),
    containers: records(from.containers).map(containerOf),
    ...(initContainers === undefined ? {} : { initContainers: records(initContainers).map(containerOf) }),
    ...(from.volumes === undefined ? {} : { volumes: records(from.volumes).map(volumeOf) }),
  };
}

function volumeOf(one: Record<string, unknown>): Volume {
  return { ...one, name: typeof one.name === "string" ? one.name : "" };
}

function containerOf({ image, command, args, ...one }: Record<string, unknown>, index: number): Container {
  return {
    ...one,
    name: typeof one.name === "string" ? one.name : `container-${index}`,
    ...(typeof image === "string" ? { image } : {}),
    ...(command === undefined ? {} : { command: strings(command) }),
    ...(args === undefined ? {} : { args: strings(args) }),
    env: records(one.env).flatMap(({ name, value, ...variable }) =>
      typeof name === "string" ? [{ ...variable, name, ...(typeof value === "string" ? { value } : {}) }] : [],
    ),
  };
}

/** `spec.template.metadata.labels["azure.workload.identity/use"]`: how a path is written for people. */
function pathText(path: Path): string {
  return path
    .map((part, index) => {
      if (typeof part !== "string") return `[${Object.entries(part.match).map(([key, value]) => `${key}=${value}`)}]`;
      if (!/^[\w-]+$/.test(part)) return `[${JSON.stringify(part)}]`;
      return index === 0 ? part : `.${part}`;
    })
    .join("");
}

/** `spec.template.spec.serviceAccountName: "cart"`: a change as a line of what to write where. */
export function changeText({ path, after }: Change): string {
  return `${pathText(path)}: ${JSON.stringify(after)}`;
}
