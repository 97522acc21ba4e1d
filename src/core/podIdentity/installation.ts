import type { FoundObject, Installation } from "../model.ts";
import { type MIC, type NMI, nameOfComponent, podIdentityComponents } from "./podIdentityComponents.ts";

/** How matching works in a source: the mode decides whether bindings reach across namespaces. */
export interface MatchingMode {
  mode: "standard" | "managed";
  namespaced: boolean;
  /** Where NMI alone keeps to the pod's namespace: MIC assigns across namespaces, and one name only once. */
  assignedAcross?: true;
}

export const matchingModes: Readonly<Record<"standard" | "namespaced" | "filtered" | "managed", MatchingMode>> = {
  standard: { mode: "standard", namespaced: false },
  namespaced: { mode: "standard", namespaced: true },
  filtered: { mode: "standard", namespaced: true, assignedAcross: true },
  managed: { mode: "managed", namespaced: true },
};

/** An installation with the components that it was read from. */
export interface SeenInstallation {
  installation: Installation;
  nmi?: NMI;
  mic?: MIC;
}

/** Whether all objects of this kind were read; what is not seen of others is not taken for missing. */
export type IsKnown = (kind: "DaemonSet" | "Deployment") => boolean;

/** The installations of AAD Pod Identity: one for each NMI, and one for each MIC that serves none of them. */
export function podIdentityInstallations(
  workloads: (kind: string) => readonly FoundObject[],
  isKnown: IsKnown = () => true,
): Installation[] {
  return seenInstallations(workloads, isKnown).map(one => one.installation);
}

/** The same with NMI and MIC beside each. */
export function seenInstallations(
  workloads: (kind: string) => readonly FoundObject[],
  isKnown: IsKnown,
): SeenInstallation[] {
  const { nmis, mics } = podIdentityComponents(workloads);
  const paired = nmis.map(nmi => ({ nmi, mic: isManaged(nmi) ? undefined : micFor(nmi, mics) }));
  const alone = mics.filter(mic => paired.every(pair => pair.mic !== mic));
  return [
    ...paired.map(({ nmi, mic }): SeenInstallation => {
      const missesMIC = !isManaged(nmi) && mic === undefined && isKnown("Deployment");
      return {
        nmi,
        ...(mic ? { mic } : {}),
        installation: {
          mode: isManaged(nmi) ? "managed" : "standard",
          // MIC decides which assignments exist and NMI filters again: what either of them restricts is restricted.
          namespaced: isManaged(nmi) || nmi.namespaced === "on" || mic?.namespaced === "on",
          ...(!isManaged(nmi) && nmi.namespaced === "on" && mic?.namespaced === "off" ? { assignedAcross: true } : {}),
          addon: nmi.addon,
          namespace: nmi.namespace,
          ...optional("nmi", nmi.version),
          ...partsOfMIC(mic),
          ...(missesMIC ? { missing: "mic" } : {}),
          ...optional("nodes", nmi.nodes),
          ...optional("micNamespace", nmi.micNamespace),
          ...(nmi.blocksInstanceMetadata ? { blocksInstanceMetadata: true } : {}),
        },
      };
    }),
    // MIC without NMI: half removed, but what MIC matches is still on the nodes.
    ...alone.map(
      (mic): SeenInstallation => ({
        mic,
        installation: {
          mode: "standard",
          namespaced: mic.namespaced === "on",
          addon: false,
          namespace: mic.namespace,
          ...partsOfMIC(mic),
          ...(isKnown("DaemonSet") ? { missing: "nmi" } : {}),
        },
      }),
    ),
  ];
}

/** `default/nmi` and `default/mic`, for people. */
export function namesOf({ nmi, mic }: SeenInstallation): string {
  return [...(nmi ? [`NMI ${nameOfComponent(nmi.found)}`] : []), ...(mic ? [`MIC ${nameOfComponent(mic.found)}`] : [])]
    .join(" with ")
    .concat(nmi && isManaged(nmi) ? " in managed mode" : "");
}

/** Whether a MIC with replicas is there, which writes and deletes AzureAssignedIdentity objects. */
export function micAssigns(installations: readonly Installation[]): boolean {
  return installations.some(one => one.mode === "standard" && one.missing !== "mic" && one.micReplicas !== 0);
}

/**
 * How identities are matched where these installations are: one mode for each way that differs, since what any of them matches
 * is used by somebody. One that is on no node, or is a MIC without replicas, does not count beside one that works.
 */
export function modesOf(installations: readonly Installation[]): MatchingMode[] {
  const working = installations.filter(one => (one.missing === "nmi" ? one.micReplicas !== 0 : one.nodes !== 0));
  const modes = (working.length > 0 ? working : installations).map(one => keyOf(one));
  return (["standard", "namespaced", "filtered", "managed"] as const)
    .filter(key => modes.includes(key))
    .map(key => matchingModes[key]);
}

/** The namespaces in which a ReplicaSet whose name begins with "mic" is taken for MIC. */
export function micNamespacesOf(installations: readonly Installation[]): string[] {
  const withNMI = installations.filter(one => one.missing !== "nmi").map(one => one.micNamespace ?? "default");
  return withNMI.length === 0 ? ["default"] : [...new Set(withNMI)];
}

function keyOf({ mode, namespaced, assignedAcross }: Installation): keyof typeof matchingModes {
  if (mode === "managed") return "managed";
  return !namespaced ? "standard" : assignedAcross ? "filtered" : "namespaced";
}

/** The MIC of its own namespace before another one, one with replicas before one without: MIC serves the whole cluster. */
function micFor(nmi: NMI, mics: readonly MIC[]): MIC | undefined {
  const own = mics.filter(mic => mic.namespace === nmi.namespace);
  return [...own, ...mics].find(mic => mic.replicas !== 0) ?? own[0] ?? mics[0];
}

export function isManaged(nmi: NMI): boolean {
  return nmi.operationMode === "managed";
}

function partsOfMIC(mic: MIC | undefined): Partial<Installation> {
  if (!mic) return {};
  return {
    ...optional("mic", mic.version),
    ...optional("micReplicas", mic.replicas),
    ...(mic.immutableUserMSIs.length === 0 ? {} : { immutableUserMSIs: mic.immutableUserMSIs }),
  };
}

function optional<K extends string, V>(key: K, value: V | undefined): { [P in K]?: V } {
  return value === undefined ? {} : ({ [key]: value } as { [P in K]: V });
}
