/** Where an ARM request points: `/subscriptions/S[/resourceGroups/G]/providers/N/type[/name[/type[/name]]]`. */
export interface ArmPath {
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
  const [subscriptions, subscriptionId, ...rest] = segments;
  if (subscriptions?.toLowerCase() !== "subscriptions" || subscriptionId === undefined) return undefined;
  const grouped = rest[0]?.toLowerCase() === "resourcegroups";
  const resourceGroup = grouped ? rest[1] : undefined;
  const [providers, namespace, ...typesAndNames] = grouped ? rest.slice(2) : rest;
  if (providers?.toLowerCase() !== "providers" || namespace === undefined || typesAndNames.length === 0) {
    return undefined;
  }
  const types = typesAndNames.filter((_, index) => index % 2 === 0);
  const names = typesAndNames.filter((_, index) => index % 2 === 1);
  return {
    subscriptionId,
    ...(resourceGroup === undefined ? {} : { resourceGroup }),
    type: [namespace, ...types].join("/").toLowerCase(),
    names,
    collection: names.length < types.length,
  };
}
