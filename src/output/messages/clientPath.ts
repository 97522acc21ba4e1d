import type { ClientPathFindings } from "../../core/findings/clientPath.ts";
import { text } from "../escape.ts";
import type { Messages } from "./message.ts";

/** What is told of how an application gets its tokens afterwards. */
export const clientPathMessages: Pick<Messages, keyof ClientPathFindings> = {
  "webhook-not-installed": {
    title: "The workload identity webhook is not installed",
    explain: () =>
      "Without the mutating webhook pods get neither token nor variables. Install it with: az aks update --enable-oidc-issuer --enable-workload-identity (clusters outside of AKS: the chart workload-identity-webhook).",
  },
  "webhook-not-checked": {
    title: "The workload identity webhook was not checked",
    explain: ({ reason }) =>
      `Whether the mutating webhook is installed is unknown: ${text(reason)}. Pods that start without it get no token: check with "kubectl get mutatingwebhookconfigurations azure-wi-webhook-mutating-webhook-configuration".`,
  },
  "proxy-on-host-network": {
    title: "No proxy sidecar on the host network",
    explain: () =>
      "The webhook denies pods that have both hostNetwork and the proxy sidecar. Move the application to an Azure SDK that knows workload identity, and plan it with --client-path sdk.",
  },
  "proxy-on-windows": {
    title: "No proxy sidecar on Windows",
    explain: () =>
      "The proxy sidecar exists for Linux only. Move the application to an Azure SDK that knows workload identity, and plan it with --client-path sdk.",
  },
};
