import type { Plan } from "../core/documents/plan.ts";
import { CommandError } from "../core/errors.ts";
import type { MappingFlags } from "./io.ts";

/** A saved plan carries its own decisions: a flag that would decide otherwise must not pass for one that does. */
export function refuseDecisions(flags: MappingFlags, { decisions }: Plan): void {
  const { podIdentityMode, audience } = flags;
  const isLive = decisions.live || Object.values(decisions.workloads ?? {}).some(one => one.live);
  const given = [
    ...(flags.config === undefined ? [] : ["--config"]),
    ...(flags.namespace === undefined ? [] : ["--namespace"]),
    ...(flags.allNamespaces === undefined ? [] : ["--all-namespaces"]),
    ...(flags.selector === undefined ? [] : ["--selector"]),
    ...(podIdentityMode === undefined || podIdentityMode === decisions.podIdentityMode ? [] : ["--pod-identity-mode"]),
    ...(audience === undefined || audience === decisions.audience ? [] : ["--audience"]),
    ...(flags.serviceAccount === undefined ? [] : ["--service-account"]),
    ...(flags.clientPath === undefined ? [] : ["--client-path"]),
    ...(flags.proxyPort === undefined ? [] : ["--proxy-port"]),
    ...(flags.trust === undefined ? [] : ["--trust"]),
    ...(flags.live && !isLive ? ["--live"] : []),
  ];
  if (given.length === 0) return;
  throw new CommandError(`A saved plan carries its own decisions; ${given.join(", ")} would change nothing`, {
    hint: "Plan again with these flags, or leave them out.",
  });
}
