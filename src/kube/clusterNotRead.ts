import { clusterRef, idByAddress } from "../core/facts.ts";
import { type Finding, finding } from "../core/findings/codes.ts";
import { ConnectionError } from "./failure.ts";
import type { Connection } from "./transport.ts";

/** Tells that a cluster was left out, and why. Nobody could ask who it is: it goes by its address. */
export function clusterNotRead({ context, server }: Pick<Connection, "context" | "server">, error: Error): Finding {
  const { message: reason, cause } = error;
  // The other hint is a whole role, which the message leaves to a run for this cluster alone.
  const failure = [error, cause].find(one => one instanceof ConnectionError);
  const hint = failure === undefined ? {} : { hint: failure.hint };
  return finding("cluster-not-read", { subject: clusterRef(idByAddress(server)) }, { context, reason, ...hint });
}
