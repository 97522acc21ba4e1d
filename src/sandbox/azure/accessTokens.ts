import type { AzureState, IssuedToken } from "./state.ts";

/**
 * Issues a token that looks as Entra's do, so that its claims can be read; the signature is none. Only tokens that the
 * state knows are accepted, whatever they say.
 */
export function issueToken(state: AzureState, speaksFor: IssuedToken): string {
  const seconds = (milliseconds: number) => Math.floor(milliseconds / 1000);
  const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const claims = {
    aud: speaksFor.scope.replace(/\/\.default$/, ""),
    iss: `https://sts.windows.net/${speaksFor.tenantId}/`,
    iat: seconds(state.clock.now()),
    nbf: seconds(state.clock.now()),
    exp: seconds(speaksFor.expiresAt),
    appid: speaksFor.clientId,
    ...(speaksFor.userName === undefined ? { idtyp: "app" } : { idtyp: "user", upn: speaksFor.userName }),
    oid: speaksFor.principalId,
    sub: speaksFor.principalId,
    tid: speaksFor.tenantId,
    uti: state.nextId(),
    ver: "1.0",
  };
  const token = `${encode({ typ: "JWT", alg: "RS256", kid: "simulated" })}.${encode(claims)}.${encode("not signed")}`;
  state.tokens.set(token, speaksFor);
  return token;
}
