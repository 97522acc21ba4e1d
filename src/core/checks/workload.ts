import type { Finding } from "../findings/codes.ts";
import { finding } from "../findings/codes.ts";
import { rollsByHand } from "../template.ts";
import { clientIDsOf, isSameClientID } from "../workloadIdentity.ts";
import type { Check } from "./check.ts";

/** How this kind of workload takes a change of its template. */
export const checkWorkload: Check = ({ usage, workload, template, changes }) => {
  if (changes.length === 0) return {};
  const about = { subject: usage.workload };
  const reasons: Finding[] = [];
  const blocks: Finding[] = [];
  const expected = usage.principals[0]?.clientID ?? "";
  // The webhook leaves a variable alone that the template sets: the pods would stay somebody else.
  const other = clientIDsOf({ spec: template?.spec }).find(id => !isSameClientID(id, expected));
  if (other !== undefined) blocks.push(finding("client-id-in-template", about, { clientID: other, expected }));
  const { kind } = usage.workload;
  if (kind === "Job") reasons.push(finding("job-immutable", about, {}));
  if (kind === "Pod") reasons.push(finding("pod-not-managed", about, {}));
  if (kind === "Deployment" && workload.spec?.paused === true) blocks.push(finding("rollout-paused", about, {}));
  if (rollsByHand(workload)) reasons.push(finding("pods-do-not-roll", about, { kind }));
  return { reasons, blocks };
};
