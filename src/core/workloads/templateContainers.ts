import { isRecord, type PodTemplate } from "../kubernetes.ts";

/** A container of a template, with each value's type looked at: files hold anything. */
export interface TemplateContainer {
  name: string;
  list: "containers" | "initContainers";
  image: string;
  /** `command` and `args` in one line. */
  line: string;
  /** `from` names the Secret or ConfigMap, or the field, that the value comes from. */
  env: { name: string; value?: string; from?: string }[];
  /** `ConfigMap shop-config`, whose keys become variables. */
  envFrom: string[];
  ports: { port: number; protocol: string }[];
  mountPaths: string[];
  runAsUser?: number;
  /** Goes on beside the containers: not an init container, or one with `restartPolicy: Always`. */
  staysUp: boolean;
}

/** The containers and init containers of a template. */
export function containersOf(template: PodTemplate | undefined): TemplateContainer[] {
  const spec: unknown = template?.spec;
  if (!isRecord(spec)) return [];
  const podUser = isRecord(spec.securityContext) ? spec.securityContext.runAsUser : undefined;
  return (["containers", "initContainers"] as const).flatMap(list =>
    records(spec[list]).map(container => readContainer(container, list, podUser)),
  );
}

function readContainer(
  container: Record<string, unknown>,
  list: TemplateContainer["list"],
  podUser: unknown,
): TemplateContainer {
  const own = isRecord(container.securityContext) ? container.securityContext.runAsUser : undefined;
  const user = own ?? podUser;
  return {
    name: text(container.name),
    list,
    image: text(container.image),
    line: [...strings(container.command), ...strings(container.args)].join(" "),
    env: records(container.env).map(({ name, value, valueFrom }) => ({
      name: text(name),
      ...(typeof value === "string" ? { value } : {}),
      ...(isRecord(valueFrom) ? { from: sourceOf(valueFrom) } : {}),
    })),
    envFrom: records(container.envFrom).flatMap(({ configMapRef, secretRef }) => [
      ...(isRecord(configMapRef) ? [`ConfigMap ${text(configMapRef.name)}`] : []),
      ...(isRecord(secretRef) ? [`Secret ${text(secretRef.name)}`] : []),
    ]),
    ports: records(container.ports).flatMap(({ containerPort, protocol }) =>
      typeof containerPort === "number" ? [{ port: containerPort, protocol: text(protocol) || "TCP" }] : [],
    ),
    mountPaths: records(container.volumeMounts).map(({ mountPath }) => text(mountPath)),
    ...(typeof user === "number" ? { runAsUser: user } : {}),
    staysUp: list === "containers" || container.restartPolicy === "Always",
  };
}

function sourceOf(valueFrom: Record<string, unknown>): string {
  const { secretKeyRef, configMapKeyRef, fieldRef } = valueFrom;
  if (isRecord(secretKeyRef)) return `Secret ${text(secretKeyRef.name)}`;
  if (isRecord(configMapKeyRef)) return `ConfigMap ${text(configMapKeyRef.name)}`;
  return isRecord(fieldRef) ? `field ${text(fieldRef.fieldPath)}` : "another source";
}

export function records(value: unknown): Record<string, unknown>[] {
  return Array.isArray(value) ? value.filter(isRecord) : [];
}

export function strings(value: unknown): string[] {
  return Array.isArray(value) ? value.filter(one => typeof one === "string") : [];
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}

/** Something that variables or command lines may hold. Only `sign` is ever printed: what stands around it may be secret. */
export interface Mark {
  sign: string;
  pattern: RegExp;
}

/** Lists of what is not asked through a proxy: whoever names an address there need not ask it. */
const notUsed = /^no_proxy$/i;

/** Where containers hold one of the marks: `app: env DB_URL has "Authentication=ActiveDirectoryMsi"`. */
export function placesOf(containers: readonly TemplateContainer[], marks: readonly Mark[]): string[] {
  return containers.flatMap(({ name, line, env }) =>
    marks.flatMap(({ sign, pattern }) => [
      ...(pattern.test(line) ? [`${name}: command has "${sign}"`] : []),
      ...env
        .filter(one => one.value !== undefined && !notUsed.test(one.name) && pattern.test(one.value))
        .map(variable => `${name}: env ${variable.name} has "${sign}"`),
    ]),
  );
}
