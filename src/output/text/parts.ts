import stringWidth from "string-width";
import type { Plan } from "../../core/documents/plan.ts";
import type { Scan } from "../../core/documents/scan.ts";
import { isClusterRef } from "../../core/facts.ts";
import { unreadableCodes } from "../../core/findings/reading.ts";
import type { AzureCluster, Code, Finding, ObjectRef, Source } from "../../core/model.ts";
import { text } from "../escape.ts";
import { explain } from "../messages.ts";
import { count, type Style, wrap } from "./layout.ts";

/** `Deployment shop/cart`, safe for one line. */
export function objectName({ kind, namespace, name }: Pick<ObjectRef, "kind" | "namespace" | "name">): string {
  return text(`${kind} ${namespace === undefined ? "" : `${namespace}/`}${name}`);
}

/** ` in aks-west`, where a document is of several clusters. */
export function inCluster(source: string, { clusters }: Pick<Style, "clusters">): string {
  const context = clusters?.get(source);
  return context === undefined ? "" : ` in ${text(context)}`;
}

/** What the clusters of a document are called, where there are several, or would be if all had been read. */
export function clusterNames(
  sources: readonly Source[],
  findings: readonly { code: string }[] = [],
): Pick<Style, "clusters"> {
  const clusters = sources.flatMap(one => (one.type === "cluster" ? [[one.id, one.context] as const] : []));
  return clusters.length > 1 || isClusterMissing(findings) ? { clusters: new Map(clusters) } : {};
}

/** ` in what could be read`, where something could not be: what is said of everything must not hold for it. */
export function amongRead(findings: readonly { code: string }[]): string {
  if (isClusterMissing(findings)) return " in the clusters that were read";
  return findings.some(({ code }) => unreadableCodes.has(code) || readInPart.has(code)) ? " in what could be read" : "";
}

const readInPart: ReadonlySet<string> = new Set<Code>(["object-incomplete", "template-not-rendered"]);

function isClusterMissing(findings: readonly { code: string }[]): boolean {
  return findings.some(({ code }) => code === "cluster-not-read");
}

/** What each source is: for a cluster how pod identity and the webhook are installed. */
export function sourceLines(source: Source, style: Style): string[] {
  const { color } = style;
  if (source.type === "files") {
    return [
      `${color.bold("Files")} ${text(source.path)} (${count(source.files, "file")}, ${count(source.documents, "document")})`,
    ];
  }
  const { podIdentity, webhook, issuer, issuerFrom, azure } = source;
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
  const labelled = (label: string, value: string) => {
    const [first = "", ...rest] = wrap(value, " ".repeat(21), style);
    return [`  ${label.padEnd(19)}${first.trimStart()}`, ...rest];
  };
  return [
    `${color.bold("Cluster")} ${text(source.context)} (${text(source.server)})`,
    ...labelled("pod identity", installed.length === 0 ? "no NMI found" : installed.join("; ")),
    ...labelled("workload identity", `webhook ${webhookText}`),
    ...labelled(
      "token issuer",
      `${issuer === undefined ? "not known" : text(issuer)}${issuerFrom === "azure" ? " (as Azure says)" : ""}`,
    ),
    ...(azure ? labelled("AKS cluster", azureClusterText(azure)) : []),
  ];
}

const foundBy = { flag: "as named", nodes: "found by its nodes", host: "found by its API server" } as const;

/** Which cluster it is in Azure, how that is known, and what is off or has to be known there. */
export function azureClusterText(azure: AzureCluster): string {
  const said = [
    foundBy[azure.foundBy],
    azure.issuer === undefined ? "OIDC issuer off" : "",
    azure.workloadIdentity ? "" : "workload identity off",
    azure.podIdentityAddon === true ? "pod identity add-on on" : "",
    azure.automatic ? "AKS Automatic" : "",
  ].filter(part => part !== "");
  return `${text(azure.resourceID)} (${said.join(", ")})`;
}

const marks = { error: "✗", warning: "!", info: "·" } as const;

/** Findings that are told: all but notes, and that a cluster has no pod identity at all. */
export function isTold({ severity, code }: (Scan | Plan)["findings"][number]): boolean {
  return severity !== "info" || ["pod-identity-not-installed", "credential-unused"].includes(code);
}

/** Findings, gravest first, each with its code, its objects and what it means; what is told of several objects is told once. */
export function findingLines(findings: readonly (Scan | Plan)["findings"][number][], style: Style): string[] {
  const paint = { error: style.color.red, warning: style.color.yellow, info: style.color.dim } as const;
  const groups = new Map<string, { finding: Finding; places: string[] }>();
  for (const one of findings) {
    const finding = one as unknown as Finding;
    const key = `${finding.code}\n${explain(finding)}`;
    const group = groups.get(key) ?? { finding, places: [] };
    group.places.push(placeOf(finding, style));
    groups.set(key, group);
  }
  const order = ["error", "warning", "info"] as const;
  return order.flatMap(severity =>
    [...groups.values()]
      .filter(({ finding }) => finding.severity === severity)
      .flatMap(({ finding, places }) => {
        const title = `${paint[severity](marks[severity])} ${paint[severity](finding.code)}`;
        const text = wrap(explain(finding), "    ", style);
        const [place = ""] = places;
        const fits = stringWidth(`${finding.code}${place}`) + 3 <= style.columns;
        return places.length === 1 && fits
          ? [place === "" ? title : `${title} ${place}`, ...text]
          : [
              places.length === 1 ? title : `${title} (${places.length})`,
              ...text,
              ...places.map(place => `    - ${place || "the cluster"}`),
            ];
      }),
  );
}

/** A cluster is named where there are several; of one alone all is told. */
function subjectName(subject: ObjectRef, style: Style): string {
  if (!isClusterRef(subject)) return objectName(subject) + inCluster(subject.source, style);
  const context = style.clusters?.get(subject.source);
  return context === undefined ? "" : `cluster ${text(context)}`;
}

function placeOf({ subject, at }: Finding, style: Style): string {
  return [subject ? subjectName(subject, style) : "", at ? text(`${at.file}:${at.line}`) : ""]
    .filter(part => part !== "")
    .join(", ");
}
