import type { Language } from "../workloadIdentity/sdkReadiness.ts";

/**
 * What an application sets so that its SDK uses the token proxy of identity bindings: Microsoft Learn, aks/identity-bindings.md, and
 * the change logs of the libraries. All of it is opt-in, and of WorkloadIdentityCredential alone.
 */
const options: Readonly<Record<Language, string>> = {
  ".NET": ".NET: Azure.Core 1.55.0 or later (or Azure.Identity 1.18.0-beta.3), IsAzureProxyEnabled",
  Go: "Go: azidentity 1.15.0-beta.1 or later (not 1.14.0), EnableAzureProxy",
  Java: "Java: azure-identity 1.19.0-beta.2 or later, enableAzureProxy()",
  JavaScript: "JavaScript: @azure/identity 4.14.0-beta.2 or later, enableAzureProxy",
  Python: "Python: azure-identity 1.26.0b2 or later, enable_azure_proxy=True",
};

/** For these languages, or, where none is seen, for all. */
export function bindingOptions(languages: readonly Language[]): string[] {
  const wanted = languages.length > 0 ? languages : (Object.keys(options) as Language[]);
  return wanted.map(language => options[language]);
}
