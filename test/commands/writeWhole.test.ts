import { execFileSync } from "node:child_process";
import { lstat, mkdtemp, readdir, readFile, readlink, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { writeWhole } from "../../src/commands/writeWhole.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "azwi-migrate-write-"));
});
afterEach(() => rm(folder, { recursive: true }));

const write = (name: string, text = "new") =>
  writeWhole(join(folder, name), text, reason => {
    throw new Error(reason);
  });

it("writes what a link leads to, and the link stays one", async () => {
  await writeFile(join(folder, "plan.json"), "old");
  await symlink("plan.json", join(folder, "latest.json"));
  await write("latest.json");
  expect(await readlink(join(folder, "latest.json"))).toBe("plan.json");
  expect(await readFile(join(folder, "plan.json"), "utf8")).toBe("new");
});

it("hands a pipe its text, and the pipe stays one", async () => {
  const pipe = join(folder, "pipe");
  execFileSync("mkfifo", [pipe]);
  const [read] = await Promise.all([readFile(pipe, "utf8"), write("pipe")]);
  expect(read).toBe("new");
  expect((await lstat(pipe)).isFIFO()).toBe(true);
});

it("leaves nothing behind where it cannot write", async () => {
  await expect(write("gone/plan.json")).rejects.toThrow("no such file or folder");
  expect(await readdir(folder)).toEqual([]);
});
