import { apiVersionOf, type Catalogue } from "./catalogue.ts";
import type { ServedKind } from "./kinds.ts";
import { ApiError } from "./status.ts";

/** The form of `/api` and `/apis` that tells every group with its kinds at once. */
export const aggregatedMediaType = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";

/**
 * Whether the aggregated form is asked for, anywhere in the Accept header; the server of Kubernetes 1.36 has no v2beta1 any
 * more. Throws an ApiError where nothing fits.
 */
export function isAggregatedWanted(accept: string): boolean {
  const clauses = accept.split(",").map(clause => clause.split(";").map(part => part.trim().toLowerCase()));
  const wanted = aggregatedMediaType.toLowerCase().split(";");
  if (clauses.some(parts => wanted.every(part => parts.includes(part)))) return true;
  const plain = ["application/json", "application/*", "*/*"];
  if (clauses.some(parts => plain.includes(parts[0] ?? "") && !parts.some(part => part.startsWith("as="))))
    return false;
  const served = "application/json, application/yaml, application/vnd.kubernetes.protobuf";
  throw new ApiError(406, "NotAcceptable", `only the following media types are accepted: ${served}`);
}

/** `/api`: the versions of the core group. */
export function coreVersions(serverAddress: string): object {
  return {
    kind: "APIVersions",
    versions: ["v1"],
    serverAddressByClientCIDRs: [{ clientCIDR: "0.0.0.0/0", serverAddress }],
  };
}

/** `/apis`: every other group. */
export function groupList(catalogue: Catalogue): object {
  const groups = [...new Set(catalogue.all().map(kind => kind.group))].filter(group => group !== "");
  return { kind: "APIGroupList", apiVersion: "v1", groups: groups.map(group => groupEntry(catalogue, group)) };
}

/** `/api` and `/apis` in the aggregated form: `groups` is the core group alone, or every other one. */
export function aggregatedGroups(catalogue: Catalogue, groups: "core" | "named"): object {
  const names = new Set(catalogue.all().map(kind => kind.group));
  return {
    kind: "APIGroupDiscoveryList",
    apiVersion: "apidiscovery.k8s.io/v2",
    metadata: {},
    items: [...names]
      .filter(name => (name === "") === (groups === "core"))
      .map(name => ({
        metadata: name === "" ? {} : { name },
        versions: versionsOf(catalogue, name).map(version => ({
          version,
          resources: catalogue
            .all()
            .filter(kind => kind.group === name && kind.version === version)
            .map(kind => aggregatedEntry(catalogue, kind))
            .sort((a, b) => (a.resource < b.resource ? -1 : 1)),
          freshness: "Current",
        })),
      })),
  };
}

function aggregatedEntry(catalogue: Catalogue, kind: ServedKind) {
  // Custom kinds repeat their group and version, built-in ones leave them empty.
  const { group, version } = catalogue.isBuiltInGroup(kind.group) ? { group: "", version: "" } : kind;
  return {
    resource: kind.plural,
    responseKind: { group, version, kind: kind.kind },
    scope: kind.namespaced ? "Namespaced" : "Cluster",
    singularResource: kind.singular,
    verbs: kind.verbs,
    ...(kind.shortNames.length === 0 ? {} : { shortNames: kind.shortNames }),
    ...(kind.categories.length === 0 ? {} : { categories: kind.categories }),
    ...(kind.subresources.length === 0
      ? {}
      : {
          subresources: kind.subresources.map(({ name, kind: answers, verbs, ...origin }) => ({
            subresource: name,
            responseKind: { group, version, ...origin, kind: answers },
            verbs,
          })),
        }),
  };
}

/** `/apis/GROUP`, or undefined where it is not served. */
export function group(catalogue: Catalogue, name: string): object | undefined {
  if (name === "" || !catalogue.all().some(kind => kind.group === name)) return undefined;
  return { kind: "APIGroup", apiVersion: "v1", ...groupEntry(catalogue, name) };
}

/** `/api/v1` or `/apis/GROUP/VERSION`, or undefined where it is not served. */
export function resourceList(catalogue: Catalogue, groupName: string, version: string): object | undefined {
  const kinds = catalogue.all().filter(kind => kind.group === groupName && kind.version === version);
  if (kinds.length === 0) return undefined;
  return {
    kind: "APIResourceList",
    ...(groupName === "" ? {} : { apiVersion: "v1" }),
    groupVersion: apiVersionOf({ group: groupName, version }),
    resources: kinds.flatMap(entries).sort((a, b) => (a.name < b.name ? -1 : 1)),
  };
}

function groupEntry(catalogue: Catalogue, name: string) {
  const versions = versionsOf(catalogue, name).map(version => ({ groupVersion: `${name}/${version}`, version }));
  return { name, versions, preferredVersion: versions[0] };
}

/** The versions of a group, the preferred one first: CompareKubeAwareVersionStrings of k8s.io/apimachinery (pkg/version). */
function versionsOf(catalogue: Catalogue, name: string): string[] {
  const versions = [...new Set(catalogue.all().flatMap(kind => (kind.group === name ? [kind.version] : [])))];
  return versions.sort((a, b) => {
    const [x, y] = [stabilityOf(a), stabilityOf(b)];
    const difference = x.map((part, index) => (y[index] ?? 0) - part).find(one => one !== 0);
    return difference ?? (a < b ? -1 : 1);
  });
}

function stabilityOf(version: string): [level: number, major: number, minor: number] {
  const parts = /^v(\d+)(?:(alpha|beta)(\d+))?$/.exec(version);
  if (!parts) return [-1, 0, 0];
  return [{ alpha: 0, beta: 1 }[parts[2] ?? ""] ?? 2, Number(parts[1]), Number(parts[3] ?? 0)];
}

function entries(kind: ServedKind) {
  const { namespaced } = kind;
  return [
    {
      name: kind.plural,
      singularName: kind.singular,
      namespaced,
      kind: kind.kind,
      verbs: kind.verbs,
      ...(kind.shortNames.length === 0 ? {} : { shortNames: kind.shortNames }),
      ...(kind.categories.length === 0 ? {} : { categories: kind.categories }),
    },
    ...kind.subresources.map(({ name, kind: answers, verbs, ...origin }) => ({
      name: `${kind.plural}/${name}`,
      singularName: "",
      namespaced,
      ...origin,
      kind: answers,
      verbs,
    })),
  ];
}
