import type { CheckedUsage, Verdict } from "../checks/check.ts";
import { type Finding, finding } from "../findings/codes.ts";
import {
  defaultProxyPort,
  injectProxyAnnotation,
  isProxyPort,
  isTokenExpiration,
  previewProxyAnnotation,
  proxyPortAnnotation,
  tokenExpirationAnnotation,
} from "../workloadIdentity/workloadIdentity.ts";
import { containersOf } from "../workloads/templateContainers.ts";

const skipContainers = "azure.workload.identity/skip-containers";

/** Whether the webhook would put the proxy into pods of this template today: the annotation's value is never read. */
export function asksForProxy({ template }: Pick<CheckedUsage, "template">): boolean {
  return template?.metadata?.annotations?.[injectProxyAnnotation] !== undefined;
}

/**
 * Where the proxy of these pods would listen, with the annotation where that says so: the path proxy writes it as decided, on the
 * path sdk it stays what it is. Undefined where it is no port.
 */
export function proxyPortOf({
  decision,
  template,
}: Pick<CheckedUsage, "decision" | "template">): { port: number; annotation?: string } | undefined {
  if (decision.clientPath === "proxy") return { port: decision.proxyPort };
  const value = template?.metadata?.annotations?.[proxyPortAnnotation];
  if (value === undefined) return { port: defaultProxyPort, annotation: proxyPortAnnotation };
  return isProxyPort(value) ? { port: Number(value), annotation: proxyPortAnnotation } : undefined;
}

/** The webhook's annotations that are there already, for what they will do once the label is there too. */
export function annotationFindings(checked: CheckedUsage): Verdict {
  const { usage, template, decision, facts, account } = checked;
  const about = { subject: usage.workload };
  const annotations = template?.metadata?.annotations ?? {};
  const { source, namespace } = usage.workload;
  const [reasons, blocks]: [Finding[], Finding[]] = [[], []];

  const onAccount =
    account.use === "existing"
      ? facts.objects.find(source, "ServiceAccount", namespace, account.name)?.object.metadata.annotations?.[
          tokenExpirationAnnotation
        ]
      : undefined;
  // An empty one counts as none, and the pod's goes before the account's (webhook.go:getServiceAccountTokenExpiration).
  const [value, where] = annotations[tokenExpirationAnnotation]
    ? [annotations[tokenExpirationAnnotation], "the pod template"]
    : [onAccount ?? "", `ServiceAccount ${account.name}`];
  if (value !== "" && !isTokenExpiration(value))
    blocks.push(finding("token-expiration-invalid", about, { value, where }));

  if (decision.clientPath === "sdk") {
    if (asksForProxy(checked)) {
      const given = annotations[injectProxyAnnotation] ?? "";
      reasons.push(finding("proxy-injected-anyway", about, { value: given }));
      const port = annotations[proxyPortAnnotation];
      if (port !== undefined && proxyPortOf(checked) === undefined)
        blocks.push(finding("proxy-port-invalid", about, { annotation: proxyPortAnnotation, value: port }));
    } else if (annotations[previewProxyAnnotation] !== undefined) {
      reasons.push(finding("proxy-annotation-without-effect", about, { annotation: previewProxyAnnotation }));
    }
  }
  const skipped = (annotations[skipContainers] ?? "").split(";").map(name => name.trim());
  if (decision.clientPath === "proxy" || asksForProxy(checked)) {
    if (skipped.includes("azwi-proxy"))
      blocks.push(finding("every-container-skipped", about, { containers: ["azwi-proxy"] }));
  } else {
    const own = containersOf(template).filter(one => one.list === "containers");
    const without = own.filter(one => skipped.includes(one.name)).map(one => one.name);
    if (without.length > 0 && without.length === own.length)
      blocks.push(finding("every-container-skipped", about, { containers: without }));
    else if (without.length > 0) reasons.push(finding("containers-skipped", about, { containers: without }));
  }
  return { reasons, blocks };
}
