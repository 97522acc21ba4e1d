import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { CommandError } from "../core/errors.ts";
import type { Decisions } from "../core/model.ts";
import { labelSelector } from "../core/selector.ts";
import { issuerProblem } from "../core/trust/issuerProblem.ts";
import { defaultAudience, defaultProxyPort } from "../core/workloadIdentity/workloadIdentity.ts";
import { issuerProblems } from "../output/issuerProblems.ts";
import { environmentDecisions } from "./environment.ts";
import type { Io, MappingFlags } from "./io.ts";

export const defaultConfigFile = "azwi-migrate.yaml";

/** What is so where nobody decides. */
export const defaultDecisions: Decisions = {
  audience: defaultAudience,
  serviceAccount: "auto",
  clientPath: "sdk",
  proxyPort: defaultProxyPort,
};

/** Flags win over the environment, that over the config file, that over the defaults. Throws a `CommandError` that names the place. */
export async function decide(flags: MappingFlags, io: Io): Promise<Decisions> {
  if (flags.allNamespaces && flags.namespace)
    throw new CommandError("--all-namespaces and --namespace exclude each other");
  const decided: Partial<Decisions> = {
    ...(await fileDecisions(flags, io)),
    ...checked(await environmentDecisions(io.env), () => "AZWI_MIGRATE_ISSUER"),
    ...checked(flagDecisions(flags), key => flagNames[key]),
  };
  const { namespaces, ...rest } = decided;
  return {
    ...(namespaces === undefined || flags.allNamespaces ? {} : { namespaces: [...new Set(namespaces)].sort() }),
    ...defaultDecisions,
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
  const named = flags.config ?? (io.env.AZWI_MIGRATE_CONFIG || undefined);
  if (named === undefined && !existsSync(resolve(io.cwd, defaultConfigFile))) return {};
  if (named === undefined && !flags.quiet) io.say(`Decisions are read from ${defaultConfigFile}.`);
  const { readConfigFile } = await import("./configFile.ts");
  const file = named ?? defaultConfigFile;
  return checked(await readConfigFile(file, io), key => `${key} in ${file}`);
}

type Checked = "namespaces" | "selector" | "issuer";

const flagNames: Readonly<Record<Checked, string>> = { namespaces: "-n", selector: "-l", issuer: "--issuer" };

/** Looks at what no schema says. `place` names where a value is from. Throws a `CommandError` that tells it. */
function checked(decided: Partial<Decisions>, place: (key: Checked) => string): Partial<Decisions> {
  const { namespaces = [], selector, issuer } = decided;
  for (const namespace of namespaces) checkNamespace(namespace, place("namespaces"));
  if (selector !== undefined) checkSelector(selector, place("selector"));
  if (issuer !== undefined) checkIssuer(issuer, place("issuer"));
  return decided;
}

/** No namespace has another name (RFC 1123 label): `-n a,b` would choose nothing, and nothing would be found wrong. */
function checkNamespace(namespace: string, place: string): void {
  if (/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/.test(namespace)) return;
  throw new CommandError(`${JSON.stringify(namespace)} (${place}) cannot be a namespace`, {
    hint: "Several are given one by one: -n shop -n bank, or namespaces: [shop, bank]",
  });
}

function checkSelector(selector: string, place: string): void {
  try {
    labelSelector(selector);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new CommandError(`The selector (${place}) cannot be read: ${error.message}`);
  }
}

function checkIssuer(issuer: string, place: string): void {
  const problem = issuerProblem(issuer);
  if (problem === undefined) return;
  throw new CommandError(`The issuer ${JSON.stringify(issuer)} (${place}) ${issuerProblems[problem]}`, {
    hint: "Copy it as it is, with its trailing slash: az aks show --query oidcIssuerProfile.issuerUrl -o tsv",
  });
}
