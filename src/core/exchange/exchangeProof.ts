import type { Check } from "../documents/verification.ts";
import { nameOf } from "../facts.ts";
import { finding } from "../findings/codes.ts";
import type { Finding } from "../model.ts";
import { compare } from "../order.ts";
import { accountRefOf, type ExchangeSubject, identityNameOf } from "./exchangeSubjects.ts";

/** How the exchange of one subject's tokens ended. */
export interface ExchangeProof {
  subject: ExchangeSubject;
  result: Check["result"];
  /** One sentence. */
  evidence: string;
  /** Why it did not pass, and what to do; absent where nothing was wrong. */
  finding?: Finding;
}

/** What is told of a subject of which no token was exchanged, and why. */
export function notExchanged(subject: ExchangeSubject, reason: string): ExchangeProof & { finding: Finding } {
  const args = { identity: identityNameOf(subject), reason };
  return {
    subject,
    result: "not-checked",
    evidence: reason,
    finding: finding("token-not-exchanged", { subject: accountRefOf(subject) }, args),
  };
}

export function findingsOfProofs(proofs: readonly ExchangeProof[]): Finding[] {
  return proofs.flatMap(({ finding }) => finding ?? []);
}

/** The proofs as checks, by usage: one for each usage that rests on them. */
export function exchangeChecks(proofs: readonly ExchangeProof[]): Check[] {
  const checks = proofs.flatMap(({ subject, result, evidence }) => {
    const name = `${nameOf(accountRefOf(subject))} as ${identityNameOf(subject)}`;
    return subject.usages.map(
      (usage): Check => ({
        code: "token-exchanged",
        stage: "prepare",
        usage,
        subject: name,
        result,
        evidence,
      }),
    );
  });
  return checks.sort((a, b) => compare(a.usage, b.usage) || compare(a.subject, b.subject));
}
