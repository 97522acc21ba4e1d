import { isRestError, type PipelineResponse } from "@azure/core-rest-pipeline";
import { isRecord } from "../core/kubernetes.ts";
import { ApiError } from "../core/ports.ts";
import { explainConnectionFailure } from "./connectionFailure.ts";
import { redact } from "./redact.ts";
import { AzureSignInError } from "./signInError.ts";

export type AzureErrorKind =
  | "badRequest"
  | "unauthorized"
  | "forbidden"
  | "notFound"
  | "conflict"
  | "throttled"
  | "unavailable"
  | "network"
  | "other";

/**
 * Why a request to Azure failed. `code` (also `reason`) is ARM's error code, or Node's for a connection; compare it
 * whole, since messages of different causes begin alike. `network` means no answer: a write may have happened.
 */
export class AzureError extends ApiError {
  override name = "AzureError";
  readonly kind: AzureErrorKind;
  readonly code: string | undefined;

  constructor(
    message: string,
    about: {
      kind: AzureErrorKind;
      status?: number | undefined;
      code?: string | undefined;
      retryAfterSeconds?: number | undefined;
      cause?: unknown;
    },
  ) {
    super(message, { ...about, reason: about.code });
    this.kind = about.kind;
    this.code = about.code;
  }
}

const longestMessage = 1000;
const longestCode = 200;

function kindOf(status: number): AzureErrorKind {
  switch (status) {
    case 400:
      return "badRequest";
    case 401:
      return "unauthorized";
    case 403:
      return "forbidden";
    case 404:
      return "notFound";
    case 409:
      return "conflict";
    case 429:
      return "throttled";
    case 408:
      return "unavailable";
    default:
      return status >= 500 ? "unavailable" : "other";
  }
}

/** Seconds or an HTTP date, and the two millisecond headers that Azure's own clients honour. */
function retryAfterSeconds(headers: PipelineResponse["headers"], now: () => number): number | undefined {
  const milliseconds = headers.get("retry-after-ms") ?? headers.get("x-ms-retry-after-ms");
  if (milliseconds !== undefined && Number.isFinite(Number(milliseconds))) return Number(milliseconds) / 1000;
  const value = headers.get("retry-after");
  if (value === undefined) return undefined;
  if (/^\d+(\.\d+)?$/.test(value)) return Number(value);
  // The date is the server's, so it is compared with the server's own clock where it tells it.
  const sent = Date.parse(headers.get("date") ?? "");
  const wait = (Date.parse(value) - (Number.isNaN(sent) ? now() : sent)) / 1000;
  return Number.isNaN(wait) ? undefined : Math.max(0, wait);
}

function armBody(text: string | null | undefined): { code?: string; message?: string } {
  let body: unknown;
  try {
    body = JSON.parse(text ?? "");
  } catch {
    return {}; // a proxy's page, not ARM's JSON
  }
  const error = isRecord(body) && isRecord(body.error) ? body.error : {};
  const { code, message, additionalInfo } = error;
  return {
    ...(typeof code === "string" ? { code: redact(code).slice(0, longestCode) } : {}),
    ...(typeof message === "string" ? { message: withPolicies(message, additionalInfo) } : {}),
  };
}

/** Azure Policy's message names policies as JSON or, since some versions, not at all; who they are is in `additionalInfo`. */
function withPolicies(message: string, additionalInfo: unknown): string {
  const infos = Array.isArray(additionalInfo) ? additionalInfo : [];
  const names = infos.flatMap(one => {
    const info: unknown = isRecord(one) && one.type === "PolicyViolation" ? one.info : undefined;
    if (!isRecord(info)) return [];
    const { policyAssignmentDisplayName: shown, policyDefinitionDisplayName: rule, policyAssignmentId: id } = info;
    const name = [shown, rule].find(value => typeof value === "string" && value !== "");
    const named = name === undefined ? "" : `"${String(name)}"`;
    return [typeof id === "string" ? `${named} (assignment ${id})`.trim() : named].filter(Boolean);
  });
  if (names.length === 0) return message;
  return `${message.replace(/\s*Policy identifiers: .*$/s, "")} Policy: ${names.join(", ")}`;
}

/** The error of an answer that was not a success. `doing` begins the message: "Reading ...". */
export function errorOfResponse(response: PipelineResponse, doing: string, now: () => number): AzureError {
  const { code, message = "" } = armBody(response.bodyAsText);
  const words = redact(message).slice(0, longestMessage);
  return new AzureError(`${doing}: ${[response.status, code].filter(Boolean).join(" ")}${words && `: ${words}`}`, {
    kind: kindOf(response.status),
    status: response.status,
    code,
    retryAfterSeconds: retryAfterSeconds(response.headers, now),
  });
}

/**
 * Turns whatever a call to Azure threw into an `AzureError`. Errors that are one already, sign-in errors and an abort
 * asked for by the caller come back unchanged.
 */
export function toAzureError(error: unknown, doing: string, now: () => number): unknown {
  if (error instanceof AzureError || error instanceof AzureSignInError) return error;
  if (!(error instanceof Error) || error.name === "AbortError") return error;
  if (isRestError(error)) {
    if (error.response !== undefined && error.response.status >= 400)
      return errorOfResponse(error.response, doing, now);
    const host = error.request === undefined ? "Azure" : new URL(error.request.url).host;
    const reason = explainConnectionFailure(error.code, host) ?? redact(error.message).slice(0, longestMessage);
    const kind = error.response === undefined ? "network" : "other";
    return new AzureError(`${doing}: ${reason}`, { kind, code: error.code });
  }
  return new AzureError(`${doing}: ${redact(error.message).slice(0, longestMessage)}`, { kind: "other" });
}

/** What a call gives; undefined where Azure has no such thing. */
export async function unlessNotFound<T>(read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof AzureError && error.kind === "notFound") return undefined;
    throw error;
  }
}
