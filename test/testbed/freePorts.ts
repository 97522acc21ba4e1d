import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";

/**
 * Ports that were free a moment ago on 127.0.0.1, all different. Another process may take one before it is used; then the
 * component that wanted it ends at once and says so.
 */
export async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, "127.0.0.1"));
  await Promise.all(servers.map(server => once(server, "listening")));
  const ports = servers.map(server => (server.address() as AddressInfo).port);
  await Promise.all(servers.map(server => once(server.close(), "close")));
  return ports;
}
