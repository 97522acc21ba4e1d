/**
 * Where an ARM request points: `[SCOPE]/providers/N/type[/name[/type[/name]]]`, or a subscription or resource group itself,
 * whose types are `microsoft.resources/subscriptions` and `microsoft.resources/subscriptions/resourcegroups`.
 */
export interface ArmPath {
  /** Before the last `providers`, as it was asked for: "" for the tenant, else `/subscriptions/S...`. */
  scope: string;
  /** "" outside every subscription. */
  subscriptionId: string;
  resourceGroup?: string;
  /** Namespace and types, in lower case: `microsoft.managedidentity/userassignedidentities`. */
  type: string;
  /** Names as they were asked for; one fewer than there are types when the request is for a list. */
  names: string[];
  /** True for a list. */
  collection: boolean;
}

/** Reads the path of an ARM request, fixed parts in any case; undefined when it has another form. */
export function parseArmPath(pathname: string): ArmPath | undefined {
  let segments: string[];
  try {
    segments = pathname.split("/").slice(1).map(decodeURIComponent);
  } catch {
    return undefined; // a broken percent escape
  }
  if (segments.some(segment => segment === "")) return undefined;
  const last = segments.map(segment => segment.toLowerCase()).lastIndexOf("providers");
  const scoped = last === -1 ? segments : segments.slice(0, last);
  const place = placeOf(scoped);
  if (place === undefined) return undefined;
  const [namespace, ...typesAndNames] = last === -1 ? ["Microsoft.Resources", ...scoped] : segments.slice(last + 1);
  if (namespace === undefined) return undefined;
  const types = typesAndNames.filter((_, index) => index % 2 === 0);
  const names = typesAndNames.filter((_, index) => index % 2 === 1);
  return {
    ...place,
    scope: last === -1 ? "" : scoped.map(segment => `/${segment}`).join(""),
    type: [namespace, ...types].join("/").toLowerCase(),
    names,
    collection: names.length < types.length,
  };
}

function placeOf([subscriptions, subscriptionId = "", groups, resourceGroup]: readonly string[]):
  | Pick<ArmPath, "subscriptionId" | "resourceGroup">
  | undefined {
  if (subscriptions === undefined) return { subscriptionId: "" };
  if (subscriptions.toLowerCase() !== "subscriptions") return undefined;
  if (groups !== undefined && groups.toLowerCase() !== "resourcegroups" && groups.toLowerCase() !== "providers")
    return undefined;
  return { subscriptionId, ...(resourceGroup === undefined ? {} : { resourceGroup }) };
}
