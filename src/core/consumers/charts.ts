import { nameOf } from "../facts.ts";
import type { Finding } from "../model.ts";
import { ownerOf } from "../owners/ownership.ts";
import { bindingLabel } from "../podIdentity/match.ts";
import { useLabel } from "../workloadIdentity/workloadIdentity.ts";
import { type ChartSetting, verdictOf } from "./chartValues.ts";
import type { ConsumerName, ConsumerUse, ConsumerView } from "./consumer.ts";
import type { Controller } from "./controllers.ts";
import { isRelease, releasesOf } from "./releases.ts";
import { settingsElsewhere } from "./settings.ts";

/** A controller's Helm chart. */
export interface Chart {
  /** Its name in a repository. */
  name: RegExp;
  /** What means pod identity beside the pods' label. */
  settings: readonly ChartSetting[];
  /** The same in words, for values that nobody sees here. */
  before: string;
  after: string;
}

/** A chart that takes pod labels at these places. The old label stays until cleanup. */
export function podLabelsChart(name: RegExp, ...places: readonly string[][]): Chart {
  const lists = places.map(place => place.join(".")).join(", ");
  return {
    name,
    settings: [],
    before: `${bindingLabel} in ${lists}`,
    after: `${useLabel}: "true" in ${lists}, and azure.workload.identity/client-id in the service account's annotations`,
  };
}

/** What a chart's values say: a use where they can be read, a finding where a controller comes from values that cannot. */
export function chartUses(
  consumer: ConsumerName,
  view: ConsumerView,
  controllers: readonly Controller[],
  chart: Chart,
): { uses: ConsumerUse[]; findings: Finding[] } {
  const uses: ConsumerUse[] = [];
  const read = new Set<Controller>();
  const owned = controllers.map(one => ({ one, owner: ownerOf(view.facts, one.ref, one.found.object) }));
  for (const { found, values } of releasesOf(view)) {
    const object = nameOf(found.ref);
    const mine = owned
      .filter(({ one, owner }) => releaseOf(one) === object || isRelease(owner, found.ref))
      .map(({ one }) => one);
    const its = mine.length > 0 ? values : values.filter(one => chart.name.test(one.chart));
    const verdict = verdictOf(its, chart.settings);
    if (!verdict) continue;
    for (const one of mine) read.add(one);
    uses.push({ consumer, object: found, ...verdict, askedBy: mine.map(one => one.ref) });
  }
  const { before, after } = chart;
  const findings = controllers.flatMap(controller => {
    const object = controller.usesPodIdentity ? releaseOf(controller) : undefined;
    if (object === undefined || read.has(controller)) return [];
    return [settingsElsewhere(consumer, controller, { object, before, after })];
  });
  return { uses, findings };
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
