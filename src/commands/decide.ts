import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { CommandError } from "../core/errors.ts";
import type { Decisions } from "../core/model.ts";
import { labelSelector } from "../core/selector.ts";
import { issuerProblem } from "../core/trust/issuerProblem.ts";
import { defaultAudience, defaultProxyPort } from "../core/workloadIdentity/workloadIdentity.ts";
import { environmentDecisions } from "./environment.ts";
import type { Io, MappingFlags } from "./io.ts";

export const defaultConfigFile = "azwi-migrate.yaml";

/** Flags win over the environment, that over the config file, that over the defaults. Throws a `CommandError` that names the place. */
export async function decide(flags: MappingFlags, io: Io): Promise<Decisions> {
  if (flags.allNamespaces && flags.namespace)
    throw new CommandError("--all-namespaces and --namespace exclude each other");
  const decided: Partial<Decisions> = {
    ...(await fileDecisions(flags, io)),
    ...(await environmentDecisions(io.env)),
    ...flagDecisions(flags),
  };
  const { namespaces, selector, issuer, audience, serviceAccount, clientPath, proxyPort, ...rest } = decided;
  for (const namespace of namespaces ?? []) checkNamespace(namespace);
  if (selector !== undefined) checkSelector(selector);
  if (issuer !== undefined) checkIssuer(issuer);
  return {
    ...(namespaces === undefined || flags.allNamespaces ? {} : { namespaces: [...new Set(namespaces)].sort() }),
    ...(selector === undefined ? {} : { selector }),
    ...(issuer === undefined ? {} : { issuer }),
    audience: audience ?? defaultAudience,
    serviceAccount: serviceAccount ?? "auto",
    clientPath: clientPath ?? "sdk",
    proxyPort: proxyPort ?? defaultProxyPort,
    ...rest,
  };
}

/** The decisions that flags make, under the names that the config file has for them. */
export function flagDecisions(flags: MappingFlags): Partial<Decisions> {
  const { namespace, selector, issuer, audience, serviceAccount, clientPath, proxyPort, trust } = flags;
  const { podIdentityMode, live, probePods } = flags;
  const given = {
    namespaces: namespace,
    selector,
    issuer,
    audience,
    serviceAccount,
    clientPath,
    proxyPort,
    trust,
    podIdentityMode,
    live,
    probePods,
  };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}

/** The file that is named, or `azwi-migrate.yaml` where the command is run; the latter is told, since nobody asked for it. */
async function fileDecisions(flags: MappingFlags, io: Io): Promise<Partial<Decisions>> {
  const named = flags.config ?? io.env.AZWI_MIGRATE_CONFIG;
  if (named === undefined && !existsSync(resolve(io.cwd, defaultConfigFile))) return {};
  if (named === undefined && !flags.quiet) io.say(`Decisions are read from ${defaultConfigFile}.`);
  const { readConfigFile } = await import("./configFile.ts");
  return readConfigFile(named ?? defaultConfigFile, io);
}

/** No namespace has another name (RFC 1123 label): `-n a,b` would choose nothing, and nothing would be found wrong. */
function checkNamespace(namespace: string): void {
  if (/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/.test(namespace)) return;
  throw new CommandError(`"${namespace}" cannot be a namespace`, {
    hint: "Several are given one by one: -n shop -n bank",
  });
}

function checkSelector(selector: string): void {
  try {
    labelSelector(selector);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new CommandError(`The selector of -l cannot be read: ${error.message}`);
  }
}

function checkIssuer(issuer: string): void {
  if (issuerProblem(issuer) === undefined) return;
  throw new CommandError(`The issuer "${issuer}" is not an https URL as tokens have it`, {
    hint: "Copy it as it is, with its trailing slash: az aks show --query oidcIssuerProfile.issuerUrl -o tsv",
  });
}
