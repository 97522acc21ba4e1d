import { type Finding, finding } from "../findings/codes.ts";
import { isRecord } from "../kubernetes.ts";
import type { FederatedCredential } from "../model.ts";
import { isSameTrust, type TrustKey } from "../trust/trusts.ts";
import { accountRefOf, type ExchangeSubject, identityNameOf } from "./exchangeSubjects.ts";
import type { ExchangeRefusal } from "./tokenExchange.ts";

/** Why Entra refused: because it has not heard of the credential yet, or for good. `evidence` is one sentence. */
export interface ExchangeVerdict {
  is: "notVisibleYet" | "wrong";
  evidence: string;
  /** What to tell if it stays so. */
  finding: Finding;
}

/**
 * No credential fits the token. 70021 is what all of the others were before; 70025 says that there is none at all. An answer
 * that comes too early is the same, so that what differs is looked for in the credentials themselves.
 */
const noMatch = new Set([70021, 70025, 700211, 700212, 700213]);
/** The application or the tenant is not there, or is called something that cannot be. */
const unknownClient = new Set([700016, 90002, 900023]);
/** Entra cannot fetch the issuer's documents. */
const notPublic = new Set([90061, 501661]);
/** Expired or from the future, signed with a key that the issuer does not show, no token at all. */
const badToken = new Set([50027, 50013, 700024, 700027, 5002738]);

/**
 * What a refusal means. `credentials` are those that the identity has now; where they could not be read, they are taken to be
 * as planned.
 */
export function verdictOf(
  refusal: ExchangeRefusal,
  subject: ExchangeSubject,
  { token, credentials }: { token: string; credentials: readonly FederatedCredential[] | undefined },
): ExchangeVerdict {
  const { codes, message } = refusal;
  const about = { subject: accountRefOf(subject) };
  const identity = identityNameOf(subject);
  const has = (set: ReadonlySet<number>) => codes.some(code => set.has(code));
  const wrong = (evidence: string, one: Finding): ExchangeVerdict => ({ is: "wrong", evidence, finding: one });
  const answer = message;
  // Numbers change: the words are the same for all of these.
  if (has(noMatch) || /No matching federated identity/i.test(message)) {
    return mismatch(refusal, subject, { shown: keyOf(token) ?? subject.trust, credentials });
  }
  if (has(unknownClient)) {
    const { clientID, tenant = "" } = subject;
    const evidence = `${numberOf(refusal)}: tenant ${tenant} does not know the client id ${clientID}`;
    return wrong(evidence, finding("exchange-client-unknown", about, { identity, clientID, tenant, answer }));
  }
  if (has(notPublic)) {
    const issuer = keyOf(token)?.issuer ?? subject.trust.issuer;
    const evidence = `${numberOf(refusal)}: Entra cannot read the documents of the issuer ${issuer}`;
    return wrong(evidence, finding("exchange-issuer-not-public", about, { issuer, answer }));
  }
  if (has(badToken)) return wrong(message, finding("exchange-token-invalid", about, { answer }));
  return wrong(message, finding("exchange-refused", about, { identity, answer }));
}

/** What the token shows against what the identity trusts. */
function mismatch(
  refusal: ExchangeRefusal,
  subject: ExchangeSubject,
  { shown, credentials }: { shown: TrustKey; credentials: readonly FederatedCredential[] | undefined },
): ExchangeVerdict {
  const { trust } = subject;
  const trusted = credentials ?? [{ ...trust, name: trust.adopts ?? trust.name }];
  const about = { subject: accountRefOf(subject) };
  const identity = identityNameOf(subject);
  const number = numberOf(refusal);
  const answer = refusal.message;
  const wrong = (evidence: string, one: Finding): ExchangeVerdict => ({
    is: "wrong",
    evidence: `${number}: ${evidence}`,
    finding: one,
  });
  const same = trusted.find(one => isSameTrust(one, shown));
  if (same) {
    return {
      is: "notVisibleYet",
      evidence: `${number}, though ${same.name} on ${identity} has what the token shows: not visible to Entra yet`,
      finding: finding("exchange-not-visible", about, { identity, credential: same.name, answer }),
    };
  }
  const { issuer, subject: user, audience } = shown;
  const ofOtherIssuer = trusted.filter(one => one.subject === user && one.audience === audience);
  // Of several the one that is nearly right is the one that was meant.
  const byIssuer = ofOtherIssuer.find(one => isSameButSlash(one.issuer, issuer)) ?? ofOtherIssuer[0];
  if (byIssuer) {
    const { name: credential, issuer: other } = byIssuer;
    return wrong(
      `the token's issuer is ${issuer}, but ${credential} on ${identity} has ${other}${slashWords(issuer, other)}`,
      finding("exchange-issuer-differs", about, { identity, credential, issuer, other, answer }),
    );
  }
  const byAudience = trusted.find(one => one.issuer === issuer && one.subject === user);
  if (byAudience) {
    const { name: credential, audience: other } = byAudience;
    return wrong(
      `the token's audience is ${audience}, but ${credential} on ${identity} has ${other}`,
      finding("exchange-audience-differs", about, { identity, credential, audience, other, answer }),
    );
  }
  const ofOtherSubjects = trusted.filter(one => one.issuer === issuer && one.audience === audience);
  if (ofOtherSubjects.length > 0) {
    const meant = ofOtherSubjects.filter(one => one.name === (trust.adopts ?? trust.name));
    const others = (meant.length > 0 ? meant : ofOtherSubjects).map(one => one.subject);
    return wrong(
      `the token's subject is ${user}, but the credentials of ${identity} have ${some(others)}`,
      finding("exchange-subject-differs", about, { identity, subject: user, others, answer }),
    );
  }
  return wrong(
    `no credential of ${identity} is for the token's issuer ${issuer}, subject ${user} and audience ${audience}`,
    finding("exchange-credential-missing", about, { identity, issuer, subject: user, audience, answer }),
  );
}

function numberOf({ codes, error }: ExchangeRefusal): string {
  const [code] = codes;
  return code === undefined ? error : `AADSTS${code}`;
}

function isSameButSlash(a: string, b: string): boolean {
  return a.replace(/\/+$/, "") === b.replace(/\/+$/, "");
}

/** The most frequent mistake of all, and the hardest to see. */
function slashWords(token: string, credential: string): string {
  if (!isSameButSlash(token, credential)) return "";
  return token.length > credential.length ? ", without the slash at the end" : ", with a slash at the end";
}

const mostNamed = 3;

function some(names: readonly string[]): string {
  const more = names.length - mostNamed;
  return `${names.slice(0, mostNamed).join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}

/** What a token shows of itself; undefined where it is none that can be read. Its signature is Entra's business. */
function keyOf(token: string): TrustKey | undefined {
  try {
    const claims: unknown = JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString());
    if (!isRecord(claims) || typeof claims.iss !== "string" || typeof claims.sub !== "string") return undefined;
    const audience = [claims.aud].flat().join(", ");
    return { issuer: claims.iss, subject: claims.sub, audience };
  } catch {
    return undefined; // not a JWT
  }
}
