import { jsonResponse, type SandboxResponse } from "./http.ts";

interface EntraError {
  status: 400 | 401;
  error: string;
  message: string;
}

const seeFederation =
  "Please check your federated identity credential Subject, Audience and Issuer against the presented assertion. https://docs.microsoft.com/en-us/azure/active-directory/develop/workload-identity-federation";

/**
 * Answers of the token endpoint by AADSTS number; `{x}` is filled in. Status and error name of 700211, 700213, 700024
 * and 7000215 are the ones in public reports (401 invalid_client); 70025 and 700212 are taken to be like them.
 */
const errors = {
  50027: { status: 400, error: "invalid_request", message: "JWT token is invalid or malformed." },
  70003: {
    status: 400,
    error: "unsupported_grant_type",
    message: "The app requested an unsupported grant type '{grant}'.",
  },
  70011: {
    status: 400,
    error: "invalid_scope",
    message: "The provided value for the input parameter 'scope' is not valid. The scope {scope} is not valid.",
  },
  70021: {
    status: 400,
    error: "invalid_request",
    message:
      "No matching federated identity record found for presented assertion. Assertion Issuer: '{iss}'. Assertion Subject: '{sub}'. Assertion Audience: '{aud}'.",
  },
  70025: {
    status: 401,
    error: "invalid_client",
    message: "The client '{appId}'({name}) has no configured federated identity credentials.",
  },
  90002: {
    status: 400,
    error: "invalid_request",
    message:
      "Tenant '{tenant}' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud. Check with your subscription administrator, this may happen if there are no active subscriptions for the tenant.",
  },
  90061: { status: 400, error: "invalid_request", message: "Request to External OIDC endpoint failed." },
  700016: {
    status: 400,
    error: "unauthorized_client",
    message:
      "Application with identifier '{clientId}' was not found in the directory '{tenant}'. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant. You may have sent your authentication request to the wrong tenant.",
  },
  700024: {
    status: 401,
    error: "invalid_client",
    message:
      "Client assertion is not within its valid time range. Current time: {now}, assertion valid from {nbf}, expiry time of assertion {exp}. Review the documentation at https://docs.microsoft.com/azure/active-directory/develop/active-directory-certificate-credentials .",
  },
  700027: {
    status: 401,
    error: "invalid_client",
    message: "Client assertion contains an invalid signature. [Reason - {reason}]",
  },
  700211: {
    status: 401,
    error: "invalid_client",
    message: `No matching federated identity record found for presented assertion issuer '{iss}'. ${seeFederation}`,
  },
  700212: {
    status: 401,
    error: "invalid_client",
    message: `No matching federated identity record found for presented assertion audience '{aud}'. ${seeFederation}`,
  },
  700213: {
    status: 401,
    error: "invalid_client",
    message: `No matching federated identity record found for presented assertion subject '{sub}'. ${seeFederation}`,
  },
  900144: {
    status: 400,
    error: "invalid_request",
    message: "The request body must contain the following parameter: '{parameter}'.",
  },
  5002738: {
    status: 401,
    error: "invalid_client",
    message:
      "Invalid JWT token. '{alg}' is not a supported signature algorithm. Supported signing algorithms are: 'RS256'.",
  },
  7000215: {
    status: 401,
    error: "invalid_client",
    message:
      "Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID, for a secret added to app '{appId}'.",
  },
  7000222: {
    status: 401,
    error: "invalid_client",
    message:
      "The provided client secret keys for app '{appId}' are expired. Visit the Azure portal to create new keys for your app: https://aka.ms/NewClientSecret, or consider using certificate credentials for added security: https://aka.ms/certCreds.",
  },
  7000216: {
    status: 401,
    error: "invalid_client",
    message: "'client_assertion', 'client_secret' or 'request' is required for the 'client_credentials' grant type.",
  },
} as const satisfies Record<number, EntraError>;

export type EntraErrorCode = keyof typeof errors;

/** Why a token request is refused. */
export interface EntraRefusal {
  code: EntraErrorCode;
  args?: Readonly<Record<string, string>>;
}

/** The body that Entra answers: description with trace lines, numbers, times, as in recorded answers. */
export function entraErrorResponse(
  refusal: EntraRefusal,
  context: { now: number; origin: string; nextId: () => string },
): SandboxResponse {
  const { status, error, message } = errors[refusal.code];
  const text = message.replace(/\{(\w+)\}/g, (_, name: string) => refusal.args?.[name] ?? "");
  const timestamp = `${new Date(context.now).toISOString().slice(0, 19).replace("T", " ")}Z`;
  const trace = context.nextId();
  const correlation = context.nextId();
  return jsonResponse(status, {
    error,
    error_description: `AADSTS${refusal.code}: ${text}\r\nTrace ID: ${trace}\r\nCorrelation ID: ${correlation}\r\nTimestamp: ${timestamp}`,
    error_codes: [refusal.code],
    timestamp,
    trace_id: trace,
    correlation_id: correlation,
    error_uri: `${context.origin}/error?code=${refusal.code}`,
  });
}
