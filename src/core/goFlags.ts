import { isRecord, type KubernetesObject, podTemplateOf } from "./kubernetes.ts";
import { records, strings } from "./workloads/templateContainers.ts";

/** A container as the program in it is started, with each value's type looked at: files hold anything. */
export interface ProgramContainer {
  name: string;
  image: string;
  /** What follows the program's own name. */
  words: string[];
  /** `value` is absent where the variable comes from a ConfigMap, a Secret or a field. */
  variables: { name: string; value?: string }[];
  /** Whether variables come from whole ConfigMaps or Secrets too. */
  others: "none" | "unknown";
}

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
    variables: records(env).map(variable => ({
      name: text(variable.name),
      ...(variable.valueFrom === undefined || variable.valueFrom === null ? { value: text(variable.value) } : {}),
    })),
    others: records(envFrom).length > 0 ? "unknown" : "none",
  };
}

/**
 * The flags of a Go program as its container gives them, by name without dashes; of several the last one counts. A bare
 * flag has the value "true". `takesValue` says of which flags the next word is the value where no "=" stands in the word:
 * Go's bool flags never take one (`--forceNamespaced false` is the bare flag, and a word behind it).
 *
 * `words` is what becomes of a word that is no flag and no value: Go's own `flag` stops there, so that no flag behind it
 * counts; pflag passes over it.
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
    const [, flag, value] = /^--?([^-=][^=]*)(?:=(.*))?$/s.exec(word) ?? [];
    if (flag === undefined) {
      if (words === "stop") break;
      continue;
    }
    if (value !== undefined || !takesValue(flag)) flags.set(flag, value ?? "true");
    else flags.set(flag, given[++index] ?? "");
  }
  return flags;
}

/** What a variable of a container is: its value, or that it comes from somewhere else and is not seen here. */
export function environmentVariable(container: ProgramContainer, name: string): string | "notReadable" | undefined {
  const last = container.variables.findLast(variable => variable.name === name);
  if (last === undefined) return container.others === "unknown" ? "notReadable" : undefined;
  const value = last.value === undefined ? undefined : withVariables(last.value, container);
  return value !== undefined && isReadable(value) ? value : "notReadable";
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
