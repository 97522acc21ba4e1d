import { CommandError } from "../core/errors.ts";
import { redact } from "./redact.ts";

/**
 * - `noSignIn`: nothing that could sign in is set up here;
 * - `rejected`: Microsoft Entra refused, `aadsts` says why;
 * - `unreachable`: the authority could not be reached or trusted;
 * - `misconfigured`: an option or variable has a value that cannot be used;
 * - `timeout`: no answer in time.
 */
export type SignInFailure = "noSignIn" | "rejected" | "unreachable" | "misconfigured" | "timeout";

/** Why there is no token for Azure: what was tried, and in `hint` what to do. Holds no secret and no token. */
export class AzureSignInError extends CommandError {
  override name = "AzureSignInError";
  readonly failure: SignInFailure;
  /** Microsoft Entra's number, as 7000215 in AADSTS7000215. */
  readonly aadsts: number | undefined;

  constructor(message: string, about: { failure: SignInFailure; aadsts?: number | undefined; hint: string }) {
    super(message, { hint: about.hint });
    this.failure = about.failure;
    this.aadsts = about.aadsts;
  }
}

const waysIn =
  "Sign in with `az login`, or set AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET (or AZURE_FEDERATED_TOKEN_FILE). " +
  "AZURE_TOKEN_CREDENTIALS (dev, prod, or the name of one credential) narrows what is tried.";

/** What to do about the refusals that an operator meets. Source: "Microsoft Entra error codes". */
const hints: Readonly<Record<number, string>> = {
  50196: "Too many requests in a short time: wait a minute.",
  53003: "A Conditional Access policy forbids this sign-in: ask its owner, or use another machine or account.",
  70021: "The federated credential of AZURE_CLIENT_ID must have exactly the issuer, subject and audience of the token.",
  70025: "AZURE_CLIENT_ID has no federated credential: create one, or wait a minute after its creation.",
  90002: "Check --tenant or AZURE_TENANT_ID, and that --cloud is the cloud of that tenant.",
  500011: "The tenant does not know this cloud's Azure Resource Manager: check --cloud and tokenAudience.",
  700016: "Check AZURE_CLIENT_ID and --tenant or AZURE_TENANT_ID: that tenant has no such application.",
  700024: "The token in AZURE_FEDERATED_TOKEN_FILE has expired: get a fresh one; CI tokens live for minutes only.",
  700211: "The federated credential of AZURE_CLIENT_ID must have exactly the token's issuer, trailing slash included.",
  700212: "The federated credential of AZURE_CLIENT_ID must have exactly the token's audience.",
  700213: "The federated credential of AZURE_CLIENT_ID must have exactly the token's subject.",
  7000215: "AZURE_CLIENT_SECRET is wrong: it must be the secret's value, not its id.",
  7000222: "AZURE_CLIENT_SECRET has expired: create a new one.",
};

function aadstsOf(text: string): number | undefined {
  const found = /AADSTS(\d+)/.exec(text) ?? /Error\(s\): (\d+)/.exec(text);
  return found?.[1] === undefined ? undefined : Number(found[1]);
}

/** One line of foreign text, without the trace lines of Entra and without anything secret. */
function oneLine(text: string): string {
  const description = /AADSTS\d+: [^\r\n]*/.exec(text)?.[0];
  const line = (description ?? text).split(/\s*(?:\r?\n|Trace ID:|- Correlation ID:)/)[0] ?? "";
  return redact(line.trim()).slice(0, 400);
}

interface SignInContext {
  cloudName: string;
  authorityHost: string;
  /** Asks the authority itself why it cannot be reached: @azure/identity drops that reason. */
  explainUnreachable: () => Promise<string | undefined>;
}

/**
 * Turns what @azure/identity 4.13 throws into an `AzureSignInError`; an abort asked for by the caller comes back as it
 * is. Told apart by `name`, since a bundle may hold the classes twice or rename them.
 */
export async function toSignInError(error: unknown, context: SignInContext): Promise<Error> {
  if (!(error instanceof Error)) return new Error(String(error));
  if (error.name === "AbortError" || error instanceof AzureSignInError) return error;
  const tried = "errors" in error && Array.isArray(error.errors) ? error.errors.map(one => String(one?.message)) : [];
  const texts = tried.length > 0 ? tried : [error.message];
  const where = `Azure (${context.cloudName}, ${context.authorityHost})`;

  const rejected = texts.find(text => aadstsOf(text) !== undefined);
  if (rejected !== undefined) {
    const aadsts = aadstsOf(rejected);
    return new AzureSignInError(`${where} refused the sign-in: ${oneLine(rejected)}`, {
      failure: "rejected",
      aadsts,
      hint: (aadsts !== undefined ? hints[aadsts] : undefined) ?? waysIn,
    });
  }
  if (
    texts.some(text =>
      /endpoints_resolution_error|endpoints cannot be resolved|network_error|openid_config_error/i.test(text),
    )
  ) {
    const reason = await context.explainUnreachable();
    return new AzureSignInError(`The sign-in could not reach ${where}.`, {
      failure: "unreachable",
      hint:
        reason ??
        `Check --cloud, --tenant, the network and HTTPS_PROXY. @azure/identity said: ${oneLine(texts.join("; "))}`,
    });
  }
  if (/CredentialUnavailableError|AuthenticationRequiredError|AggregateAuthenticationError/.test(error.name)) {
    const list = texts.map(text => `\n  - ${oneLine(text)}`).join("");
    return new AzureSignInError(`Not signed in to ${where}.\nTried:${list}`, { failure: "noSignIn", hint: waysIn });
  }
  return new AzureSignInError(`The sign-in to ${where} is not set up right: ${oneLine(error.message)}`, {
    failure: "misconfigured",
    hint: waysIn,
  });
}
