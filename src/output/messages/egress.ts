import type { EgressFindings } from "../../core/findings/egress.ts";
import { text } from "../escape.ts";
import { listed, type Messages } from "./message.ts";

/** What is told of whether pods reach what gives out tokens. */
export const egressMessages: Pick<Messages, keyof EgressFindings> = {
  "egress-unproven": {
    title: "The pods may not reach what gives out tokens",
    explain: ({ policies, missing, host }) =>
      `${listed(policies)} ${policies.length === 1 ? "restricts" : "restrict"} the pods' egress, and nothing there provably allows ${listed(missing)}. Pod identity needed only 169.254.169.254; with workload identity the pods ask ${text(host)} themselves, so they are not switched before that is settled. Allow it, let a pod like theirs try it (--probe-pods), or say in the config file that they reach it: egress: accepted.`,
  },
  "egress-to-be-probed": {
    title: "A pod like the workload's is to show that it reaches what gives out tokens",
    explain: ({ policies, missing, kinds, host }) => {
      const unproven = policies.length > 0 ? [`nothing in ${listed(policies)} provably allows ${listed(missing)}`] : [];
      const unread = kinds.length > 0 ? [`${listed(kinds)} objects cannot be listed`] : [];
      return `Whether the pods reach ${text(host)} on port 443 is not known: ${[...unproven, ...unread].join("; ")}. Before the switch a pod with their labels, nodes and account exchanges a token; only if it does are they switched.`;
    },
  },
  "egress-accepted": {
    title: "The pods' egress was accepted unproven",
    explain: ({ host, policies }) =>
      `The config file says that the pods reach ${text(host)} on port 443, whatever ${policies.length === 0 ? "could not be read" : listed(policies)} may say.`,
  },
  "egress-allowed": {
    title: "Policies let the pods reach what gives out tokens",
    explain: ({ host, policies }) =>
      `${listed(policies)} ${policies.length === 1 ? "restricts" : "restrict"} the pods' egress and ${policies.length === 1 ? "allows" : "allow"} ${text(host)} on port 443 and a name server on port 53.`,
  },
  "egress-rerouted": {
    title: "The pods' egress takes a detour",
    explain: ({ through, host }) =>
      `Egress of the pods goes through ${listed(through)}. What stands there must let ${text(host)} through on port 443, which pod identity did not need; that cannot be seen from here.`,
  },
  "egress-through-proxy": {
    title: "Requests go through an HTTP proxy",
    explain: ({ places, leavesOut, host, path }) =>
      path === "sdk"
        ? `The containers send requests through a proxy (${listed(places)}), which must let ${text(host)} through on port 443. NO_PROXY leaves out ${listed(leavesOut)}.`
        : `The containers send requests through a proxy (${listed(places)}), which the sidecar does not know: it asks ${text(host)} directly. NO_PROXY must name 169.254.169.254, or requests never get to the sidecar; it leaves out ${listed(leavesOut)}.`,
  },
  "egress-not-checked": {
    title: "Policies on egress could not be read",
    explain: ({ kinds, host }) =>
      `${listed(kinds)} objects cannot be listed, so whether the pods reach ${text(host)} on port 443 is unknown. Plan again with the right to list them, or say in the config file that they do: egress: accepted.`,
  },
};
