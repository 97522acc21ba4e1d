import type { LabelPlacesFindings } from "../../core/findings/labelPlaces.ts";
import type { Messages } from "./message.ts";

/** What is told of the places where the label aadpodidbinding hides. */
export const labelPlacesMessages: Pick<Messages, keyof LabelPlacesFindings> = {
  "label-in-selector": {
    title: "The label is part of an immutable selector",
    explain: () =>
      "spec.selector.matchLabels has aadpodidbinding, which cannot be changed: the label stays in the template, and its removal means to delete and create the workload anew.",
  },
};
