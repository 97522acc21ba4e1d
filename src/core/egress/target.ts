import { type Addresses, cidr, union, without } from "./addresses.ts";

/** What a pod has to reach for its tokens: the authority host on 443 (TCP), and a name server on 53 (UDP) to find it. */
export interface EgressTarget {
  host: string;
  /** All of these must be open for the host to be: it may answer from any of them. */
  addresses: Addresses;
}

export const httpsPort = { port: 443, protocol: "TCP" } as const;
export const dnsPort = { port: 53, protocol: "UDP" } as const;

const everything: Addresses = [[0, 2 ** 32 - 1]];
/** RFC 6890 and the like: no address of a public host. */
const special = [
  "0.0.0.0/8",
  "10.0.0.0/8",
  "100.64.0.0/10",
  "127.0.0.0/8",
  "169.254.0.0/16",
  "172.16.0.0/12",
  "192.0.0.0/24",
  "192.0.2.0/24",
  "192.168.0.0/16",
  "198.18.0.0/15",
  "198.51.100.0/24",
  "203.0.113.0/24",
  "224.0.0.0/4",
  "240.0.0.0/4",
];
/** "Office 365 URLs and IP address ranges", id 56: where login.microsoftonline.com answers. */
const publicCloud = ["20.20.32.0/19", "20.190.128.0/18", "20.231.128.0/19", "40.126.0.0/18"];

/** Hosts whose addresses are public; any other may be in a private network. */
const publicHosts = ["login.microsoftonline.us", "login.chinacloudapi.cn", "login.partner.microsoftonline.cn"];

const defaultAuthorityHost = "login.microsoftonline.com";

/** Where a cluster's own name servers can be; the metadata service is none of them. */
export const clusterAddresses: Addresses = without(all(special), all(["169.254.169.254/32"]));

/** With identity bindings pods ask a proxy of the API server, and nobody outside; where it listens, AKS tells the webhook alone. */
export const tokenProxyTarget: EgressTarget = { host: "the token proxy of the API server", addresses: everything };

/** `authorityHost` may be a URL or the host of one. */
export function egressTarget(authorityHost: string | undefined): EgressTarget {
  const host = hostOf(authorityHost) ?? defaultAuthorityHost;
  if (host === defaultAuthorityHost) return { host, addresses: all(publicCloud) };
  return { host, addresses: publicHosts.includes(host) ? without(everything, all(special)) : everything };
}

function hostOf(text: string | undefined): string | undefined {
  if (!text) return undefined;
  const url = text.includes("://") ? text : `https://${text}`;
  return URL.canParse(url) ? new URL(url).hostname.toLowerCase() : undefined;
}

function all(blocks: readonly string[]): Addresses {
  return union(blocks.map(block => cidr(block) ?? []));
}
