import { readFileSync } from "node:fs";
import { CommandError } from "../core/errors.ts";

/** Where one Azure cloud answers. Hosts and endpoints have no trailing slash. */
export interface Cloud {
  /** `public`, `usgovernment`, `china`, or the name that a file gives itself. */
  name: string;
  /** `file` when somebody described it: such a host is none that Microsoft's instance discovery knows. */
  origin: "builtIn" | "file";
  authorityHost: string;
  resourceManagerEndpoint: string;
  /** The scope of tokens for Azure Resource Manager; not always derived from the endpoint. */
  resourceManagerScope: string;
  /** Microsoft Graph; absent where the file does not name it. */
  graphEndpoint?: string;
  /** The ends of the hosts that issue the tokens of its AKS clusters; absent where that is not known. */
  issuerSuffixes?: readonly string[];
}

/** Authority, Azure Resource Manager, Microsoft Graph, and the ends of AKS issuers. */
type Hosts = readonly [string, string, string, readonly string[]];

/**
 * Hosts as in `AzureAuthorityHosts` of @azure/identity and the cloud tables of Azure's documentation. The audience of
 * federated credentials is none of them: AKS projects the same one in every cloud.
 */
const hosts: Readonly<Record<string, Hosts>> = {
  public: [
    "login.microsoftonline.com",
    "management.azure.com",
    "graph.microsoft.com",
    // The second one is that of old clusters.
    ["oic.prod-aks.azure.com", "oidc.prod-aks.azure.com"],
  ],
  usgovernment: [
    "login.microsoftonline.us",
    "management.usgovcloudapi.net",
    "graph.microsoft.us",
    ["oic.prod-aks.azure.us"],
  ],
  china: [
    "login.chinacloudapi.cn",
    "management.chinacloudapi.cn",
    "microsoftgraph.chinacloudapi.cn",
    ["oic.prod-aks.azure.cn"],
  ],
};

const builtIn: ReadonlyMap<string, Cloud> = new Map(
  Object.entries(hosts).map(([name, [authority, resourceManager, graph, issuerSuffixes]]): [string, Cloud] => [
    name,
    {
      name,
      origin: "builtIn",
      authorityHost: `https://${authority}`,
      resourceManagerEndpoint: `https://${resourceManager}`,
      resourceManagerScope: `https://${resourceManager}/.default`,
      graphEndpoint: `https://${graph}`,
      issuerSuffixes,
    },
  ]),
);

const names = [...builtIn.keys()].join(", ");

function readCloudFile(path: string, source: string): Record<string, unknown> {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new CommandError(`${source}: "${path}" is none of ${names}, and no such file can be read: ${reason}`, {
      hint: `Name one of ${names}, or a JSON file in the Azure Stack environment format.`,
      cause,
    });
  }
  let parsed: unknown;
  try {
    parsed = JSON.parse(text.replace(/^\uFEFF/, ""));
  } catch (cause) {
    throw new CommandError(`${path} (${source}) is not JSON: ${cause instanceof Error ? cause.message : cause}`, {
      cause,
    });
  }
  if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed)) {
    throw new CommandError(`${path} (${source}) is not a JSON object in the Azure Stack environment format.`);
  }
  // Azure's Go programs read this file too, and Go matches the names of fields in any case.
  return Object.fromEntries(Object.entries(parsed).map(([key, value]) => [key.toLowerCase(), value]));
}

/** An https address without trailing slashes; undefined when the file does not hold the field. */
function endpoint(fields: Record<string, unknown>, field: string, path: string): string | undefined {
  const value = fields[field.toLowerCase()];
  if (value === undefined || value === null || value === "") return undefined;
  const url = typeof value === "string" && URL.canParse(value) ? new URL(value) : undefined;
  if (url?.protocol !== "https:" || url.username !== "" || url.search !== "" || url.hash !== "") {
    throw new CommandError(`${path}: ${field} is ${JSON.stringify(value)}; it must be an https address.`, {
      hint: "Azure's clients send tokens over https only.",
    });
  }
  return url.href.replace(/\/+$/, "");
}

function required(value: string | undefined, field: string, path: string): string {
  if (value !== undefined) return value;
  throw new CommandError(`${path} has no ${field}.`, {
    hint: "The Azure Stack environment format needs resourceManagerEndpoint and activeDirectoryEndpoint.",
  });
}

/** `aksIssuerSuffixes`, which the format of Azure Stack does not have: hosts, or the ends of hosts. */
function suffixes(value: unknown, path: string): readonly string[] | undefined {
  if (value === undefined) return undefined;
  if (Array.isArray(value) && value.every(one => typeof one === "string" && /^[\w-]+(\.[\w-]+)+$/.test(one))) {
    return value.map(one => String(one).toLowerCase());
  }
  throw new CommandError(`${path}: aksIssuerSuffixes is ${JSON.stringify(value)}; it must be a list of hosts.`, {
    hint: 'As in the issuers of its AKS clusters, without the region: ["oic.prod-aks.azure.com"].',
  });
}

/** A file that names another cloud's authority describes a way into that cloud. */
function sharedSuffixes(authorityHost: string | undefined): readonly string[] | undefined {
  return [...builtIn.values()].find(one => one.authorityHost === authorityHost)?.issuerSuffixes;
}

/** Which cloud the tokens of AKS clusters are from, by the ends of their issuers' hosts; empty where `cloud`'s own are not known. */
export function issuerClouds(cloud: Cloud): ReadonlyMap<string, string> {
  if (cloud.issuerSuffixes === undefined) return new Map();
  const all = [...builtIn.values(), cloud];
  return new Map(all.flatMap(({ name, issuerSuffixes = [] }) => issuerSuffixes.map(suffix => [suffix, name])));
}

function cloudFromFile(path: string, source: string): Cloud {
  const fields = readCloudFile(path, source);
  const authorityHost = endpoint(fields, "activeDirectoryEndpoint", path);
  const resourceManagerEndpoint = required(
    endpoint(fields, "resourceManagerEndpoint", path),
    "resourceManagerEndpoint",
    path,
  );
  const graphEndpoint = endpoint(fields, "microsoftGraphEndpoint", path);
  const issuerSuffixes = suffixes(fields.aksissuersuffixes, path) ?? sharedSuffixes(authorityHost);
  const { tokenaudience: audience, name } = fields;
  if (audience !== undefined && typeof audience !== "string") {
    throw new CommandError(`${path}: tokenAudience is not a string.`);
  }
  return {
    name: typeof name === "string" && name !== "" ? name : path,
    origin: "file",
    authorityHost: required(authorityHost, "activeDirectoryEndpoint", path),
    resourceManagerEndpoint,
    // An audience with a trailing slash keeps it, which makes two: Entra takes everything before "/.default" as it is.
    resourceManagerScope: `${audience || resourceManagerEndpoint}/.default`,
    ...(graphEndpoint === undefined ? {} : { graphEndpoint }),
    ...(issuerSuffixes === undefined ? {} : { issuerSuffixes }),
  };
}

/**
 * The cloud of `--cloud`, else of the file that AZURE_ENVIRONMENT_FILEPATH names, else the public one. A name (in any
 * case) goes before a file of that name. Throws a `CommandError` that says which field of which file is wrong.
 */
export function resolveCloud(nameOrPath: string | undefined, env: Readonly<Record<string, string | undefined>>): Cloud {
  const fromEnvironment = env.AZURE_ENVIRONMENT_FILEPATH;
  if (nameOrPath === undefined && fromEnvironment) return cloudFromFile(fromEnvironment, "AZURE_ENVIRONMENT_FILEPATH");
  const wanted = nameOrPath ?? "public";
  return builtIn.get(wanted.toLowerCase()) ?? cloudFromFile(wanted, "--cloud");
}
