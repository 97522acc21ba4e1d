import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { issuerClouds, resolveCloud } from "../../src/azure/clouds.ts";
import { CommandError } from "../../src/core/errors.ts";

const folder = mkdtempSync(join(tmpdir(), "azwi-clouds-"));
afterAll(() => rmSync(folder, { recursive: true }));

let files = 0;
function cloudFile(content: unknown): string {
  const path = join(folder, `cloud-${++files}.json`);
  writeFileSync(path, typeof content === "string" ? content : JSON.stringify(content));
  return path;
}

const stack = {
  name: "AzureStackCloud",
  managementPortalURL: "https://portal.local.azurestack.external/",
  resourceManagerEndpoint: "https://management.local.azurestack.external/",
  activeDirectoryEndpoint: "https://login.windows.net/",
  graphEndpoint: "https://graph.windows.net/",
  microsoftGraphEndpoint: "https://graph.microsoft.com/",
  tokenAudience: "https://management.contoso.onmicrosoft.com/00000000-1111-2222-3333-444444444444",
};
const stackCloud = {
  name: "AzureStackCloud",
  origin: "file",
  authorityHost: "https://login.windows.net",
  resourceManagerEndpoint: "https://management.local.azurestack.external",
  resourceManagerScope: "https://management.contoso.onmicrosoft.com/00000000-1111-2222-3333-444444444444/.default",
  graphEndpoint: "https://graph.microsoft.com",
};
/** What the issuers of the public cloud's AKS clusters end in. */
const publicSuffixes = ["oic.prod-aks.azure.com", "oidc.prod-aks.azure.com"];

function failure(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    expect(error).toBeInstanceOf(CommandError);
    return (error as CommandError).message;
  }
  throw new Error("nothing was thrown");
}

describe("the cloud", () => {
  test("is the public one unless something else is said", () => {
    const publicCloud = {
      name: "public",
      origin: "builtIn",
      authorityHost: "https://login.microsoftonline.com",
      resourceManagerEndpoint: "https://management.azure.com",
      resourceManagerScope: "https://management.azure.com/.default",
      graphEndpoint: "https://graph.microsoft.com",
      issuerSuffixes: publicSuffixes,
    };
    expect(resolveCloud(undefined, {})).toEqual(publicCloud);
    expect(resolveCloud("Public", {})).toEqual(publicCloud);
  });

  test.each([
    ["usgovernment", "login.microsoftonline.us", "management.usgovcloudapi.net", "graph.microsoft.us", "us"],
    ["china", "login.chinacloudapi.cn", "management.chinacloudapi.cn", "microsoftgraph.chinacloudapi.cn", "cn"],
  ])("%s has its own authority, endpoint, scope, Graph and issuers", (name, authority, manager, graph, domain) => {
    expect(resolveCloud(name, {})).toEqual({
      name,
      origin: "builtIn",
      authorityHost: `https://${authority}`,
      resourceManagerEndpoint: `https://${manager}`,
      resourceManagerScope: `https://${manager}/.default`,
      graphEndpoint: `https://${graph}`,
      issuerSuffixes: [`oic.prod-aks.azure.${domain}`],
    });
  });

  const corpus = new URL("../../../shared/corpus/azure/entra/clouds.json", import.meta.url);
  test.skipIf(!existsSync(corpus)).each([
    ["public", "AzureCloud"],
    ["usgovernment", "AzureUSGovernment"],
    ["china", "AzureChinaCloud"],
  ])("%s is as documented (skipped where ../shared/corpus is absent)", (name, documented) => {
    interface Documented {
      authorityHost: string;
      arm: string;
      graph: string;
      aksIssuer: string[];
    }
    const one = (JSON.parse(readFileSync(corpus, "utf8")) as Record<string, Documented>)[documented];
    const first = (value = "") => value.split(" ")[0];
    const cloud = resolveCloud(name, {});
    expect({ ...cloud, issuerSuffixes: undefined }).toMatchObject({
      authorityHost: first(one?.authorityHost),
      resourceManagerEndpoint: first(one?.arm),
      graphEndpoint: first(one?.graph),
    });
    const hosts = one?.aksIssuer.map(issuer => issuer.replace("{region}", "region").split("/")[2] ?? "") ?? [];
    expect(hosts.map(host => cloud.issuerSuffixes?.some(suffix => `.${host}`.endsWith(`.${suffix}`)))).toEqual(
      hosts.map(() => true),
    );
  });

  test("is read from a file in the Azure Stack environment format", () => {
    expect(resolveCloud(cloudFile(stack), {})).toEqual(stackCloud);
  });

  test("is read from AZURE_ENVIRONMENT_FILEPATH, which a flag overrules", () => {
    const env = { AZURE_ENVIRONMENT_FILEPATH: cloudFile(stack) };
    expect(resolveCloud(undefined, env)).toEqual(stackCloud);
    expect(resolveCloud("china", env).name).toBe("china");
  });

  test("is read with a byte order mark and with names in any case, as Go reads them", () => {
    const { name, tokenAudience, ...rest } = stack;
    const shouting = Object.fromEntries(Object.entries(rest).map(([key, value]) => [key.toUpperCase(), value]));
    const path = cloudFile(`\uFEFF${JSON.stringify({ ...shouting, Name: name, TokenAudience: tokenAudience })}`);
    expect(resolveCloud(path, {})).toEqual(stackCloud);
  });

  test("takes the endpoint for the audience where none is named, and may have no Microsoft Graph", () => {
    const { tokenAudience: _, microsoftGraphEndpoint: __, name: ___, ...rest } = stack;
    const path = cloudFile(rest);
    expect(resolveCloud(path, {})).toEqual({
      name: path,
      origin: "file",
      authorityHost: "https://login.windows.net",
      resourceManagerEndpoint: "https://management.local.azurestack.external",
      resourceManagerScope: "https://management.local.azurestack.external/.default",
    });
  });

  test("keeps the trailing slash of an audience, which is part of it", () => {
    const cloud = resolveCloud(cloudFile({ ...stack, tokenAudience: "https://management.azure.com/" }), {});
    expect(cloud.resourceManagerScope).toBe("https://management.azure.com//.default");
  });

  test("knows whose issuers are whose, as far as the cloud's own are known", () => {
    expect([...issuerClouds(resolveCloud("china", {}))]).toEqual([
      ["oic.prod-aks.azure.com", "public"],
      ["oidc.prod-aks.azure.com", "public"],
      ["oic.prod-aks.azure.us", "usgovernment"],
      ["oic.prod-aks.azure.cn", "china"],
    ]);
    expect(issuerClouds(resolveCloud(cloudFile(stack), {}))).toEqual(new Map());
    const own = resolveCloud(cloudFile({ ...stack, aksIssuerSuffixes: ["oidc.contoso.example"] }), {});
    expect(issuerClouds(own).get("oidc.contoso.example")).toBe("AzureStackCloud");
    expect(issuerClouds(own).get("oic.prod-aks.azure.com")).toBe("public");
    // Another way into the public cloud, as through a proxy: its issuers are this cloud's own.
    const proxied = { ...stack, name: "proxied", activeDirectoryEndpoint: "https://login.microsoftonline.com/" };
    expect(issuerClouds(resolveCloud(cloudFile(proxied), {})).get("oic.prod-aks.azure.com")).toBe("proxied");
    const wrong = cloudFile({ ...stack, aksIssuerSuffixes: ["https://oidc.contoso.example/"] });
    expect(failure(() => resolveCloud(wrong, {}))).toBe(
      `${wrong}: aksIssuerSuffixes is ["https://oidc.contoso.example/"]; it must be a list of hosts.`,
    );
  });

  test("says what is wrong with a file, and with which one", () => {
    const plain = cloudFile({ ...stack, resourceManagerEndpoint: "http://127.0.0.1:8080/" });
    expect(failure(() => resolveCloud(plain, {}))).toBe(
      `${plain}: resourceManagerEndpoint is "http://127.0.0.1:8080/"; it must be an https address.`,
    );
    const { activeDirectoryEndpoint: _, ...incomplete } = stack;
    const lacking = cloudFile(incomplete);
    expect(failure(() => resolveCloud(lacking, {}))).toBe(`${lacking} has no activeDirectoryEndpoint.`);
    const list = cloudFile([stack]);
    expect(failure(() => resolveCloud(list, {}))).toContain(`${list} (--cloud) is not a JSON object`);
    const broken = cloudFile("{");
    expect(failure(() => resolveCloud(undefined, { AZURE_ENVIRONMENT_FILEPATH: broken }))).toContain(
      `${broken} (AZURE_ENVIRONMENT_FILEPATH) is not JSON`,
    );
    const audience = cloudFile({ ...stack, tokenAudience: 7 });
    expect(failure(() => resolveCloud(audience, {}))).toBe(`${audience}: tokenAudience is not a string.`);
  });

  test("names the clouds it knows when it is given neither a name nor a file", () => {
    expect(failure(() => resolveCloud("goverment", {}))).toContain(
      '--cloud: "goverment" is none of public, usgovernment, china, and no such file can be read',
    );
    expect(failure(() => resolveCloud("constructor", {}))).toContain('"constructor" is none of');
  });
});
