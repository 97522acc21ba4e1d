import { describe, expect, test } from "vitest";
import { defaultProbeImage } from "../../src/core/probe/defaultImage.ts";
import { run } from "./run.ts";
import { shop } from "./world.ts";

const common = [
  "--kubeconfig",
  "--context",
  "-n, --namespace",
  "-A, --all-namespaces",
  "-l, --selector",
  "-o, --output",
  "--config",
  "--pod-identity-mode",
  "--request-timeout",
  "--no-color",
  "-q, --quiet",
  "-v, --verbose",
];
const mapping = [
  "--issuer",
  "--cluster-resource-id",
  "--audience",
  "--client-path",
  "--proxy-port",
  "--cloud",
  "--tenant",
];

test("--version is one line, whatever else is there", async () => {
  expect(await run(["--version"])).toEqual({ code: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/), stderr: "" });
});

describe("--help names every flag", () => {
  test.each<[string, string[]]>([
    ["scan", [...common, "-f, --filename"]],
    ["plan", [...common, ...mapping, "-f, --filename", "--out", "--detailed-exitcode", "--dry-run"]],
    [
      "apply",
      [...common, ...mapping, "[plan]", "--stage", "--yes", "--timeout", "--exchange-timeout", "--exchange-interval"],
    ],
    [
      "verify",
      [...common, ...mapping, "--stage", "--dry-run-pods", "--exchange", "--exchange-timeout", "--exchange-interval"],
    ],
    ["rehearse", ["-f, --filename", "--pod-identity-mode", "--no-color", "-q, --quiet", "-v, --verbose"]],
  ])("of %s", async (command, flags) => {
    const { code, stdout, stderr } = await run([command, "--help"]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(flags.filter(flag => !stdout.includes(flag))).toEqual([]);
    expect(stdout).toContain(`azwi-migrate ${command}`);
  });

  test.each(["scan", "plan", "apply", "verify", "merge", "explain", "rehearse"])(
    "of %s fits a terminal of 80 columns",
    async command => {
      const { stdout } = await run([command, "--help"], { env: { COLUMNS: "80" } });
      expect(stdout.split("\n").filter(line => line.length > 80)).toEqual([]);
    },
  );

  test.each(["apply", "verify"])("of %s names the probe's image that is used", async command => {
    const { stdout } = await run([command, "--help"]);
    expect(stdout.replaceAll(/\s+/g, " ")).toContain(`(default: ${defaultProbeImage})`);
  });

  test("of the program names every command", async () => {
    const { code, stdout } = await run(["--help"]);
    expect(code).toBe(0);
    for (const command of ["scan", "plan", "apply", "verify", "merge", "explain", "rehearse"])
      expect(stdout).toMatch(new RegExp(`^ +${command}\\b`, "m"));
  });

  test("no command at all shows the same, as an error", async () => {
    const { code, stdout, stderr } = await run([]);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toContain("Usage: azwi-migrate");
  });
});

describe("colours", () => {
  const coloured = async (env: Record<string, string>, ...flags: string[]) =>
    (await run(["scan", "-f", shop, ...flags], { env })).stdout.includes("\u001b[");

  test.each<[string, Record<string, string>, string[], boolean]>([
    ["not in a pipe", {}, [], false],
    ["in a pipe with FORCE_COLOR", { FORCE_COLOR: "1" }, [], true],
    ["not with FORCE_COLOR=0", { FORCE_COLOR: "0" }, [], false],
    ["not with NO_COLOR, which wins", { FORCE_COLOR: "1", NO_COLOR: "1" }, [], false],
    ["with an empty NO_COLOR, which says nothing", { FORCE_COLOR: "1", NO_COLOR: "" }, [], true],
    ["not with --no-color, which wins", { FORCE_COLOR: "1" }, ["--no-color"], false],
    ["not in JSON", { FORCE_COLOR: "1" }, ["-o", "json"], false],
  ])("are there %s", async (_, env, flags, expected) => {
    expect(await coloured(env, ...flags)).toBe(expected);
  });
});
