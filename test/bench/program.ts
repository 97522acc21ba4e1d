import { fileURLToPath } from "node:url";
import type { CommandLine } from "./processes.ts";

/** The built program; AZWI_MIGRATE names another copy, to compare two versions. */
const executable = process.env.AZWI_MIGRATE ?? fileURLToPath(new URL("../../bin/azwi-migrate.js", import.meta.url));

/** A command of ours on a cluster, with nothing of the person's own sign-ins in its environment. */
export function program(
  args: readonly string[],
  { kubeconfig, home }: { kubeconfig?: string; home: string },
): CommandLine {
  const cluster = kubeconfig === undefined ? {} : { KUBECONFIG: kubeconfig };
  // No sign-in is looked for anywhere but in the variables that are not set: `plan` says at once what it could not ask Azure.
  const azure = { AZURE_TOKEN_CREDENTIALS: "EnvironmentCredential" };
  return {
    command: process.execPath,
    args: [executable, ...args],
    env: { PATH: process.env.PATH, HOME: home, ...cluster, ...azure },
  };
}
