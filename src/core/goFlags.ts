import { isRecord, type KubernetesObject, podTemplateOf } from "./kubernetes.ts";
import { records, strings } from "./workloads/templateContainers.ts";

/** A container as the program in it is started, with each value's type looked at: files hold anything. */
export interface ProgramContainer {
  name: string;
  image: string;
  /** What follows the program's own name. */
  words: string[];
  /** `value` is absent where the variable comes from a Secret, a field or (`key`) a ConfigMap. */
  variables: { name: string; value?: string; key?: { configMap: string; key: string } }[];
  /** Whole ConfigMaps (by name) and Secrets (without) whose keys become variables. */
  others: { configMap?: string; prefix: string }[];
}

/** What is in a ConfigMap of the container's namespace; undefined where it was not read. */
export type ReadConfigMap = (name: string) => ReadonlyMap<string, string> | undefined;

/** The containers that a workload's pods are started with. */
export function programContainersOf(object: KubernetesObject): ProgramContainer[] {
  const spec: unknown = podTemplateOf(object)?.spec;
  return records(isRecord(spec) ? spec.containers : undefined).map(programContainerOf);
}

/** One container, of whatever has it. */
export function programContainerOf(container: object): ProgramContainer {
  const { name, image, command, args, env, envFrom }: Record<string, unknown> = { ...container };
  return {
    name: text(name),
    image: text(image),
    // The first word of a command is the program; without one the image says what that is.
    words: [...strings(command).slice(1), ...strings(args)],
    variables: records(env).map(({ name, value, valueFrom }) => ({
      name: text(name),
      ...(valueFrom === undefined || valueFrom === null ? { value: text(value) } : keyOf(valueFrom)),
    })),
    others: records(envFrom).map(({ configMapRef, prefix }) => ({
      ...(isRecord(configMapRef) ? { configMap: text(configMapRef.name) } : {}),
      prefix: text(prefix),
    })),
  };
}

function keyOf(valueFrom: unknown): Pick<ProgramContainer["variables"][number], "key"> {
  const from = isRecord(valueFrom) ? valueFrom.configMapKeyRef : undefined;
  return isRecord(from) ? { key: { configMap: text(from.name), key: text(from.key) } } : {};
}

/** The ConfigMaps that may say what these variables of a container are, by name. */
export function configMapsOf({ variables, others }: ProgramContainer, names: readonly string[]): string[] {
  const ofKeys = variables.flatMap(({ name, key }) => (key && names.includes(name) ? [key.configMap] : []));
  const whole = others.flatMap(({ configMap, prefix }) =>
    configMap !== undefined && names.some(name => name.startsWith(prefix)) ? [configMap] : [],
  );
  return [...new Set([...ofKeys, ...whole])];
}

/**
 * The flags of a Go program as its container gives them, by name without dashes; of several the last one counts. A bare
 * flag has the value "true". `takesValue` says of which flags the next word is the value where no "=" stands in the word:
 * Go's bool flags never take one (`--forceNamespaced false` is the bare flag, and a word behind it).
 *
 * `words` is what becomes of a word that is no flag and no value: Go's own `flag` stops there, so that no flag behind it
 * counts; pflag passes over it. pflag also makes shorthands of Go's flags with one letter, which may have their value with
 * them: klog's `-v5` (AddGoFlagSet, parseSingleShortArg).
 *
 * `$(NAME)` is replaced by the container's own variables, as the kubelet does; what comes from elsewhere stays as it is,
 * so that `isReadable` tells.
 */
export function goFlags(
  container: ProgramContainer,
  takesValue: (flag: string) => boolean,
  words: "stop" | "passOver" = "passOver",
): ReadonlyMap<string, string> {
  const given = container.words.map(word => withVariables(word, container));
  const flags = new Map<string, string>();
  for (let index = 0; index < given.length; index++) {
    const word = given[index] ?? "";
    if (word === "--") break;
    const shorthand = words === "passOver" ? /^-(v)(\d+)$/.exec(word) : null;
    const [, flag, value] = shorthand ?? /^--?([^-=][^=]*)(?:=(.*))?$/s.exec(word) ?? [];
    if (flag === undefined) {
      if (words === "stop") break;
      continue;
    }
    if (value !== undefined || !takesValue(flag)) flags.set(flag, value ?? "true");
    else flags.set(flag, given[++index] ?? "");
  }
  return flags;
}

/**
 * What a variable of a container is: its value, or that it comes from somewhere else and is not seen here. As the kubelet has it: a
 * variable of its own counts before whole ConfigMaps and Secrets, and of equals the last one.
 */
export function environmentVariable(
  container: ProgramContainer,
  name: string,
  read: ReadConfigMap = () => undefined,
): string | "notReadable" | undefined {
  const own = container.variables.findLast(variable => variable.name === name);
  if (own?.key) {
    const data = read(own.key.configMap);
    return data ? data.get(own.key.key) : "notReadable";
  }
  if (own) {
    const value = own.value === undefined ? undefined : withVariables(own.value, container);
    return value !== undefined && isReadable(value) ? value : "notReadable";
  }
  for (const { configMap, prefix } of container.others.toReversed()) {
    if (!name.startsWith(prefix)) continue;
    const data = configMap === undefined ? undefined : read(configMap);
    if (!data) return "notReadable";
    const value = data.get(name.slice(prefix.length));
    if (value !== undefined) return value;
  }
  return undefined;
}

/** Whether nothing in this value is still to be filled in from outside. */
export function isReadable(value: string): boolean {
  return !/\$\([\w.-]+\)/.test(value);
}

/** k8s.io/kubernetes third_party/forked/golang/expansion: `$$(NAME)` is an escape, what is not known stays. */
function withVariables(word: string, { variables }: ProgramContainer): string {
  return word.replace(/\$(\$|\(([\w.-]+)\))/g, (whole, _, name?: string) =>
    name === undefined ? "$" : (variables.findLast(one => one.name === name)?.value ?? whole),
  );
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}
