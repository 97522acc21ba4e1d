import { armError } from "./armErrors.ts";
import type { SandboxResponse } from "./http.ts";
import type { ClaimsMatchingExpression } from "./state.ts";

/** Specification of Microsoft.ManagedIdentity, `federatedIdentityCredentialResourceName`. */
const namePattern = /^[a-zA-Z0-9][a-zA-Z0-9-_]{2,119}$/;
const longest = 600;

export interface CredentialContent {
  issuer: string;
  subject: string;
  audience: string;
  claimsMatchingExpression?: ClaimsMatchingExpression;
}

export type Checked = { content: CredentialContent } | { refusal: SandboxResponse };

/** Codes are not documented for these answers, only their messages; reports of them show BadRequest. */
function badRequest(message: string): Checked {
  return { refusal: armError(400, "BadRequest", message) };
}

function record(value: unknown): Record<string, unknown> | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : undefined;
}

/** The previews that take an expression in place of a subject. */
const expressions = /^2025-(01-31|05-31)-preview$/;

function readExpression(value: unknown): ClaimsMatchingExpression | undefined {
  const { languageVersion, value: text } = record(value) ?? {};
  return typeof languageVersion === "number" && typeof text === "string" ? { languageVersion, value: text } : undefined;
}

/** What the service checks of a name and a body before it looks at the identity's other credentials. */
export function checkCredential(name: string, body: string, apiVersion: string): Checked {
  if (!namePattern.test(name)) return badRequest(`Federated Identity Credential name '${name}' is invalid.`);
  let parsed: unknown;
  try {
    parsed = JSON.parse(body);
  } catch {
    return {
      refusal: armError(
        400,
        "InvalidRequestContent",
        "The request content was invalid and could not be deserialized as JSON.",
      ),
    };
  }
  const properties = record(record(parsed)?.properties);
  if (properties === undefined) {
    return badRequest("Federated Identity Credential from HTTP body has empty properties");
  }
  const { issuer, audiences } = properties;
  const expression = expressions.test(apiVersion) ? readExpression(properties.claimsMatchingExpression) : undefined;
  const subject = expression === undefined ? properties.subject : "";
  if (
    typeof issuer !== "string" ||
    typeof subject !== "string" ||
    !Array.isArray(audiences) ||
    !issuer ||
    !(subject || expression)
  ) {
    return badRequest(
      "The request format was unexpected. Federated Identity Credential must specify 'issuer', 'subject' and 'audience'.",
    );
  }
  const [audience] = audiences;
  if (audiences.length !== 1 || typeof audience !== "string") {
    return badRequest("Federated identity credentials must have exactly one audience.");
  }
  for (const [field, value] of Object.entries({ issuer, subject, audience })) {
    // The limit is documented, the wording of its refusal is not.
    if (value.length > longest) {
      return badRequest(`Federated Identity Credential ${field} is longer than ${longest} characters.`);
    }
  }
  return {
    content: { issuer, subject, audience, ...(expression ? { claimsMatchingExpression: expression } : {}) },
  };
}
