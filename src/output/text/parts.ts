import type { Plan } from "../../core/documents/plan.ts";
import type { Scan } from "../../core/documents/scan.ts";
import type { Finding, ObjectRef, Source } from "../../core/model.ts";
import { text } from "../escape.ts";
import { explain } from "../messages.ts";
import { type Style, wrap } from "./layout.ts";

/** `Deployment shop/cart`, safe for one line. */
export function objectName({ kind, namespace, name }: Pick<ObjectRef, "kind" | "namespace" | "name">): string {
  return text(`${kind} ${namespace === undefined ? "" : `${namespace}/`}${name}`);
}

/** The last part of a managed identity's resource id, or the client id of an application. */
export function principalName(id: string): string {
  return text(id.split("/").at(-1) ?? id);
}

/** What each source is: for a cluster how pod identity and the webhook are installed. */
export function sourceLines(source: Source, { color }: Style): string[] {
  if (source.type === "files") {
    return [`${color.bold("Files")} ${text(source.path)} (${source.files} files, ${source.documents} documents)`];
  }
  const { podIdentity, webhook, issuer } = source;
  const installed = podIdentity.map(one => {
    const versions = [
      one.nmi === undefined ? "" : `NMI ${one.nmi}`,
      one.mic === undefined ? "" : `MIC ${one.mic}`,
    ].filter(part => part !== "");
    const mode =
      one.mode === "managed" ? "managed mode" : one.namespaced ? "standard mode, namespaced" : "standard mode";
    return text(`${mode}${one.addon ? ", AKS add-on" : ""}, ${[...versions, `namespace ${one.namespace}`].join(", ")}`);
  });
  const webhookText =
    webhook.installed === undefined
      ? "not known (its configuration cannot be listed)"
      : webhook.installed
        ? [
            webhook.version === undefined ? "installed" : `version ${webhook.version}`,
            webhook.ready === undefined ? "" : `${webhook.ready} ready`,
          ]
            .filter(part => part !== "")
            .join(", ")
        : color.red("not installed");
  return [
    `${color.bold("Cluster")} ${text(source.context)} (${text(source.server)})`,
    `  pod identity       ${installed.length === 0 ? "NMI is not installed" : installed.join("; ")}`,
    `  workload identity  webhook ${webhookText}`,
    `  token issuer       ${issuer === undefined ? "not known" : text(issuer)}`,
  ];
}

const marks = { error: "✗", warning: "!", info: "·" } as const;

/** Findings, gravest first, each with its code, its object and what it means. Reasons of the mapping are told with the steps instead. */
export function findingLines(findings: readonly (Scan | Plan)["findings"][number][], style: Style): string[] {
  const { color } = style;
  const paint = { error: color.red, warning: color.yellow, info: color.dim } as const;
  const order = ["error", "warning", "info"] as const;
  return order.flatMap(severity =>
    findings
      .filter(one => one.severity === severity)
      .flatMap(one => {
        const place = [
          one.subject ? objectName(one.subject as ObjectRef) : "",
          one.at ? text(`${one.at.file}:${one.at.line}`) : "",
        ].filter(part => part !== "");
        return [
          `${paint[severity](marks[severity])} ${paint[severity](one.code)} ${place.join(", ")}`,
          ...wrap(explain(one as unknown as Finding), "    ", style),
        ];
      }),
  );
}
