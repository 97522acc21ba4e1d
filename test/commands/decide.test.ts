import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { decide } from "../../src/commands/decide.ts";
import type { MappingFlags } from "../../src/commands/io.ts";
import { silentIo } from "./io.ts";

const config = (lines: string) => `apiVersion: azwi-migrate.dev/v1alpha1\nkind: Config\n${lines}\n`;

let cwd: string;
beforeAll(() => {
  cwd = mkdtempSync(join(tmpdir(), "azwi-migrate-decide-"));
  writeFileSync(join(cwd, "azwi-migrate.yaml"), config("clientPath: proxy\naudience: api://file\nproxyPort: 9000"));
  writeFileSync(join(cwd, "other.yaml"), config("proxyPort: 9001"));
});
afterAll(() => rmSync(cwd, { recursive: true, force: true }));

const decided = (
  flags: Partial<MappingFlags>,
  env: Record<string, string> = {},
  say: (text: string) => void = () => {},
) => decide({ output: "text", ...flags }, silentIo({ cwd, env, say }));

describe("a decision", () => {
  test("is the flag's, then the environment's, then the file's, then the default", async () => {
    const env = {
      AZWI_MIGRATE_CLIENT_PATH: "sdk",
      AZWI_MIGRATE_AUDIENCE: "api://environment",
      AZWI_MIGRATE_ISSUER: "",
    };
    expect(await decided({ audience: "api://flag" }, env)).toEqual({
      audience: "api://flag",
      clientPath: "sdk",
      proxyPort: 9000,
      serviceAccount: "auto",
    });
  });

  test("is read from azwi-migrate.yaml unasked, which is said", async () => {
    const said: string[] = [];
    expect(await decided({}, {}, text => said.push(text))).toMatchObject({ clientPath: "proxy", proxyPort: 9000 });
    expect(said).toEqual(["Decisions are read from azwi-migrate.yaml."]);
  });

  test("is read from another file when that is named, by flag or variable", async () => {
    expect(await decided({ config: "other.yaml" })).toMatchObject({ clientPath: "sdk", proxyPort: 9001 });
    expect(await decided({}, { AZWI_MIGRATE_CONFIG: "other.yaml" })).toMatchObject({
      clientPath: "sdk",
      proxyPort: 9001,
    });
  });

  test.each([
    ["AZWI_MIGRATE_CLIENT_PATH", "imds"],
    ["AZWI_MIGRATE_PROXY_PORT", "eighty"],
    ["AZWI_MIGRATE_SERVICE_ACCOUNT", "mine"],
  ])("of %s is refused by name when it cannot be", async (variable, value) => {
    await expect(decided({}, { [variable]: value })).rejects.toThrow(`The variable ${variable} is "${value}"`);
  });

  test.each([
    ["a workload's key is not NAMESPACE/KIND/NAME", "workloads: { cart: { egress: accepted } }", "cart"],
    ["an identity's key is no client id", "identities: { cart: { resourceID: x } }", "cart"],
    ["a workload's decision does not exist", "workloads: { a/b/c: { egres: accepted } }", "egres"],
  ])("is refused where %s", async (_, lines, named) => {
    writeFileSync(join(cwd, `${named}.yaml`), config(lines));
    await expect(decided({ config: `${named}.yaml` })).rejects.toThrow(named);
  });
});

describe("a config file with a mistake is refused with the place and what may stand there", () => {
  test.each<[string, string, string]>([
    [
      "unknown",
      "workloads: { shop/Deployment/cart: { clientPth: sdk } }",
      'workloads["shop/Deployment/cart"] has no field "clientPth" (serviceAccount, clientPath, ',
    ],
    [
      "value",
      "clientPath: Proxy\nproxyPort: x",
      "line 3: clientPath must be one of sdk, proxy; line 4: proxyPort must be integer",
    ],
    ["key", "workloads: { cart: {} }", 'workloads has no field "cart" (by NAMESPACE/KIND/NAME: shop/Deployment/cart)'],
    ["two", "---\nkind: Config", "has a second document at line 3"],
  ])("%s", async (name, lines, expected) => {
    writeFileSync(join(cwd, `mistake-${name}.yaml`), config(lines));
    await expect(decided({ config: `mistake-${name}.yaml` })).rejects.toThrow(expected);
  });
});
