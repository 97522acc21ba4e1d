import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { scan } from "../../src/commands/scan.ts";
import { realWorld } from "../../src/commands/world.ts";
import type { Scan } from "../../src/core/documents/scan.ts";
import { exitCodes } from "../../src/core/errors.ts";
import { bound, workload } from "../core/factories.ts";
import { silentIo } from "./io.ts";

let cwd: string;
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), "azwi-migrate-baseline-"));
});
afterEach(() => rmSync(cwd, { recursive: true, force: true }));

const authentication = (name: string) => ({
  apiVersion: "keda.sh/v1alpha1",
  kind: "TriggerAuthentication",
  metadata: { name, namespace: "shop" },
  spec: { podIdentity: { provider: "azure" } },
});

async function scanned(flags: { baseline?: string } = {}) {
  const printed: string[] = [];
  const io = silentIo({ cwd, print: text => void printed.push(text) });
  const code = await scan({ filename: ["all.json"], output: "json", ...flags }, realWorld({}, io.signal), io);
  const document: Scan = JSON.parse(printed.join("\n"));
  return { code, document };
}

test("an object that has come to use pod identity through a consumer is one more since the baseline", async () => {
  const before = [...bound("shop/cart"), workload("shop/cart", { label: "cart" }), authentication("queue")];
  const write = (items: object[]) =>
    writeFileSync(join(cwd, "all.json"), JSON.stringify({ apiVersion: "v1", kind: "List", items }));
  write(before);
  const { document } = await scanned();
  writeFileSync(join(cwd, "baseline.json"), JSON.stringify(document));
  const since = async () => {
    const { code, document: now } = await scanned({ baseline: "baseline.json" });
    return [code, now.findings.filter(one => one.code === "usage-since-baseline").map(one => one.subject?.name)];
  };
  expect(await since()).toEqual([exitCodes.ok, []]);
  write([...before, authentication("topic")]);
  expect(await since()).toEqual([exitCodes.blocked, ["topic"]]);
});
