import { randomInt } from "node:crypto";
import { once } from "node:events";
import { createServer, type Server } from "node:net";

/** Listens on a random port, or gives undefined when that one is taken. */
async function tryListen(): Promise<{ port: number; server: Server } | undefined> {
  // Below the ports that Linux and macOS give to outgoing connections, which could take one before it is used.
  const port = randomInt(10_000, 30_000);
  const server = createServer().listen(port, "127.0.0.1");
  try {
    await once(server, "listening");
    return { port, server };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EADDRINUSE") return undefined;
    throw error;
  }
}

/**
 * A port for every name, all different and free a moment ago on 127.0.0.1. Should another process take one before it is
 * used, the component that wanted it ends at once and says so.
 */
export async function freePorts<Name extends string>(names: readonly Name[]): Promise<Record<Name, number>> {
  const taken: { name: Name; port: number; server: Server }[] = [];
  for (const name of names) {
    let listening = await tryListen();
    while (listening === undefined) listening = await tryListen();
    taken.push({ name, ...listening });
  }
  await Promise.all(taken.map(({ server }) => once(server.close(), "close")));
  return Object.fromEntries(taken.map(({ name, port }) => [name, port])) as Record<Name, number>;
}
