import { expect } from "vitest";
import type { Ended } from "./run.ts";

/** Everything but line breaks that a terminal would act on, or that would hide or reorder text. */
const unsafe = /[^\P{Cc}\n]|[\p{Cf}\p{Zl}\p{Zp}]/u;

/** What every ending must hold: no defect, no stack, nothing that a terminal would act on. */
export function expectWellBehaved({ stdout, stderr }: Ended): void {
  const all = stdout + stderr;
  expect(all).not.toMatch(/defect of azwi-migrate|^\s+at \S+ \(|node:internal|\[object Object\]|undefined/m);
  expect(all).not.toMatch(unsafe);
}

/** A refusal: nothing on standard output, one line that names what is wrong, after whom it acts as at most, and the exit code. */
export function expectRefusal(ended: Ended, code: number, ...says: (string | RegExp)[]): void {
  expectWellBehaved(ended);
  expect({ code: ended.code, stdout: ended.stdout }).toEqual({ code, stdout: "" });
  const line = ended.stderr.split("\n").find(one => !/^(Cluster \S+|Azure): as /.test(one));
  expect(line).toMatch(/^error: /);
  for (const words of says) expect(ended.stderr).toMatch(words);
}
