/** Why no federated credential can name an issuer so that tokens of it are taken. */
export type IssuerProblem = "whitespace" | "notURL" | "notHttps" | "credentials" | "query" | "noSlash" | "tooLong";

/** Of ARM and Graph, for each property of a credential. */
const longest = 600;

/**
 * What is wrong with an issuer, wherever it comes from; undefined for nothing. Entra compares it letter by letter, takes no white
 * space around it, and reads its keys over HTTPS at a path below it (OpenID Connect Discovery 1.0, section 4: no query, no fragment).
 */
export function issuerProblem(issuer: string): IssuerProblem | undefined {
  const known = looked.get(issuer) ?? { problem: problemOf(issuer) };
  looked.set(issuer, known);
  return known.problem;
}

/** Every workload of a cluster asks about the same one. */
const looked = new Map<string, { problem: IssuerProblem | undefined }>();

/** Of all clouds, the host from before there were regions too. */
const ofAKS = /(^|\.)oi[cd]c?\.prod-aks\.azure\.(com|us|cn)$/;

function problemOf(issuer: string): IssuerProblem | undefined {
  if (/[\s\p{Cc}]/u.test(issuer)) return "whitespace";
  if (!URL.canParse(issuer)) return "notURL";
  const { protocol, username, password, hostname } = new URL(issuer);
  if (protocol !== "https:") return "notHttps";
  if (username !== "" || password !== "") return "credentials";
  if (/[?#]/.test(issuer)) return "query";
  if (ofAKS.test(hostname) && !issuer.endsWith("/")) return "noSlash";
  return issuer.length > longest ? "tooLong" : undefined;
}
