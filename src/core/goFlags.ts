import { type Container, isRecord } from "./kubernetes.ts";

/**
 * The flags of a Go program as its container gives them, by name without dashes; of several the last one counts. A bare
 * flag has the value "true". `takesValue` says of which flags the next word is the value where no "=" stands in the word:
 * Go's bool flags never take one (`--forceNamespaced false` is the bare flag, and a word behind it).
 *
 * `$(NAME)` is replaced by the container's own variables, as the kubelet does; what comes from elsewhere stays as it is,
 * so that `isReadable` tells.
 */
export function goFlags(container: Container, takesValue: (flag: string) => boolean): ReadonlyMap<string, string> {
  // The first word of a command is the program itself.
  const words = [...(container.command ?? []).slice(1), ...(container.args ?? [])].map(word =>
    withVariables(word, container),
  );
  const flags = new Map<string, string>();
  for (let index = 0; index < words.length; index++) {
    const word = words[index] ?? "";
    if (word === "--") break;
    const [, flag, value] = /^--?([^-=][^=]*)(?:=(.*))?$/s.exec(word) ?? [];
    if (flag === undefined) continue;
    if (value !== undefined || !takesValue(flag)) flags.set(flag, value ?? "true");
    else flags.set(flag, words[++index] ?? "");
  }
  return flags;
}

/** What a variable of a container is: its value, or that it comes from a ConfigMap, Secret or field and is not seen here. */
export function environmentVariable(container: Container, name: string): string | "notReadable" | undefined {
  const variables: readonly unknown[] = container.env ?? [];
  const last = variables.filter(isRecord).findLast(variable => variable.name === name);
  if (last === undefined) return hasEnvFrom(container) ? "notReadable" : undefined;
  if (last.valueFrom !== undefined) return "notReadable";
  const value = withVariables(typeof last.value === "string" ? last.value : "", container);
  return isReadable(value) ? value : "notReadable";
}

/** Whether nothing in this value is still to be filled in from outside. */
export function isReadable(value: string): boolean {
  return !/\$\([\w.-]+\)/.test(value);
}

/** k8s.io/kubernetes third_party/forked/golang/expansion: `$$(NAME)` is an escape, what is not known stays. */
function withVariables(word: string, container: Container): string {
  return word.replace(/\$(\$|\(([\w.-]+)\))/g, (whole, _, name?: string) => {
    if (name === undefined) return "$";
    const variable = container.env?.findLast(one => one.name === name);
    return variable?.value !== undefined ? variable.value : whole;
  });
}

function hasEnvFrom(container: Container): boolean {
  const { envFrom } = container as { envFrom?: unknown };
  return Array.isArray(envFrom) && envFrom.length > 0;
}
