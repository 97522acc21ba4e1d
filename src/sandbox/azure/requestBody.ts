import { isRecord } from "../../core/kubernetes.ts";
import { armError } from "./armErrors.ts";
import type { SandboxRequest, SandboxResponse } from "./http.ts";

/** The JSON object in a request's body, or ARM's refusal of what is none. */
export function jsonBody({ body }: SandboxRequest): { body: Record<string, unknown> } | { refusal: SandboxResponse } {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body);
  } catch {
    // Answered below: ARM does not say more of it either.
  }
  return isRecord(parsed)
    ? { body: parsed }
    : {
        refusal: armError(
          400,
          "InvalidRequestContent",
          "The request content was invalid and could not be deserialized as JSON.",
        ),
      };
}
