import { clusterRef, idByAddress } from "../core/facts.ts";
import { type Finding, finding } from "../core/findings/codes.ts";
import { isRecord } from "../core/kubernetes.ts";
import type { SourceId } from "../core/model.ts";
import { ApiError } from "../core/ports.ts";
import { ConnectionError, commandErrorOf, endsEverything, reasonOf } from "./failure.ts";
import type { Connection } from "./transport.ts";

export interface ClusterIdentity {
  id: SourceId;
  findings: Finding[];
}

/**
 * The uid of the namespace `kube-system`, or where it may not be read the server's URL.
 *
 * @throws CommandError when the server gives no answer to this first request
 */
export async function readIdentity(connection: Connection, signal: AbortSignal): Promise<ClusterIdentity> {
  let reason = "the namespace kube-system has no uid";
  try {
    const path = "/api/v1/namespaces/kube-system";
    const namespace = await connection.request({ method: "GET", path, signal });
    const uid = isRecord(namespace) && isRecord(namespace.metadata) ? namespace.metadata.uid : undefined;
    if (typeof uid === "string" && uid !== "") return { id: uid, findings: [] };
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    if (error instanceof ConnectionError) throw commandErrorOf(error);
    reason = reasonOf(error);
  }
  const id = idByAddress(connection.server);
  return { id, findings: [finding("cluster-identity-unknown", { subject: clusterRef(id) }, { reason })] };
}

/** `gitVersion` of the server; absent where it does not say, since nothing is decided by it. */
export async function readServerVersion(connection: Connection, signal: AbortSignal): Promise<string | undefined> {
  const version = await answerOf(connection, "/version", signal);
  return isRecord(version) && typeof version.gitVersion === "string" ? version.gitVersion : undefined;
}

/** The issuer of the cluster's service account tokens, byte for byte as its discovery document has it. */
export async function readIssuer(
  connection: Connection,
  source: SourceId,
  signal: AbortSignal,
): Promise<{ issuer?: string; findings: Finding[] }> {
  const document = await answerOf(connection, "/.well-known/openid-configuration", signal);
  if (isRecord(document) && typeof document.issuer === "string" && document.issuer !== "") {
    return { issuer: document.issuer, findings: [] };
  }
  const reason = document instanceof ApiError ? reasonOf(document) : "the discovery document names no issuer";
  return { findings: [finding("issuer-not-readable", { subject: clusterRef(source) }, { reason })] };
}

async function answerOf(connection: Connection, path: string, signal: AbortSignal): Promise<unknown | ApiError> {
  try {
    return await connection.request({ method: "GET", path, signal });
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    if (endsEverything(error)) throw commandErrorOf(error);
    return error;
  }
}
