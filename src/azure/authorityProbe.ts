import {
  createDefaultHttpClient,
  createPipelineFromOptions,
  createPipelineRequest,
  type HttpClient,
  isRestError,
} from "@azure/core-rest-pipeline";
import { explainConnectionFailure } from "./connectionFailure.ts";

const timeoutMilliseconds = 5000;

/**
 * Asks an authority for its OpenID configuration, only to learn why it cannot be asked: @azure/identity reports every
 * such failure as `endpoints_resolution_error` without its cause. Gives a sentence, or undefined where it answers well.
 */
export async function explainUnreachableAuthority(options: {
  authorityHost: string;
  tenant: string;
  httpClient?: HttpClient;
}): Promise<string | undefined> {
  const { authorityHost, tenant, httpClient = createDefaultHttpClient() } = options;
  const url = `${authorityHost}/${tenant}/v2.0/.well-known/openid-configuration`;
  const { host } = new URL(url);
  try {
    const request = createPipelineRequest({ url, timeout: timeoutMilliseconds });
    const response = await createPipelineFromOptions({ retryOptions: { maxRetries: 0 } }).sendRequest(
      httpClient,
      request,
    );
    if (response.status < 400) return undefined;
    const tenantUnknown = /AADSTS90002/.test(response.bodyAsText ?? "");
    return tenantUnknown
      ? `${host} does not know the tenant ${tenant}: check --tenant or AZURE_TENANT_ID, and --cloud.`
      : `${host} answered ${response.status} to ${url}.`;
  } catch (error) {
    if (error instanceof Error && error.name === "AbortError") {
      return `${host} gave no answer in ${timeoutMilliseconds / 1000} s. Check the network, a firewall and HTTPS_PROXY.`;
    }
    return explainConnectionFailure(isRestError(error) ? error.code : undefined, host);
  }
}
