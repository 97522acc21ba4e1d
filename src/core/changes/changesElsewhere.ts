import type { Facts } from "../facts.ts";
import { accountIn, type PodPlace, templateAt, templateIn } from "../foreignControllers/podPlace.ts";
import { podTemplatePath } from "../kubernetes.ts";
import type { Change } from "../model.ts";
import { bindingLabel } from "../podIdentity/match.ts";
import { type TemplateTarget, wantedMetadata } from "../workloads/templateTarget.ts";
import { templateInUse } from "../workloads/usedTemplate.ts";
import type { Workload } from "../workloads/workloads.ts";
import { valueAt } from "./change.ts";

/**
 * What has to be changed of a workload that the tool does not change itself: in the fields of a foreign controller's object, or,
 * where those are not known, of the pods that somebody makes. Empty where nothing is lacking.
 */
export function changesElsewhere(facts: Facts, workload: Workload, target: TemplateTarget): Change[] {
  const { object, places } = placesOf(facts, workload);
  const labelled = places.filter(place => bindingLabel in (templateIn(object, place)?.metadata?.labels ?? {}));
  // Where no place has the label, somebody gives it to the pods: any of the places may be theirs.
  const concerned = labelled.length > 0 ? labelled : places;
  const changes = concerned.flatMap(place => placeChanges(object, place, target));
  return [...new Map(changes.map(change => [JSON.stringify(change.path), change])).values()];
}

function placesOf(facts: Facts, workload: Workload): { object: object; places: readonly PodPlace[] } {
  const { found, maker } = workload;
  if (maker.by === "unread")
    return { object: found.object, places: [templateAt(...(podTemplatePath(found.ref) ?? []))] };
  if (maker.by !== "foreign") return { object: templateInUse(workload) ?? {}, places: [templateAt()] };
  const held = maker.holder && facts.objects.get(maker.holder);
  return held
    ? { object: held, places: [templateAt(...(podTemplatePath(held) ?? []))] }
    : { object: found.object, places: maker.places };
}

function placeChanges(object: object, place: PodPlace, target: TemplateTarget): Change[] {
  const change = (path: Change["path"], after: string): Change[] => {
    const before = valueAt(object, path);
    return before === after ? [] : [{ path, ...(before === undefined ? {} : { before }), after }];
  };
  const own = accountIn(object, place);
  const metadata = place.inherits
    ? []
    : wantedMetadata(target).flatMap(({ map, key, after }) => {
        const path = map === "labels" ? place.labels : place.annotations;
        return path ? change([...path, key], after) : [];
      });
  const inherited = place.inherits ? accountIn(object, place.inherits) : undefined;
  // A place that names no account of its own follows the whole.
  const isSettled = place.inherits !== undefined && own === undefined;
  const account = isSettled || (own ?? inherited ?? "default") === target.serviceAccount ? [] : place.serviceAccount;
  return [...metadata, ...account.flatMap(path => change(path, target.serviceAccount))];
}
