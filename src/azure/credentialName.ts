import { AzureError } from "./azureError.ts";

/**
 * Specification of Microsoft.ManagedIdentity, narrower than Graph's "URL friendly": names are the same on both. Keeps `..` out of
 * the path too, which would name the identity itself.
 */
const credentialName = /^[a-zA-Z0-9][a-zA-Z0-9-_]{2,119}$/;

/** A name that a federated credential can have; throws `AzureError` for any other. */
export function checkedName(name: string): string {
  if (credentialName.test(name)) return name;
  throw new AzureError(
    `"${name}" is no name for a federated credential: 3 to 120 letters, digits, - and _, the first a letter or digit.`,
    { kind: "badRequest" },
  );
}
