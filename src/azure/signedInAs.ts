import type { TokenCredential } from "@azure/core-auth";
import type { SignedInAs } from "../core/azure/azurePorts.ts";
import { isRecord } from "../core/kubernetes.ts";
import type { Cloud } from "./clouds.ts";

/** Far more than any real token has. */
const longestToken = 100_000;

/**
 * Who the tokens for Azure Resource Manager speak for. Nothing is verified, since nothing but what people are told and what they are warned of
 * hangs on it: the service that takes the token verifies it. Throws `AzureSignInError` where nobody is signed in.
 */
export async function signedInAs(
  credential: TokenCredential,
  { name: cloud, resourceManagerScope }: Pick<Cloud, "name" | "resourceManagerScope">,
): Promise<SignedInAs> {
  // As the clients ask for it: another kind of token would be another sign-in.
  const token = (await credential.getToken(resourceManagerScope, { enableCae: true }))?.token;
  const claims = token === undefined ? {} : claimsOf(token);
  const text = (...names: string[]) => {
    const found = names.map(name => claims[name]).find(value => typeof value === "string" && value !== "");
    return typeof found === "string" ? found : undefined;
  };
  // v1 tokens name the application `appid`, v2 tokens `azp`; of a user's names any will do.
  const [tenantID, objectID, clientID] = [text("tid"), text("oid"), text("appid", "azp")];
  const userName = text("upn", "preferred_username", "unique_name");
  const type = text("idtyp") ?? (userName === undefined ? undefined : "user");
  return {
    cloud,
    ...(tenantID === undefined ? {} : { tenantID }),
    ...(objectID === undefined ? {} : { objectID }),
    ...(clientID === undefined ? {} : { clientID }),
    ...(userName === undefined ? {} : { userName }),
    ...(type === "app" || type === "user" ? { type } : {}),
  };
}

/** Of a JWT; of a token that is none, nothing. */
function claimsOf(token: string): Record<string, unknown> {
  const [, payload, ...rest] = token.split(".");
  if (payload === undefined || rest.length !== 1 || token.length > longestToken) return {};
  try {
    const claims: unknown = JSON.parse(Buffer.from(payload, "base64url").toString("utf8"));
    return isRecord(claims) ? claims : {};
  } catch (error) {
    if (error instanceof SyntaxError) return {};
    throw error;
  }
}
