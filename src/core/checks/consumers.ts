import { changedFields } from "../consumers/changedFields.ts";
import { isCovered } from "../decisions.ts";
import { nameOf } from "../facts.ts";
import { type Finding, finding } from "../findings/codes.ts";
import { isVersionAtLeast } from "../versions.ts";
import type { Check } from "./check.ts";

/**
 * Objects and settings through which these pods use pod identity: each is changed, or said to be seen to, before they are
 * switched, so that nobody is left behind unseen.
 */
export const checkConsumers: Check = ({ usage, account, decision, changes, awaited }) => {
  if (changes.length === 0) return {};
  const about = { subject: usage.workload };
  const blocks: Finding[] = [];
  const notChecked: Finding[] = [];
  const serviceAccount = `${usage.workload.namespace ?? "default"}:${account.name}`;
  for (const {
    consumer,
    object,
    state,
    follows,
    version,
    needsVersion,
    usedBy = [],
    changes: fields,
  } of awaited.uses) {
    const name = nameOf(object.ref);
    if (state === "migrated" || isCovered(decision, name)) continue;
    if (needsVersion !== undefined) {
      const needed = { consumer, object: name, needed: needsVersion };
      const isEnough = isVersionAtLeast(version, needsVersion);
      if (version === undefined || isEnough === undefined)
        notChecked.push(finding("consumer-version-not-checked", about, { ...needed, version: version ?? "" }));
      else if (!isEnough) blocks.push(finding("consumer-too-old", about, { ...needed, version }));
    }
    if (follows === "pods") continue;
    const args = { consumer, object: name, fields: changedFields(fields), usedBy: usedBy.map(nameOf), serviceAccount };
    blocks.push(finding("consumer-not-migrated", about, args));
  }
  for (const one of awaited.elsewhere) if (!isCovered(decision, one.args.object)) blocks.push(one);
  const kinds = [...new Set(awaited.unread)].sort();
  if (kinds.length > 0) notChecked.push(finding("consumers-not-checked", about, { kinds }));
  return { blocks, notChecked };
};
