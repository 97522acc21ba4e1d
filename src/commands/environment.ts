import { CommandError } from "../core/errors.ts";
import type { Decisions } from "../core/model.ts";

/** Variables that decide what a flag of the same name decides, for CI jobs that share a command line. */
const environmentVariables: Readonly<Record<string, keyof Decisions>> = {
  AZWI_MIGRATE_ISSUER: "issuer",
  AZWI_MIGRATE_AUDIENCE: "audience",
  AZWI_MIGRATE_SERVICE_ACCOUNT: "serviceAccount",
  AZWI_MIGRATE_CLIENT_PATH: "clientPath",
  AZWI_MIGRATE_TRUST: "trust",
  AZWI_MIGRATE_PROXY_PORT: "proxyPort",
  AZWI_MIGRATE_POD_IDENTITY_MODE: "podIdentityMode",
};

/**
 * What the environment decides; a variable that is empty decides nothing.
 *
 * @throws CommandError that names the variable
 */
export async function environmentDecisions(env: NodeJS.ProcessEnv): Promise<Partial<Decisions>> {
  const decided: Partial<Decisions> = {};
  for (const [variable, key] of Object.entries(environmentVariables)) {
    const text = env[variable];
    if (!text) continue;
    const { checkConfig, listed } = await import("./schemas.ts");
    const value = { [key]: key === "proxyPort" ? Number(text) : text };
    const checked = checkConfig({ apiVersion: "azwi-migrate.dev/v1alpha1", kind: "Config", ...value });
    if ("problems" in checked)
      throw new CommandError(`The variable ${variable} is ${JSON.stringify(text)}: ${listed(checked.problems)}`);
    Object.assign(decided, value);
  }
  return decided;
}
