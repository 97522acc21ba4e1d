import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { manifestSources, recipes } from "./binaries.ts";
import { testbedSource } from "./cacheFolder.ts";

/** The caller's environment without the settings that would change what is built or make the go command refuse. */
function goEnvironment(): NodeJS.ProcessEnv {
  const { GOOS: _os, GOARCH: _arch, GO111MODULE: _modules, ...rest } = process.env;
  return { ...rest, GOFLAGS: "", GOWORK: "off", CGO_ENABLED: "0" };
}

/** Runs the go command in a folder and gives its standard output; throws with its standard error when it fails. */
export function go(args: readonly string[], folder: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn("go", args, { cwd: folder, env: goEnvironment(), stdio: ["ignore", "pipe", "pipe"] });
    let stdout = "";
    let stderr = "";
    child.stdout.on("data", data => {
      stdout += data;
    });
    child.stderr.on("data", data => {
      stderr += data;
    });
    child.on("error", (error: NodeJS.ErrnoException) => {
      reject(error.code === "ENOENT" ? new Error(`Go is not installed: no "go" on the PATH. ${remedy()}`) : error);
    });
    child.on("close", code => {
      if (code === 0) resolve(stdout);
      else reject(new Error(`go ${args.join(" ")} failed (exit code ${code}) in ${folder}:\n${stderr.trim()}`));
    });
  });
}

/** Orders versions such as 1.26 and 1.26.4; a missing part counts as 0. */
function compareVersions(left: string, right: string): number {
  const [a, b] = [left, right].map(version => version.split(".").map(part => Number.parseInt(part, 10) || 0));
  return [0, 1, 2].map(i => (a?.[i] ?? 0) - (b?.[i] ?? 0)).find(difference => difference !== 0) ?? 0;
}

/** The newest Go that any of the module groups asks for. */
function neededVersion(): string {
  const groups = new Set<string>([...recipes, ...manifestSources].map(({ group }) => group));
  return [...groups]
    .map(group => readFileSync(join(testbedSource, group, "go.mod"), "utf8"))
    .map(text => /^go (\S+)$/m.exec(text)?.[1] ?? "0")
    .reduce((newest, version) => (compareVersions(version, newest) > 0 ? version : newest));
}

function remedy(): string {
  return `Building the testbed needs Go ${neededVersion()} or newer (https://go.dev/dl/).`;
}

/**
 * Throws when there is no Go, or one that is too old and not allowed to fetch a newer toolchain by itself, which it can
 * since Go 1.21 unless GOTOOLCHAIN says "local" (https://go.dev/doc/toolchain).
 */
export async function requireGo(): Promise<void> {
  // Asked outside of any module: inside one, a Go that is too old refuses to answer at all.
  const [version = "", toolchain = ""] = (await go(["env", "GOVERSION", "GOTOOLCHAIN"], tmpdir())).split("\n");
  const running = version.replace(/^go/, "");
  if (compareVersions(running, neededVersion()) >= 0) return;
  const fetchesNewer = compareVersions(running, "1.21") >= 0 && toolchain !== "local";
  if (!fetchesNewer) throw new Error(`Go ${running} is too old. ${remedy()}`);
}
