import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { resolveCloud } from "../../src/azure/clouds.ts";
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
    };
    expect(resolveCloud(undefined, {})).toEqual(publicCloud);
    expect(resolveCloud("Public", {})).toEqual(publicCloud);
  });

  test.each([
    ["usgovernment", "https://login.microsoftonline.us", "https://management.usgovcloudapi.net"],
    ["china", "https://login.chinacloudapi.cn", "https://management.chinacloudapi.cn"],
  ])("%s has its own authority, endpoint and scope", (name, authorityHost, resourceManagerEndpoint) => {
    expect(resolveCloud(name, {})).toMatchObject({
      name,
      authorityHost,
      resourceManagerEndpoint,
      resourceManagerScope: `${resourceManagerEndpoint}/.default`,
    });
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
