import { workloadKey } from "../accounts/accountNames.ts";
import { nameOf } from "../facts.ts";
import type { Finding } from "../findings/codes.ts";
import { finding } from "../findings/codes.ts";
import { changeText } from "../foreignControllers/podPlace.ts";
import { kindKey } from "../kubernetes.ts";
import type { Usage } from "../model.ts";
import { serviceAccountStep } from "../steps/accountStep.ts";
import { serviceAccountSubject } from "../trust/trusts.ts";
import { clientIDsOf, isSameClientID } from "../workloadIdentity/workloadIdentity.ts";
import { rollsByHand } from "../workloads/template.ts";
import { labelFindings } from "../workloads/usedTemplate.ts";
import { hasNoReplicas, isStaticPod, isSuspended, partitionOf } from "../workloads/workloadStates.ts";
import { workloadOf } from "../workloads/workloads.ts";
import type { Check, CheckedUsage, Verdict } from "./check.ts";

/** How this kind of workload takes a change of its template. */
export const checkWorkload: Check = checked => {
  const { usage, workload, template, changes } = checked;
  if (changes.length === 0) return restartOf(checked);
  const about = { subject: usage.workload };
  const reasons: Finding[] = [];
  const blocks: Finding[] = [];
  const expected = usage.principals[0]?.clientID ?? "";
  // The webhook leaves a variable alone that the template sets: the pods would stay somebody else.
  const other = clientIDsOf({ spec: template?.spec }).find(id => expected !== "" && !isSameClientID(id, expected));
  if (other !== undefined) blocks.push(finding("client-id-in-template", about, { clientID: other, expected }));
  const labels = labelsOf(checked);
  blocks.push(...labels.filter(one => one.code === "label-differs-on-pods"));
  reasons.push(...labels.filter(one => one.code !== "label-differs-on-pods"));
  const elsewhere = changedElsewhere(checked);
  if (elsewhere) return { ...elsewhere, reasons, blocks: [...blocks, ...(elsewhere.blocks ?? [])] };

  const { kind } = usage.workload;
  if (isStaticPod(workload)) return { reasons, blocks: [...blocks, finding("static-pod", about, {})] };
  if (kind === "Job") reasons.push(finding("job-immutable", about, {}));
  if (kind === "Pod") reasons.push(finding("pod-not-managed", about, {}));
  if (isSuspended(workload)) reasons.push(finding("workload-suspended", about, { kind }));
  if (hasNoReplicas(workload)) reasons.push(finding("no-replicas", about, { kind }));
  const partition = partitionOf(workload);
  if (partition > 0) reasons.push(finding("rollout-partitioned", about, { partition }));
  if (kind === "Deployment" && workload.spec?.paused === true) blocks.push(finding("rollout-paused", about, {}));
  if (rollsByHand(workload)) reasons.push(finding("pods-do-not-roll", about, { kind }));
  return { reasons, blocks };
};

/** What its account says from now on, pods that the webhook has changed already do not hear of. */
function restartOf({ facts, decisions, usage, account }: CheckedUsage): Verdict {
  if (usage.pods === 0) return {};
  if (serviceAccountStep(facts, usage, account.name, decisions).steps.length === 0) return {};
  const { kind, namespace = "default", name: workload } = usage.workload;
  const args = { serviceAccount: account.name, kind, namespace, name: workload };
  return { reasons: [finding("pods-need-restart", { subject: usage.workload }, args)] };
}

/** What was told of the usage, told again of what it becomes: the pods are looked at once more only where there was something. */
function labelsOf({ facts, usage }: CheckedUsage): Finding[] {
  const isTold = usage.findings.some(code => code === "label-differs-on-pods" || code === "label-missing-on-pods");
  const workload = isTold ? workloadOf(facts, usage.workload) : undefined;
  return workload ? labelFindings(facts, workload, usage.state) : [];
}

function newAccountOf(usage: Usage, name: string) {
  const isDedicated = name !== usage.serviceAccount;
  return { createdFor: workloadKey(usage), ...(isDedicated ? { insteadOf: usage.serviceAccount } : {}) };
}

/** What the tool does not change itself, with what people have to write; undefined where it does. */
function changedElsewhere({ facts, usage, account, changes }: CheckedUsage): Verdict | undefined {
  const workload = workloadOf(facts, usage.workload);
  if (!workload || workload.maker.by === "kubernetes") return undefined;
  const { maker, found, chain } = workload;
  const about = { subject: usage.workload };
  const controller = nameOf({ ...found.ref, kind: kindKey(found.ref) });
  const fields = changes.map(changeText);
  const wanted = {
    serviceAccount: account.name,
    clientID: usage.principals[0]?.clientID ?? "",
    subject: serviceAccountSubject(usage.workload.namespace ?? "default", account.name),
    ...(account.use === "existing" ? {} : { creates: newAccountOf(usage, account.name) }),
  };
  switch (maker.by) {
    case "foreign":
      return {
        blocks: [
          finding("foreign-controller", about, {
            ...wanted,
            in: maker.holder ? nameOf(maker.holder) : controller,
            chain: [controller, ...chain.slice(1)],
            fields: [...fields, ...(maker.controller.elsewhere?.(account.name) ?? [])],
            runsOnce: maker.controller.run !== undefined,
          }),
        ],
      };
    case "unknown":
      return {
        blocks: [
          finding("unknown-controller", about, {
            ...wanted,
            controller,
            chain: [controller, ...chain.slice(1)],
            fields,
          }),
        ],
      };
    case "program":
      return {
        blocks: [
          finding("pods-made-by-program", about, {
            ...wanted,
            program: maker.program.name,
            fields: [...maker.program.fields(account.name)],
          }),
        ],
      };
    case "unread":
      return { notChecked: [finding("controller-not-checked", about, { controller, kind: found.ref.kind })] };
  }
}
