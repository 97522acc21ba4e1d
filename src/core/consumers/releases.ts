import type { ReadKind } from "../kinds.ts";
import { isRecord } from "../kubernetes.ts";
import type { Change, FoundObject, ObjectRef, Owner, SourceId } from "../model.ts";
import { perFacts } from "../perFacts.ts";
import type { ConsumerView } from "./consumer.ts";
import { partOf, recordsOf, textOf } from "./read.ts";

const flux = "helm.toolkit.fluxcd.io";
const argocd = "argoproj.io";

/** Objects that show the values of a chart, where these are not in Secrets, ConfigMaps and files. */
export const releaseKinds: readonly ReadKind[] = [
  { group: flux, kind: "HelmRelease", plural: "helmreleases", namespaced: true },
  {
    group: argocd,
    kind: "Application",
    plural: "applications",
    namespaced: true,
    fields: ["spec.source", "spec.sources"],
  },
];

/** The values of one chart. */
export interface ReleaseValues {
  /** The last part of its name or path. */
  chart: string;
  /** A map, or YAML as text. */
  values: unknown;
  /** Where they stand; absent where no single value of them can be named. */
  path?: Change["path"];
}

export interface Release {
  found: FoundObject;
  values: ReleaseValues[];
}

/** The releases of a source, by what they show of their values. */
export function releasesOf({ facts, source }: Pick<ConsumerView, "facts" | "source">): readonly Release[] {
  return releasesBySource(facts).get(source) ?? [];
}

const releasesBySource = perFacts(
  facts =>
    new Map<SourceId, readonly Release[]>(
      facts.sources.map(({ id }) => [
        id,
        [
          ...facts.objects
            .ofKind(id, `HelmRelease.${flux}`)
            .map(found => ({ found, values: fluxValues(found.object) })),
          ...facts.objects
            .ofKind(id, `Application.${argocd}`)
            .map(found => ({ found, values: argocdValues(found.object) })),
        ],
      ]),
    ),
);

/** Whether that owner of an object is this release; Argo CD may leave open in which namespace its own object is. */
export function isRelease(owner: Owner | undefined, release: ObjectRef): boolean {
  return (
    owner?.kind === release.kind &&
    owner.name === release.name &&
    (owner.namespace === undefined || owner.namespace === release.namespace)
  );
}

/** fluxcd/helm-controller, docs/spec/v2/helmreleases.md */
function fluxValues(object: unknown): ReleaseValues[] {
  const chart = textOf(object, "spec", "chart", "spec", "chart") ?? textOf(object, "spec", "chartRef", "name");
  return [{ chart: lastPart(chart), values: partOf(object, "spec", "values"), path: ["spec", "values"] }];
}

/** argoproj/argo-cd, pkg/apis/application/v1alpha1/types.go: ApplicationSourceHelm */
function argocdValues(object: unknown): ReleaseValues[] {
  const one = partOf(object, "spec", "source");
  const sources = [
    ...(isRecord(one) ? [{ of: one, path: ["spec", "source"] as Change["path"] }] : []),
    ...recordsOf(object, "spec", "sources").map(of => ({ of, path: ["spec", "sources", { match: textsOf(of) }] })),
  ];
  return sources.flatMap(({ of, path }) => {
    const chart = lastPart(textOf(of, "chart") ?? textOf(of, "path"));
    return [
      { chart, values: partOf(of, "helm", "valuesObject"), path: [...path, "helm", "valuesObject"] },
      { chart, values: partOf(of, "helm", "values") },
      { chart, values: ofParameters(recordsOf(of, "helm", "parameters")) },
    ];
  });
}

/** What tells one source from another. */
function textsOf(source: unknown): Record<string, string> {
  const keys = ["repoURL", "chart", "path"].map(key => [key, textOf(source, key)] as const);
  return Object.fromEntries(keys.filter((entry): entry is [string, string] => entry[1] !== undefined));
}

/** `podLabels.aadpodidbinding` as Helm's `--set` has it: parameters as the text of one line each. */
function ofParameters(parameters: readonly Record<string, unknown>[]): string {
  return parameters.map(one => `${textOf(one, "name")?.replaceAll("\\.", ".")}: ${textOf(one, "value")}`).join("\n");
}

/** Charts out of a GitRepository are named by their folder. */
function lastPart(chart = ""): string {
  return chart.replace(/\/+$/, "").split("/").at(-1) ?? "";
}
