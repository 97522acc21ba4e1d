import { proxyAdmission } from "../clientPath/admission.ts";
import { annotationFindings, asksForProxy } from "../clientPath/annotations.ts";
import { proxyLeftInTemplate, proxyRefusals } from "../clientPath/proxyRefusals.ts";
import { variableFindings } from "../clientPath/variables.ts";
import { decisionKey } from "../decisions.ts";
import { finding } from "../findings/codes.ts";
import { ownMetadataCalls, sdkReadiness } from "../workloadIdentity/sdkReadiness.ts";
import { containersOf } from "../workloads/templateContainers.ts";
import { type Check, type CheckedUsage, joinedVerdicts, type Verdict } from "./check.ts";

/** Where the chosen client path cannot work, and what shows which one could. */
export const checkClientPath: Check = checked => {
  if (checked.changes.length === 0) return {};
  const isProxied = checked.decision.clientPath === "proxy" || asksForProxy(checked);
  return joinedVerdicts(
    annotationFindings(checked),
    variableFindings(checked),
    ...(isProxied
      ? [proxyRefusals(checked), proxyAdmission(checked)]
      : [{ reasons: proxyLeftInTemplate(checked) }, ownCalls(checked)]),
    hint(checked),
  );
};

function hint({ usage, template }: CheckedUsage): Verdict {
  const readiness = sdkReadiness(template);
  if (readiness.evidence.length === 0) return {};
  return { reasons: [finding("sdk-readiness", { subject: usage.workload }, readiness)] };
}

/** What an SDK does not answer: only the proxy does. */
function ownCalls({ usage, template }: CheckedUsage): Verdict {
  const places = ownMetadataCalls(containersOf(template).filter(({ name }) => !name.startsWith("azwi-proxy")));
  if (places.length === 0) return {};
  const args = { places, workload: decisionKey(usage) };
  return { reasons: [finding("metadata-calls-on-sdk-path", { subject: usage.workload }, args)] };
}
