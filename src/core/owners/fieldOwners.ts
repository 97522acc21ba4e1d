import type { OwnedFields } from "../findings/ownership.ts";
import type { KubernetesObject } from "../kubernetes.ts";
import type { Change, Owner } from "../model.ts";
import { isManagerOf, toolOf } from "./managers.ts";
import { nameOfField, watchedFieldOf } from "./watchedFields.ts";

/**
 * What becomes of each change that is made in the cluster, by whom the server says that it manages the field: what the owner sets it
 * puts back, what it does not set it leaves (three-way merges and server-side apply alike).
 */
export function ownedFields(object: KubernetesObject, owner: Owner, changes: readonly Change[]): OwnedFields {
  const { managers = [], fieldManagers } = object.metadata;
  const fields: OwnedFields = { ...owner, sets: [], adds: [], unclear: [] };
  const isSeen = fieldManagers !== undefined && managers.some(manager => isManagerOf(owner, manager));
  for (const { path, before } of changes) {
    const watched = watchedFieldOf(path);
    const setters = (fieldManagers ?? []).filter(one => watched !== undefined && one.fields.includes(watched));
    const isSet = setters.some(({ manager }) => isManagerOf(owner, manager));
    // Terraform's resources hold all labels and annotations, and take out what is not theirs; operators often write a whole template.
    const leavesTheRest = owner.tool !== "terraform" && owner.tool !== "operator";
    // A list that an owner sets it sets whole: that the item is not there yet says nothing.
    const isNew = before === undefined && path.every(part => typeof part === "string");
    const isAdded = leavesTheRest && (isNew || (isSeen && watched !== undefined));
    (isSet ? fields.sets : isAdded ? fields.adds : fields.unclear).push(nameOfField(path));
  }
  return fields;
}

/**
 * Who set the values that are changed last, where that is neither a tool that owns objects nor a controller: people with kubectl, a
 * script. A manifest that is applied again brings its values back.
 */
export function setByHand(
  object: KubernetesObject,
  changes: readonly Change[],
): { manager: string; fields: string[] }[] {
  const byManager = new Map<string, string[]>();
  for (const { path, before } of changes) {
    const watched = watchedFieldOf(path);
    if (before === undefined || watched === undefined) continue;
    const manager = object.metadata.fieldManagers?.findLast(one => one.fields.includes(watched))?.manager;
    if (manager === undefined || manager === "azwi-migrate" || toolOf(manager) !== undefined) continue;
    byManager.set(manager, [...(byManager.get(manager) ?? []), nameOfField(path)]);
  }
  return [...byManager].map(([manager, fields]) => ({ manager, fields }));
}
