import { isEqual } from "../changes/change.ts";
import { nameOf } from "../facts.ts";
import type { ReadKind } from "../kinds.ts";
import { type Json, kindKey } from "../kubernetes.ts";
import type { Change, Finding, FoundObject } from "../model.ts";
import type { ConsumerName, ConsumerUse, ConsumerView } from "./consumer.ts";
import type { Controller } from "./controllers.ts";
import { partOf, textOf } from "./read.ts";
import { settingsElsewhere } from "./settings.ts";

/** Flux's releases show the values of a chart, where they are not in Secrets and ConfigMaps. */
export const helmReleaseKind: ReadKind = {
  group: "helm.toolkit.fluxcd.io",
  kind: "HelmRelease",
  plural: "helmreleases",
  namespaced: true,
};

const helmReleases = kindKey({ apiVersion: `${helmReleaseKind.group}/v2`, kind: helmReleaseKind.kind });

/** Values of a chart that mean pod identity, and what they become. */
export interface ChartSetting {
  path: readonly string[];
  /** Absent: any text that stands there. */
  is?: Json;
  becomes: readonly { path: readonly string[]; value?: Json }[];
}

/** A controller's Helm chart. */
export interface Chart {
  /** Its name in a repository. */
  name: RegExp;
  settings: readonly ChartSetting[];
  /** The same in words, for values that nobody sees here. */
  before: string;
  after: string;
}

/** A chart that takes pod labels at these places. The old label stays until cleanup. */
export function podLabelsChart(name: RegExp, ...places: readonly string[][]): Chart {
  const use = "azure.workload.identity/use";
  const lists = places.map(place => place.join(".")).join(", ");
  return {
    name,
    settings: places.map(place => ({
      path: [...place, "aadpodidbinding"],
      becomes: [{ path: [...place, use], value: "true" }],
    })),
    before: `aadpodidbinding in ${lists}`,
    after: `${use}: "true" in ${lists}, and azure.workload.identity/client-id in the service account's annotations`,
  };
}

/** What a chart's values say: a use where they can be read, a finding where a controller comes from values that cannot. */
export function chartUses(
  consumer: ConsumerName,
  { facts, source }: ConsumerView,
  controllers: readonly Controller[],
  chart: Chart,
): { uses: ConsumerUse[]; findings: Finding[] } {
  const uses: ConsumerUse[] = [];
  const read = new Set<string>();
  for (const release of facts.objects.ofKind(source, helmReleases)) {
    const object = nameOf(release.ref);
    const mine = controllers.filter(one => releaseOf(one) === object);
    const name = textOf(release.object, "spec", "chart", "spec", "chart") ?? "";
    if (mine.length === 0 && !chart.name.test(name)) continue;
    const changes = changesOf(release, chart);
    if (!changes) continue;
    read.add(object);
    const state = changes.length > 0 ? "legacy" : "migrated";
    uses.push({ consumer, object: release, state, askedBy: mine.map(one => one.ref), changes });
  }
  const { before, after } = chart;
  const findings = controllers.flatMap(controller => {
    const object = controller.usesPodIdentity ? releaseOf(controller) : undefined;
    if (object === undefined || read.has(object)) return [];
    return [settingsElsewhere(consumer, controller, { object, before, after })];
  });
  return { uses, findings };
}

/** What the values in a release lack; undefined where none of them means pod identity. */
function changesOf({ object }: FoundObject, chart: Chart): Change[] | undefined {
  const legacy = chart.settings.filter(({ path, is }) => {
    const value = partOf(object, "spec", "values", ...path);
    return is === undefined ? typeof value === "string" && value !== "" : isEqual(value, is);
  });
  if (legacy.length === 0) return undefined;
  return legacy.flatMap(({ becomes }) =>
    becomes.flatMap(({ path, value }) => {
      const full = ["spec", "values", ...path];
      const before = partOf(object, ...full) as Json | undefined;
      if (isEqual(before, value)) return [];
      return [
        { path: full, ...(before === undefined ? {} : { before }), ...(value === undefined ? {} : { after: value }) },
      ];
    }),
  );
}

/** The release that renders a controller: Flux's object, or Helm's own by its name. Undefined where no chart made it. */
function releaseOf({ found }: Controller): string | undefined {
  const { labels = {}, annotations = {}, namespace = "default" } = found.object.metadata;
  const flux = labels["helm.toolkit.fluxcd.io/name"];
  if (flux !== undefined) return `HelmRelease ${labels["helm.toolkit.fluxcd.io/namespace"] ?? namespace}/${flux}`;
  const release = annotations["meta.helm.sh/release-name"];
  if (release !== undefined)
    return `Helm release ${annotations["meta.helm.sh/release-namespace"] ?? namespace}/${release}`;
  const isChart =
    labels["helm.sh/chart"] !== undefined ||
    labels["app.kubernetes.io/managed-by"] === "Helm" ||
    labels.heritage === "Helm";
  const instance = labels["app.kubernetes.io/instance"] ?? labels.release;
  return isChart && instance !== undefined ? `Helm release ${namespace}/${instance}` : undefined;
}
