import { finding } from "../findings/codes.ts";
import { ownerOf } from "../ownership.ts";
import { clientIDAnnotation, isSameClientID } from "../workloadIdentity.ts";
import type { Check } from "./check.ts";

/** What another tool writes is not changed behind its back: the workload's template, and the account that is annotated. */
export const checkOwner: Check = ({ facts, cluster, usage, account, changes }) => {
  if (!cluster) return {};
  const blocks = [];
  const { source, namespace } = usage.workload;
  const found = facts.objects.find(source, "ServiceAccount", namespace, account.name);
  const owner = found && ownerOf(found.object);
  const clientID = found?.object.metadata.annotations?.[clientIDAnnotation];
  if (owner && !isSameClientID(clientID, usage.principals[0]?.clientID))
    blocks.push(finding("object-owned", { subject: found.ref }, { ...owner }));
  if (usage.owner && changes.length > 0)
    blocks.push(finding("object-owned", { subject: usage.workload }, { ...usage.owner }));
  return { blocks };
};
