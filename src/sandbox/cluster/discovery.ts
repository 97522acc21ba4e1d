import { apiVersionOf, type Catalogue } from "./catalogue.ts";
import type { ServedKind } from "./kinds.ts";

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
  const versions = [...new Set(catalogue.all().flatMap(kind => (kind.group === name ? [kind.version] : [])))].map(
    version => ({ groupVersion: `${name}/${version}`, version }),
  );
  return { name, versions, preferredVersion: versions[0] };
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
