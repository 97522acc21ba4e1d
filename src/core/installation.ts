import { type Container, type KubernetesObject, podTemplateOf } from "./kubernetes.ts";
import type { FoundObject, Installation, Webhook } from "./model.ts";

type Workloads = (kind: string) => readonly FoundObject[];

/**
 * The installations of AAD Pod Identity, read from the containers of NMI and MIC as those programs read their own flags
 * (aad-pod-identity v1.8.17, cmd/nmi/main.go and cmd/mic/main.go): mirrored registries keep the end of the image path.
 */
export function podIdentityInstallations(workloads: Workloads): Installation[] {
  const mics = workloads("Deployment").flatMap(found => {
    const container = containerOf(found.object, "mic");
    return container ? [{ found, container }] : [];
  });
  const installations = workloads("DaemonSet").flatMap((found): Installation[] => {
    const nmi = containerOf(found.object, "nmi");
    if (!nmi) return [];
    const namespace = found.ref.namespace ?? "default";
    const mode = flagValue(nmi, "operation-mode")?.toLowerCase() === "managed" ? "managed" : "standard";
    const mic = mode === "standard" ? (mics.find(mic => mic.found.ref.namespace === namespace) ?? mics[0]) : undefined;
    return [
      {
        mode,
        // MIC decides which assignments exist and NMI filters again: what either of them restricts is restricted.
        namespaced: mode === "managed" || isNamespaced(nmi) || (mic !== undefined && isNamespaced(mic.container)),
        addon: found.object.metadata.labels?.["kubernetes.azure.com/managedby"] === "aks",
        namespace,
        ...optional("nmi", imageVersion(nmi)),
        ...optional("mic", mic && imageVersion(mic.container)),
      },
    ];
  });
  if (installations.length > 0 || mics.length === 0) return installations;
  // MIC without NMI: half removed, but what MIC matched is still standard mode.
  return mics.map(({ found, container }) => ({
    mode: "standard",
    namespaced: isNamespaced(container),
    addon: false,
    namespace: found.ref.namespace ?? "default",
    ...optional("mic", imageVersion(container)),
  }));
}

/** The workload identity webhook: there when its configuration is, with version and replicas from its Deployment where that can be read. */
export function workloadIdentityWebhook(
  configurations: readonly KubernetesObject[] | undefined,
  workloads: Workloads,
): Webhook {
  const deployment = workloads("Deployment").find(
    ({ object }) => podTemplateOf(object)?.metadata?.labels?.["azure-workload-identity.io/system"] === "true",
  )?.object;
  const container =
    deployment &&
    podTemplateOf(deployment)?.spec?.containers?.find(one => /workload-identity\/webhook/.test(one.image ?? ""));
  const ready = deployment?.status?.readyReplicas;
  return {
    ...optional("installed", configurations?.some(isWorkloadIdentityWebhook)),
    ...optional("version", container && imageVersion(container)),
    ...(deployment ? { ready: typeof ready === "number" ? ready : 0 } : {}),
  };
}

function isWorkloadIdentityWebhook(configuration: KubernetesObject): boolean {
  const webhooks = configuration.webhooks;
  return (
    Array.isArray(webhooks) &&
    webhooks.some(
      webhook =>
        typeof webhook === "object" &&
        webhook !== null &&
        !Array.isArray(webhook) &&
        webhook.name === "mutation.azure-workload-identity.io",
    )
  );
}

function containerOf(object: KubernetesObject, name: "nmi" | "mic"): Container | undefined {
  const containers = podTemplateOf(object)?.spec?.containers ?? [];
  const image = new RegExp(`/aad-pod-identity/${name}(:|@|$)`);
  // A registry that flattens paths keeps the last part only; then the container's own name must say the same.
  const flattened = new RegExp(`(^|/)(aad-pod-identity-)?${name}(:|@|$)`);
  return (
    containers.find(container => image.test(container.image ?? "")) ??
    containers.find(container => container.name === name && flattened.test(container.image ?? ""))
  );
}

/** The value of `--name=value`, `-name=value` or `--name value`, the last one where there are several; undefined when the flag is not there. */
function flagValue(container: Container, name: string): string | undefined {
  const flag = flagOf(container, name);
  return flag && (flag.value ?? flag.nextWord);
}

function flagOf(container: Container, name: string): { value?: string; nextWord?: string } | undefined {
  const words = [...(container.command ?? []), ...(container.args ?? [])];
  for (const [index, word] of [...words.entries()].reverse()) {
    const [, flag, value] = /^--?([^=]+)(?:=(.*))?$/s.exec(word) ?? [];
    const nextWord = words[index + 1];
    if (flag === name) return { ...optional("value", value), ...optional("nextWord", nextWord) };
  }
  return undefined;
}

/**
 * The environment variable is compared with exactly "true" (cmd/nmi/main.go). The flag takes what Go's strconv.ParseBool takes,
 * after "=" only: `--forceNamespaced false` is the bare flag, which means true, and a word behind it.
 */
function isNamespaced(container: Container): boolean {
  const given = flagOf(container, "forceNamespaced");
  const flag = given && (given.value ?? "true");
  const env = container.env?.find(variable => variable.name === "FORCENAMESPACED")?.value;
  return (flag !== undefined && /^(1|t|T|TRUE|true|True)$/.test(flag)) || env === "true";
}

function imageVersion(container: Container): string | undefined {
  const [name = ""] = (container.image ?? "").split("/").at(-1)?.split("@") ?? [];
  return /:v?(\d.*)/.exec(name)?.[1];
}

function optional<K extends string, V>(key: K, value: V | undefined): { [P in K]?: V } {
  return value === undefined ? {} : ({ [key]: value } as { [P in K]: V });
}

/** How matching works in a source: the mode decides whether bindings reach across namespaces. */
export interface MatchingMode {
  mode: "standard" | "managed";
  namespaced: boolean;
}

export const matchingModes: Readonly<Record<"standard" | "namespaced" | "managed", MatchingMode>> = {
  standard: { mode: "standard", namespaced: false },
  namespaced: { mode: "standard", namespaced: true },
  managed: { mode: "managed", namespaced: true },
};

/** The mode that counts where several installations coexist: the one that lets most match, so that no usage is overlooked. */
export function widestMode(installations: readonly Installation[]): MatchingMode | undefined {
  return (
    installations.find(one => one.mode === "standard" && !one.namespaced) ??
    installations.find(one => one.mode === "standard") ??
    installations[0]
  );
}
