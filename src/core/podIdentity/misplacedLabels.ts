import { valueAt } from "../changes/change.ts";
import { type Finding, finding } from "../findings/codes.ts";
import { stringsOf } from "../foreignControllers/podPlace.ts";
import { kindKey, podTemplatePath } from "../kubernetes.ts";
import type { Workload } from "../workloads/workloads.ts";
import { bindingLabel } from "./match.ts";

/** What people have written for `aadpodidbinding`, in lower case and without what is no letter. */
const meant = new Set(["aadpodidbinding", "aadpodidbindings", "aadpodidentitybinding", "aadpodbinding"]);

/**
 * The label where MIC and NMI do not look, or in a spelling that they do not know, on a workload whose pods have none that
 * counts: pod identity never worked for it, or works by something else.
 */
export function misplacedLabels({ found, maker, templates }: Workload): Finding[] {
  const { ref, object, location } = found;
  if (maker.by !== "kubernetes" && maker.by !== "foreign") return [];
  if (templates.some(template => Object.hasOwn(template.metadata?.labels ?? {}, bindingLabel))) return [];
  const about = { subject: ref, ...(location ? { at: location } : {}) };
  const findings: Finding[] = [];
  for (const { path, counts } of placesOf(found)) {
    for (const [key, value] of Object.entries(stringsOf(valueAt(object, path)))) {
      const place = path.join(".");
      if (key === bindingLabel && !counts) findings.push(finding("label-in-wrong-place", about, { place, value }));
      else if (key !== bindingLabel && isMeant(key))
        findings.push(finding("label-misspelt", about, { key, place, value }));
    }
  }
  return findings;
}

/** The places that are looked at; `counts` where the label, spelt right, would be the pods'. */
function placesOf({ ref, object }: Workload["found"]): { path: string[]; counts: boolean }[] {
  const isPod = kindKey(ref) === "Pod";
  const template = podTemplatePath(object);
  return [
    { path: ["metadata", "labels"], counts: isPod },
    { path: ["metadata", "annotations"], counts: false },
    ...(kindKey(ref) === "CronJob" ? [{ path: ["spec", "jobTemplate", "metadata", "labels"], counts: false }] : []),
    ...(template === undefined || isPod
      ? []
      : [
          { path: [...template, "metadata", "labels"], counts: true },
          { path: [...template, "metadata", "annotations"], counts: false },
        ]),
  ];
}

function isMeant(key: string): boolean {
  const name = key.slice(key.lastIndexOf("/") + 1);
  // An AzureIdentityBinding's own keys and the annotations of pod identity itself are somebody else's.
  return name.length < 40 && meant.has(name.toLowerCase().replace(/[^a-z]/g, ""));
}
