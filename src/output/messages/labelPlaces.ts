import type { LabelPlacesFindings } from "../../core/findings/labelPlaces.ts";
import { listed, type Messages } from "./message.ts";

/** What is told of the places where the label aadpodidbinding hides. */
export const labelPlacesMessages: Pick<Messages, keyof LabelPlacesFindings> = {
  "label-in-selector": {
    title: "The label is part of the immutable selector",
    explain: () =>
      "spec.selector asks for aadpodidbinding and cannot be changed, so the label stays in the template; nothing of this plan touches it. To be rid of it at the end, delete and create the workload anew (kubectl delete --cascade=orphan keeps its pods running meanwhile).",
  },
  "label-read-by-pods": {
    title: "The template itself reads the label",
    explain: ({ places }) =>
      `${listed(places)} of the template ${places.length === 1 ? "reads" : "read"} aadpodidbinding (spreading, affinity or the Downward API). Nothing of this plan touches the label; change these places before it is taken out at the end.`,
  },
  "label-selected-by-others": {
    title: "Other objects choose the pods by the label",
    explain: ({ objects, more }) =>
      `${listed(more ? [...objects, "others"] : objects)} ${objects.length === 1 ? "chooses" : "choose"} pods by aadpodidbinding, or by its absence: without it, these pods are chosen no longer, or only then. Nothing of this plan touches the label; give ${objects.length === 1 ? "it" : "them"} another selector before it is taken out at the end.`,
  },
};
