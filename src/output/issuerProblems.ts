import type { IssuerProblem } from "../core/trust/issuerProblem.ts";

/** What an issuer that cannot be one has, does or is. */
export const issuerProblems: Readonly<Record<IssuerProblem, string>> = {
  whitespace: "has white space or control characters in it",
  notURL: "is not a URL",
  notHttps: "is not an https address",
  credentials: "has a user name or a password in it",
  query: "has a query or a fragment",
  noSlash: "lacks the slash at its end that all issuers of AKS have",
  tooLong: "is longer than 600 characters",
};
