import {
  createDefaultHttpClient,
  createPipelineFromOptions,
  createPipelineRequest,
  type HttpClient,
} from "@azure/core-rest-pipeline";
import { isTenant } from "../core/azure/servicePrincipal.ts";
import type { Clock } from "../core/clock.ts";
import type { ExchangeAnswer, ExchangeRefusal, TokenExchange } from "../core/exchange/tokenExchange.ts";
import { isRecord } from "../core/kubernetes.ts";
import { AzureError, errorOfResponse, toAzureError } from "./azureError.ts";
import type { Cloud } from "./clouds.ts";
import { redact } from "./redact.ts";

export interface TokenExchangeOptions {
  cloud: Pick<Cloud, "authorityHost" | "resourceManagerScope">;
  /** Carries the requests instead of Node's own HTTPS, as in `rehearse`. */
  httpClient?: HttpClient | undefined;
  clock?: Pick<Clock, "now"> | undefined;
  signal?: AbortSignal | undefined;
}

const assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
const timeoutMilliseconds = 30_000;
const longestMessage = 500;

/**
 * The exchange that a workload does, as a plain form POST. No credential class of @azure/identity: those answer from their
 * cache, and for a minute after a 429 they answer without asking. No redirect is followed, as the assertion would go along.
 */
export function tokenExchange(options: TokenExchangeOptions): TokenExchange {
  const { cloud, httpClient = createDefaultHttpClient(), clock = Date, signal } = options;
  const pipeline = createPipelineFromOptions({
    retryOptions: { maxRetries: 0 },
    redirectOptions: { maxRetries: 0 },
    userAgentOptions: { userAgentPrefix: "azwi-migrate" },
  });
  // The client is checked before the resource is looked at, so any resource will do that every tenant of the cloud has.
  const exchangeScope = cloud.resourceManagerScope;
  const exchangeToken: TokenExchange["exchangeToken"] = async ({ tenant, clientID, assertion }) => {
    const host = cloud.authorityHost.replace(/\/+$/, "");
    const doing = `Exchanging a token at ${new URL(host).host}`;
    if (!isTenant(tenant)) throw new AzureError(`${doing}: "${tenant}" is no tenant.`, { kind: "badRequest" });
    const form = new URLSearchParams({
      grant_type: "client_credentials",
      client_id: clientID,
      scope: exchangeScope,
      client_assertion_type: assertionType,
      client_assertion: assertion,
    });
    const request = createPipelineRequest({
      url: `${host}/${encodeURIComponent(tenant)}/oauth2/v2.0/token`,
      method: "POST",
      body: form.toString(),
      timeout: timeoutMilliseconds,
      ...(signal === undefined ? {} : { abortSignal: signal }),
    });
    request.headers.set("content-type", "application/x-www-form-urlencoded");
    try {
      const response = await pipeline.sendRequest(httpClient, request);
      const body = parsed(response.bodyAsText);
      const answer = response.status === 200 ? grantOf(body) : refusalOf(response.status, body);
      if (answer) return answer;
      if (response.status >= 400) throw errorOfResponse(response, doing, () => clock.now());
      const { status } = response;
      throw new AzureError(`${doing}: the answer (${status}) is not one of Microsoft Entra's`, {
        kind: "other",
        status,
      });
    } catch (error) {
      // An abort that nobody asked for is the time that ran out.
      if (error instanceof Error && error.name === "AbortError" && signal?.aborted !== true)
        throw new AzureError(`${doing}: no answer in ${timeoutMilliseconds / 1000} s`, { kind: "network" });
      throw toAzureError(error, doing, () => clock.now());
    }
  };
  return { exchangeScope, exchangeToken };
}

function parsed(body: string | null | undefined): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(body ?? "");
    return isRecord(value) ? value : {};
  } catch {
    return {}; // a proxy's page
  }
}

/** `expires_in` may be a string. */
function grantOf({ access_token: token, expires_in: seconds }: Record<string, unknown>): ExchangeAnswer | undefined {
  if (typeof token !== "string" || token === "") return undefined;
  const expiresInSeconds = Number(seconds);
  return { expiresInSeconds: Number.isFinite(expiresInSeconds) ? expiresInSeconds : 0 };
}

/** Throttling and server errors have the same body, but say nothing of the client. */
function refusalOf(status: number, body: Record<string, unknown>): ExchangeRefusal | undefined {
  const { error, error_description: description, error_codes: numbers } = body;
  if (typeof error !== "string" || (status !== 400 && status !== 401)) return undefined;
  const words = typeof description === "string" ? description : "";
  const named = /AADSTS(\d+)/.exec(words)?.[1];
  const codes = Array.isArray(numbers) ? numbers.filter(one => typeof one === "number") : [];
  const message = (words.split(/\s*(?:\r\n|\n|Trace ID:)/)[0] ?? "").trim() || error;
  return {
    status,
    error: redact(error).slice(0, longestMessage),
    codes: codes.length > 0 ? codes : named === undefined ? [] : [Number(named)],
    message: redact(message).slice(0, longestMessage),
  };
}
