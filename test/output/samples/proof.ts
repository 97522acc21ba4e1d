import type { ProofFindings } from "../../../src/core/findings/proof.ts";
import { hostile } from "./hostile.ts";

export const proofSamples: ProofFindings = {
  "exchange-issuer-differs": {
    identity: hostile,
    credential: hostile,
    issuer: hostile,
    other: hostile,
    answer: hostile,
  },
  "exchange-subject-differs": { identity: hostile, subject: hostile, others: [hostile], answer: hostile },
  "exchange-audience-differs": {
    identity: hostile,
    credential: hostile,
    audience: hostile,
    other: hostile,
    answer: hostile,
  },
  "exchange-credential-missing": {
    identity: hostile,
    issuer: hostile,
    subject: hostile,
    audience: hostile,
    answer: hostile,
  },
  "exchange-client-unknown": { identity: hostile, clientID: hostile, tenant: hostile, answer: hostile },
  "exchange-issuer-not-public": { issuer: hostile, answer: hostile },
  "exchange-token-invalid": { answer: hostile },
  "exchange-not-visible": { identity: hostile, credential: hostile, answer: hostile },
  "exchange-refused": { identity: hostile, answer: hostile },
  "token-not-exchanged": { identity: hostile, reason: hostile },
};
