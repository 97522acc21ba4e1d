import type { Severity } from "./severity.ts";

/** What is told of a service account's token that was to be exchanged for an identity's. `answer` has Entra's own words. */
export interface ProofFindings {
  "exchange-issuer-differs": { identity: string; credential: string; issuer: string; other: string; answer: string };
  "exchange-subject-differs": { identity: string; subject: string; others: string[]; answer: string };
  "exchange-audience-differs": {
    identity: string;
    credential: string;
    audience: string;
    other: string;
    answer: string;
  };
  "exchange-credential-missing": {
    identity: string;
    issuer: string;
    subject: string;
    audience: string;
    answer: string;
  };
  "exchange-client-unknown": { identity: string; clientID: string; tenant: string; answer: string };
  "exchange-issuer-not-public": { issuer: string; answer: string };
  "exchange-token-invalid": { answer: string };
  "exchange-not-visible": { identity: string; credential: string; answer: string };
  "exchange-refused": { identity: string; answer: string };
  "token-not-exchanged": { identity: string; reason: string };
}

export const proofSeverities: Readonly<Record<keyof ProofFindings, Severity>> = {
  "exchange-issuer-differs": "error",
  "exchange-subject-differs": "error",
  "exchange-audience-differs": "error",
  "exchange-credential-missing": "error",
  "exchange-client-unknown": "error",
  "exchange-issuer-not-public": "error",
  "exchange-token-invalid": "error",
  "exchange-not-visible": "error",
  "exchange-refused": "error",
  "token-not-exchanged": "warning",
};
