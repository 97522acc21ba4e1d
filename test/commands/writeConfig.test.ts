import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { readConfigFile } from "../../src/commands/configFile.ts";
import { plan } from "../../src/commands/plan.ts";
import { realWorld } from "../../src/commands/world.ts";
import { askWhatIsOpen, writeConfigFile } from "../../src/commands/writeConfig.ts";
import { judge } from "../../src/core/reports.ts";
import { azureIdentity, binding, clientIDOf, decisions, factsOf, serviceAccount, workload } from "../core/factories.ts";
import { silentIo } from "./io.ts";

let cwd: string;
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), "azwi-migrate-config-"));
});
afterEach(() => rmSync(cwd, { recursive: true, force: true }));

const shop = fileURLToPath(new URL("../../examples/shop", import.meta.url));
const config = (...lines: string[]) =>
  ["apiVersion: azwi-migrate.dev/v1alpha1", "kind: Config", ...lines, ""].join("\n");
const read = () => readFileSync(join(cwd, "azwi-migrate.yaml"), "utf8");

const open = judge(
  factsOf([
    ...["blob", "vault"].map(name => azureIdentity(`shop/${name}`)),
    ...["blob", "vault"].map(name => binding(`shop/${name}`, { selector: "cart" })),
    serviceAccount("shop/cart"),
    workload("shop/cart", { label: "cart", account: "cart" }),
  ]),
  decisions,
);

describe("what is open", () => {
  test("is asked with the candidates, and the answer unblocks", async () => {
    const asked: string[][] = [];
    const judgement = await askWhatIsOpen(
      open,
      silentIo({
        async choose(_question, answers) {
          asked.push([...answers]);
          return answers[2] ?? "";
        },
      }),
    );
    expect(asked).toEqual([
      ["leave it open", expect.stringMatching(/^shop\/blob \(/), expect.stringMatching(/^shop\/vault \(/)],
    ]);
    expect(judgement.decisions.workloads).toEqual({ "shop/Deployment/cart": { defaultIdentity: clientIDOf("vault") } });
    expect(judgement.mapped.mappings[0]?.blockedBy).toEqual([]);
  });

  test("stays a block when it is left open, as by pressing Enter, and is not asked again", async () => {
    let asked = 0;
    const said: string[] = [];
    const judgement = await askWhatIsOpen(
      open,
      silentIo({
        columns: 60,
        say: text => void said.push(...text.split("\n")),
        async choose(_question, [first]) {
          asked++;
          return first ?? "";
        },
      }),
    );
    expect(asked).toBe(1);
    expect(said.length).toBeGreaterThan(3);
    expect(said.filter(line => line.length > 60)).toEqual([]);
    expect(judgement.mapped.mappings[0]?.blockedBy).toEqual(["several-identities"]);
  });

  test("is told where nobody can be asked", async () => {
    const said: string[] = [];
    const judgement = await askWhatIsOpen(open, silentIo({ say: text => void said.push(text) }));
    expect(judgement).toBe(open);
    expect(said).toEqual(["1 question is open, and nobody can be asked here: the plan has them as blocks."]);
  });
});

describe("writing the config file", () => {
  const decided = { workloads: { "shop/Deployment/cart": { defaultIdentity: "shop/vault" } } };

  test("makes one that editors can check", async () => {
    await writeConfigFile({ clientPath: "proxy", ...decided }, "azwi-migrate.yaml", { cwd });
    expect(read()).toMatch(/^# yaml-language-server: \$schema=https:\/\/.*\/Config\.json\n/);
    expect(read().split("\n").slice(1)).toEqual([
      "apiVersion: azwi-migrate.dev/v1alpha1",
      "kind: Config",
      "clientPath: proxy",
      "workloads:",
      "  shop/Deployment/cart:",
      "    defaultIdentity: shop/vault",
      "",
    ]);
  });

  test("keeps comments, order and other decisions of the one that is there", async () => {
    const before = [
      "kind: Config # ours",
      "apiVersion: azwi-migrate.dev/v1alpha1",
      "workloads:",
      "  # agreed with the team",
      "  shop/Deployment/orders: { clientPath: proxy }",
      "  shop/Deployment/cart:",
      "    egress: accepted # until the firewall is gone",
      "",
    ].join("\n");
    writeFileSync(join(cwd, "azwi-migrate.yaml"), before);
    await writeConfigFile(decided, "azwi-migrate.yaml", { cwd });
    expect(read()).toBe(`${before}    defaultIdentity: shop/vault\n`);
  });

  test("is what the next run needs to decide the same, wherever it was decided", async () => {
    writeFileSync(join(cwd, "azwi-migrate.yaml"), config("clientPath: proxy", "serviceAccount: auto"));
    const io = silentIo({ cwd, env: { AZWI_MIGRATE_PROXY_PORT: "9000" } });
    const flags = { writeConfig: "ours.yaml", filename: [shop], namespace: ["shop"], output: "json" as const };
    await plan(flags, realWorld({}, io.signal), io);
    const written = readFileSync(join(cwd, "ours.yaml"), "utf8").split("\n").slice(3);
    expect(written).toEqual(["namespaces:", "  - shop", "clientPath: proxy", "proxyPort: 9000", ""]);
  });

  test.each([
    ["the one that others repeat", "shop/Deployment/other"],
    ["one that repeats another", "shop/Deployment/cart"],
  ])("changes %s alone", async (_, key) => {
    const lines = ["workloads:", "  shop/Deployment/other: &shared { live: true }", "  shop/Deployment/cart: *shared"];
    writeFileSync(join(cwd, "azwi-migrate.yaml"), config(...lines));
    await writeConfigFile({ workloads: { [key]: { egress: "accepted" } } }, "azwi-migrate.yaml", { cwd });
    expect((await readConfigFile("azwi-migrate.yaml", { cwd })).workloads).toEqual({
      "shop/Deployment/other": { live: true },
      "shop/Deployment/cart": { live: true },
      [key]: { live: true, egress: "accepted" },
    });
  });

  test("keeps the file's line ends and its mode, and is for everybody where it is new", async () => {
    const file = join(cwd, "azwi-migrate.yaml");
    writeFileSync(file, config("clientPath: proxy").replaceAll("\n", "\r\n"), { mode: 0o640 });
    await writeConfigFile(decided, "azwi-migrate.yaml", { cwd });
    expect(read()).toMatch(/^(?:[^\n]*\r\n)*$/);
    expect(statSync(file).mode & 0o777).toBe(0o640);
    await writeConfigFile(decided, "new.yaml", { cwd });
    expect(statSync(join(cwd, "new.yaml")).mode & 0o777).toBe(0o666 & ~process.umask());
  });

  test("leaves a file alone that is no config file", async () => {
    writeFileSync(join(cwd, "azwi-migrate.yaml"), "kind: Pod\n");
    await expect(writeConfigFile(decided, "azwi-migrate.yaml", { cwd })).rejects.toThrow("does not fit its schema");
    expect(read()).toBe("kind: Pod\n");
  });

  test("is refused before anything is read or asked where the file is no config file", async () => {
    writeFileSync(join(cwd, "ours.yaml"), "kind: Pod\n");
    const io = silentIo({ cwd });
    const flags = { writeConfig: "ours.yaml", filename: ["nowhere"], output: "text" as const };
    await expect(plan(flags, realWorld({}, io.signal), io)).rejects.toThrow("ours.yaml does not fit its schema");
  });
});
