import type { TokenCredential } from "@azure/core-auth";
import type { HttpClient } from "@azure/core-rest-pipeline";
import type { Clock } from "../core/clock.ts";
import { explainUnreachableAuthority } from "./authorityProbe.ts";
import type { Cloud } from "./clouds.ts";
import { keepTokens, type TokenSource } from "./keptTokens.ts";
import { AzureSignInError, toSignInError } from "./signInError.ts";

export interface SignInOptions {
  cloud: Cloud;
  /** `--tenant`; goes before AZURE_TENANT_ID. */
  tenant?: string;
  /**
   * The environment of this process (`process.env`): @azure/identity reads it by itself, so what the cloud and the
   * tenant decide is also written there.
   */
  env: Record<string, string | undefined>;
  httpClient?: HttpClient;
  clock?: Pick<Clock, "now">;
  /** Ends a sign-in that nobody answers, as outside Azure where only a managed identity is asked for. */
  timeoutMilliseconds?: number;
}

const defaultTimeout = 60_000;

/**
 * What options cannot say to @azure/identity 4.13:
 * - ManagedIdentityCredential's token exchange ignores the `authorityHost` option and would send the assertion to the
 *   public cloud;
 * - EnvironmentCredential takes the tenant from the environment alone;
 * - a regional authority would put a region's name before a host that has none.
 */
function prepareEnvironment({ env, cloud, tenant }: SignInOptions): void {
  env.AZURE_AUTHORITY_HOST = cloud.authorityHost;
  if (tenant !== undefined) env.AZURE_TENANT_ID = tenant;
  if (cloud.origin === "file") delete env.AZURE_REGIONAL_AUTHORITY_NAME;
}

/**
 * True when workload identity is set up and would be the first of DefaultAzureCredential's order to be asked. It is
 * then asked alone: in the chain a refused assertion falls through, and a token of somebody else's `az` comes back.
 */
function workloadIdentityDecides(env: SignInOptions["env"]): boolean {
  const choice = env.AZURE_TOKEN_CREDENTIALS?.trim().toLowerCase();
  if (choice && choice !== "prod" && choice !== "workloadidentitycredential") return false;
  const workload = env.AZURE_FEDERATED_TOKEN_FILE && env.AZURE_CLIENT_ID && env.AZURE_TENANT_ID;
  const environmentFirst =
    env.AZURE_CLIENT_SECRET || env.AZURE_CLIENT_CERTIFICATE_PATH || (env.AZURE_USERNAME && env.AZURE_PASSWORD);
  return Boolean(workload) && !environmentFirst;
}

async function createCredential(options: SignInOptions, timeout: number): Promise<TokenCredential> {
  const { cloud, tenant, env, httpClient } = options;
  prepareEnvironment(options);
  const { DefaultAzureCredential, WorkloadIdentityCredential } = await import("@azure/identity");
  const common = {
    authorityHost: cloud.authorityHost,
    // Microsoft's instance discovery knows none of the hosts that a file describes.
    disableInstanceDiscovery: cloud.origin === "file",
    retryOptions: { maxRetries: 0 },
    ...(tenant === undefined ? {} : { tenantId: tenant }),
    ...(httpClient === undefined ? {} : { httpClient }),
  };
  if (workloadIdentityDecides(env)) return new WorkloadIdentityCredential(common);
  // The child of `az` outlives the deadline by a little, so that the deadline's own words are shown.
  return new DefaultAzureCredential({ ...common, processTimeoutInMs: timeout + 5000 });
}

async function withDeadline<Result>(work: Promise<Result>, milliseconds: number, error: () => Error): Promise<Result> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(error()), milliseconds);
  });
  try {
    return await Promise.race([work, deadline]);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Signs in the way DefaultAzureCredential does: environment, workload identity, managed identity, then the tools of a
 * developer (`az` and others); AZURE_TOKEN_CREDENTIALS narrows it. Nothing happens before the first `getToken`, which
 * throws `AzureSignInError`. Tokens are kept in memory for the run. Keep one credential per cloud and tenant.
 */
export function signIn(options: SignInOptions): TokenCredential {
  const { cloud, tenant, env, httpClient, clock = Date, timeoutMilliseconds = defaultTimeout } = options;
  let credential: Promise<TokenCredential> | undefined;

  const explainUnreachable = () =>
    explainUnreachableAuthority({
      authorityHost: cloud.authorityHost,
      tenant: tenant ?? env.AZURE_TENANT_ID ?? "organizations",
      ...(httpClient === undefined ? {} : { httpClient }),
    });

  const timedOut = () =>
    new AzureSignInError(
      `The sign-in to Azure (${cloud.name}, ${cloud.authorityHost}) gave no answer in ${timeoutMilliseconds / 1000} s.`,
      {
        failure: "timeout",
        hint: "Outside Azure no managed identity answers, and `az` may be waiting: AZURE_TOKEN_CREDENTIALS chooses what is asked.",
      },
    );

  const source: TokenSource = async (scopes, getTokenOptions) => {
    try {
      credential ??= createCredential(options, timeoutMilliseconds);
      const work = credential.then(one => one.getToken(scopes, getTokenOptions));
      const token = await withDeadline(work, timeoutMilliseconds, timedOut);
      // `az` whose answer has no accessToken gives undefined here, and no error.
      if (!token?.token) throw new Error("The sign-in succeeded without an access token.");
      return token;
    } catch (error) {
      throw await toSignInError(error, {
        cloudName: cloud.name,
        authorityHost: cloud.authorityHost,
        explainUnreachable,
      });
    }
  };
  // @azure/identity gives out again what it keeps itself, which a new credential does not.
  return keepTokens(source, clock, () => {
    credential = undefined;
  });
}
