import { isEqual } from "../changes/change.ts";
import type { Change } from "../model.ts";
import {
  bindingAnnotation,
  clientIDAnnotation,
  injectProxyAnnotation,
  previewProxyAnnotation,
  proxyPortAnnotation,
  tenantIDAnnotation,
  useLabel,
} from "../workloadIdentity/workloadIdentity.ts";

/** Where pod templates are; a CronJob's first, since it begins alike. */
const templatePlaces: readonly (readonly string[])[] = [
  ["spec", "jobTemplate", "spec", "template"],
  ["spec", "template"],
];

const inTemplate: readonly (readonly string[])[] = [
  ["metadata", "labels", useLabel],
  ["metadata", "labels", "aadpodidbinding"],
  ["metadata", "annotations", injectProxyAnnotation],
  ["metadata", "annotations", proxyPortAnnotation],
  ["metadata", "annotations", previewProxyAnnotation],
  ["spec", "serviceAccountName"],
  ["metadata", "annotations", bindingAnnotation],
];

/** The alias follows the field that the owner sets, and the other way round, although `managedFields` may name one of them alone. */
const aliases: readonly (readonly [alias: readonly string[], field: readonly string[]])[] = [
  [
    ["spec", "serviceAccount"],
    ["spec", "serviceAccountName"],
  ],
];

const inObject: readonly (readonly string[])[] = [
  ["metadata", "labels", useLabel],
  ["metadata", "annotations", clientIDAnnotation],
  ["metadata", "annotations", tenantIDAnnotation],
  ["automountServiceAccountToken"],
  ["imagePullSecrets"],
  ["subjects"],
];

/**
 * The fields that steps change, of which collectors keep who manages them: `managedFields` name every field of an object, which is
 * more than the object itself. Their order is their number in what is kept; at most 31.
 */
export const watchedFields: readonly { name: string; paths: readonly (readonly string[])[] }[] = [
  ...inTemplate.map(path => ({
    name: nameOfField(["template", ...path]),
    paths: [path, ...aliases.filter(([, field]) => isEqual(field, path)).map(([alias]) => alias)].flatMap(one =>
      templatePlaces.map(place => [...place, ...one]),
    ),
  })),
  ...inObject.map(path => ({ name: nameOfField(path), paths: [path] })),
];

const names = new Set(watchedFields.map(field => field.name));

/** The watched field that a change is of, wherever the template is; undefined where nobody keeps who manages it. */
export function watchedFieldOf(path: Change["path"]): string | undefined {
  const place = templatePlaces.find(one => one.every((key, index) => path[index] === key));
  const inPlace = place && path.slice(place.length);
  const name = nameOfField(
    inPlace ? ["template", ...(aliases.find(([alias]) => isEqual(alias, inPlace))?.[1] ?? inPlace)] : path,
  );
  return names.has(name) ? name : undefined;
}

/** `spec.template.metadata.labels[azure.workload.identity/use]`. Of a list only the whole: its items have owners of their own. */
export function nameOfField(path: readonly Change["path"][number][]): string {
  let name = "";
  for (const part of path) {
    if (typeof part !== "string") break;
    name += /^\w+$/.test(part) ? `${name === "" ? "" : "."}${part}` : `[${part}]`;
  }
  return name;
}
