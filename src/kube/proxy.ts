import type { Cluster } from "@kubernetes/client-node/dist/config_types.js";

/**
 * The proxy for a cluster: its own `proxy-url`, else what HTTPS_PROXY, HTTP_PROXY and NO_PROXY say, which kubectl follows and
 * the client library does not. Rules: Go's golang.org/x/net/http/httpproxy; address ranges in NO_PROXY are left out here.
 */
export function proxyFor(cluster: Cluster, env: NodeJS.ProcessEnv): { proxyUrl?: string } {
  if (cluster.proxyUrl) return { proxyUrl: cluster.proxyUrl };
  const { protocol, hostname, port } = new URL(cluster.server);
  const proxy = protocol === "https:" ? (env.HTTPS_PROXY ?? env.https_proxy) : (env.HTTP_PROXY ?? env.http_proxy);
  if (!proxy || hostname === "localhost" || hostname.startsWith("127.") || hostname === "[::1]") return {};
  const exceptions = (env.NO_PROXY ?? env.no_proxy ?? "").split(",").map(item => item.trim().toLowerCase());
  const serverPort = port || (protocol === "https:" ? "443" : "80");
  if (exceptions.some(item => item !== "" && matches(item, hostname.toLowerCase(), serverPort))) return {};
  return { proxyUrl: /^[a-z0-9]+:\/\//i.test(proxy) ? proxy : `http://${proxy}` };
}

function matches(exception: string, host: string, port: string): boolean {
  if (exception === "*") return true;
  const [name = "", onlyPort] = exception.split(":");
  if (onlyPort !== undefined && onlyPort !== port) return false;
  const domain = name.replace(/^\*?\./, "");
  // With a leading dot only what is below the domain is meant.
  return host.endsWith(`.${domain}`) || (name === domain && host === domain);
}
