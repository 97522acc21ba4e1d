import { CommandError } from "../core/errors.ts";
import type { Decisions } from "../core/model.ts";
import { labelSelector } from "../core/selector.ts";
import { defaultAudience, defaultProxyPort } from "../core/workloadIdentity.ts";
import type { Io, MappingFlags } from "./io.ts";

/** Flags win over the config file, that over the defaults. Throws a `CommandError` that names the flag or the file. */
export async function decide(flags: MappingFlags, io: Io): Promise<Decisions> {
  if (flags.allNamespaces && flags.namespace)
    throw new CommandError("--all-namespaces and --namespace exclude each other");
  const config: Partial<Decisions> =
    flags.config === undefined ? {} : await (await import("./configFile.ts")).readConfigFile(flags.config, io);
  const namespaces = flags.allNamespaces ? undefined : (flags.namespace ?? config.namespaces);
  const selector = flags.selector ?? config.selector;
  const issuer = flags.issuer ?? config.issuer;
  const podIdentityMode = flags.podIdentityMode ?? config.podIdentityMode;
  for (const namespace of namespaces ?? []) checkNamespace(namespace);
  if (selector !== undefined) checkSelector(selector);
  if (issuer !== undefined) checkIssuer(issuer);
  return {
    ...(namespaces === undefined ? {} : { namespaces: [...new Set(namespaces)].sort() }),
    ...(selector === undefined ? {} : { selector }),
    ...(issuer === undefined ? {} : { issuer }),
    audience: flags.audience ?? config.audience ?? defaultAudience,
    serviceAccount: flags.serviceAccount ?? config.serviceAccount ?? "auto",
    clientPath: flags.clientPath ?? config.clientPath ?? "sdk",
    proxyPort: flags.proxyPort ?? config.proxyPort ?? defaultProxyPort,
    ...(podIdentityMode === undefined ? {} : { podIdentityMode }),
    ...((flags.live ?? config.live) ? { live: true } : {}),
    ...(config.workloads === undefined ? {} : { workloads: config.workloads }),
    ...(config.identities === undefined ? {} : { identities: config.identities }),
  };
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

/** Entra compares the issuer with the token's `iss` letter by letter, and reads its keys over HTTPS. */
function checkIssuer(issuer: string): void {
  if (URL.canParse(issuer) && new URL(issuer).protocol === "https:" && issuer === issuer.trim()) return;
  throw new CommandError(`The issuer "${issuer}" is not an https URL`, {
    hint: "Copy it as it is, with its trailing slash: az aks show --query oidcIssuerProfile.issuerUrl -o tsv",
  });
}
