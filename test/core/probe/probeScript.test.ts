import { spawn } from "node:child_process";
import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { probeExit, probeScript } from "../../../src/core/probe/probeScript.ts";

const injected = {
  AZURE_AUTHORITY_HOST: "https://login.microsoftonline.com/",
  AZURE_TENANT_ID: "tenant",
  AZURE_CLIENT_ID: "client",
};

/** Runs the script as the container would, with a curl that does this; `sleep` is none. */
async function ran(curl: string | undefined, variables: Record<string, string | undefined> = {}) {
  const folder = await mkdtemp(join(tmpdir(), "azwi-migrate-probe-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const executable = async (name: string, body: string) => {
    await writeFile(join(folder, name), `#!/bin/sh\n${body}\n`);
    await chmod(join(folder, name), 0o755);
  };
  for (const tool of ["tail", "head", "sed"]) await executable(tool, `exec /usr/bin/${tool} "$@"`);
  await executable("sleep", `echo slept >> ${folder}/sleeps`);
  if (curl !== undefined) await executable("curl", `printf '%s\\n' "$@" >> ${folder}/arguments\n${curl}`);
  const message = join(folder, "message");
  const token = join(folder, "token");
  await writeFile(token, "the.service.account.token");
  const script = probeScript.replaceAll("/dev/termination-log", message);
  const env = {
    ...injected,
    AZURE_FEDERATED_TOKEN_FILE: token,
    AZWI_MIGRATE_SCOPE: "scope",
    PATH: folder,
    ...variables,
  };
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined));
  const child = spawn("/bin/sh", ["-c", script], {
    env: given as NodeJS.ProcessEnv,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", chunk => {
      output += String(chunk);
    });
  const code = await new Promise<number | null>(resolve => child.on("close", resolve));
  const read = (name: string) => readFile(join(folder, name), "utf8").catch(() => "");
  return {
    code,
    output,
    message: await read("message"),
    arguments: (await read("arguments"))
      .split("\n")
      .filter(Boolean)
      .map(one => one.replace(folder, "")),
    tries: (await read("sleeps")).split("\n").filter(Boolean).length + 1,
  };
}

describe("the probe's script", () => {
  test("posts the form of a workload, with the token from its file, and says nothing of either token", async () => {
    expect(await ran(`printf '{"access_token":"secret"}\\n200'`)).toEqual({
      code: probeExit.exchanged,
      output: "",
      message: "exchanged",
      tries: 1,
      arguments: [
        "--silent",
        "--show-error",
        "--max-time",
        "20",
        "--output",
        "-",
        "--write-out",
        "\\n%{http_code}",
        "--data",
        "grant_type=client_credentials",
        "--data-urlencode",
        "client_id=client",
        "--data-urlencode",
        "scope=scope",
        "--data-urlencode",
        "client_assertion_type=urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        "--data-urlencode",
        "client_assertion@/token",
        "https://login.microsoftonline.com/tenant/oauth2/v2.0/token",
      ],
    });
  });

  test("tries for half a minute, then tells why curl found no way", async () => {
    const { code, message, tries } = await ran("printf '\\n000'; echo 'curl: (28) timed out' >&2; exit 28");
    expect({ code, tries }).toEqual({ code: probeExit.unreachable, tries: 6 });
    expect(message).toContain("curl: (28) timed out");
  });

  test.each([429, 503])("takes %i for neither yes nor no", async status => {
    const { code, tries, message } = await ran(`printf 'later\\n${status}'`);
    expect([code, tries, message]).toEqual([probeExit.unanswered, 6, `later\n${status}`]);
  });

  test("tells what Entra refused", async () => {
    const { code, message } = await ran(`printf '{"error_description":"AADSTS700213: no"}\\n400'`);
    expect({ code, message }).toEqual({
      code: probeExit.refused,
      message: '{"error_description":"AADSTS700213: no"}\n400',
    });
  });

  test.each([
    [
      "an answer that broke off",
      `printf '{"access_token":"eyJhbGciOi.eyJhdWQi.c2ln'; echo 'curl: (18) cut' >&2; exit 18`,
    ],
    ["a gateway that sends the form back", `printf 'client_assertion=eyJhbGciOi.eyJhdWQi.c2ln\\n403'`],
  ])("keeps no token of %s", async (_, curl) => {
    const { message } = await ran(curl);
    expect(message).toContain("***");
    expect(message).not.toMatch(/eyJ|c2ln/);
  });

  test.each(["AZURE_CLIENT_ID", "AZURE_FEDERATED_TOKEN_FILE", "AZURE_AUTHORITY_HOST"])(
    "does not try without %s, which the webhook should have set",
    async name => {
      const { code, message } = await ran("exit 0", { [name]: undefined });
      expect({ code, message }).toEqual({ code: probeExit.notInjected, message: `${name} is not set` });
    },
  );

  test("says that the image has no curl", async () => {
    const { code, message } = await ran(undefined);
    expect({ code, message }).toEqual({ code: probeExit.noCurl, message: "the image has no curl" });
  });
});
