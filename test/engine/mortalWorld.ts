import { Readable } from "node:stream";
import { type ApplyFlags, apply } from "../../src/commands/apply.ts";
import type { AzureReach, Io, World } from "../../src/commands/io.ts";
import type { Clock } from "../../src/core/clock.ts";
import type { RunResult } from "../../src/core/documents/runResult.ts";
import type { Connection } from "../../src/kube/transport.ts";

/** Says that the process is no more; no handler of errors knows it. */
class Killed extends Error {
  override readonly name = "Killed";
}

/** Where a process dies: at which of its writes (from 1), and whether that write still reaches its server. */
export interface Death {
  write: number;
  moment: "before" | "after";
}

/** What outlives every process. */
interface Servers {
  clock: Clock;
  connection: Connection;
  azure: AzureReach;
}

export interface MortalWorld {
  world: World;
  /** Writes that were sent, in their order: `PATCH path`. */
  writes: string[];
  /** Resolves when nothing that the process had sent is under way any more. */
  quiet(): Promise<void>;
}

/**
 * What one process sees of a cluster and an Azure, until it dies: from then on nothing of it gets anywhere, and what was
 * under way is carried out without it, as after a SIGKILL.
 */
export function mortalWorld(reach: Servers, death?: Death): MortalWorld {
  const writes: string[] = [];
  const underWay = new Set<Promise<unknown>>();
  let isDead = false;

  async function mortal<T>(name: string | undefined, carryOut: () => Promise<T>): Promise<T> {
    if (isDead) throw new Killed();
    if (name !== undefined) writes.push(name);
    const isLast = name !== undefined && writes.length === death?.write;
    if (isLast) isDead = true;
    if (isLast && death?.moment === "before") throw new Killed();
    const work = carryOut();
    underWay.add(work);
    try {
      const answer = await work;
      if (isDead) throw new Killed();
      return answer;
    } catch (error) {
      throw isDead ? new Killed() : error;
    } finally {
      underWay.delete(work);
    }
  }

  const { clock, connection, azure } = reach;
  const mortalConnection: Connection = {
    ...connection,
    request: request => {
      const isToken = request.path.endsWith("/token");
      const isWrite =
        request.method !== "GET" && !isToken && !("dryRun" in (request.query ?? {}) && request.query?.dryRun);
      return mortal(isWrite ? `${request.method} ${request.path}` : undefined, () => connection.request(request));
    },
  };
  const mortalAzure: AzureReach = {
    getApplication: clientID => mortal(undefined, () => azure.getApplication(clientID)),
    listRoleAssignments: (subscription, principal) =>
      mortal(undefined, () => azure.listRoleAssignments(subscription, principal)),
    getIdentity: id => mortal(undefined, () => azure.getIdentity(id)),
    listCredentials: id => mortal(undefined, () => azure.listCredentials(id)),
    listIdentityBindings: id => mortal(undefined, () => azure.listIdentityBindings(id)),
    putIdentityBinding: (id, binding) =>
      mortal(`PUT ${id}/${binding.name}`, () => azure.putIdentityBinding(id, binding)),
    getOperation: url => mortal(undefined, () => azure.getOperation(url)),
    getCredential: (id, name) => mortal(undefined, () => azure.getCredential(id, name)),
    listPermissions: scope => mortal(undefined, () => azure.listPermissions(scope)),
    signedInAs: () => mortal(undefined, () => azure.signedInAs()),
    listSubscriptions: () => mortal(undefined, () => azure.listSubscriptions()),
    queryIdentities: (clientIDs, among) => mortal(undefined, () => azure.queryIdentities(clientIDs, among)),
    listIdentities: subscription => mortal(undefined, () => azure.listIdentities(subscription)),
    getManagedCluster: id => mortal(undefined, () => azure.getManagedCluster(id)),
    queryManagedClusters: (hosts, among) => mortal(undefined, () => azure.queryManagedClusters(hosts, among)),
    listManagedClusters: subscription => mortal(undefined, () => azure.listManagedClusters(subscription)),
    getResourceGroup: (subscription, name) => mortal(undefined, () => azure.getResourceGroup(subscription, name)),
    exchangeScope: azure.exchangeScope,
    exchangeToken: request => mortal(undefined, () => azure.exchangeToken(request)),
    putCredential: (id, credential) =>
      mortal(`PUT ${id}/${credential.name}`, () => azure.putCredential(id, credential)),
    deleteCredential: (id, name) => mortal(`DELETE ${id}/${name}`, () => azure.deleteCredential(id, name)),
  };
  return {
    writes,
    world: {
      clock: {
        now: () => clock.now(),
        sleep: (milliseconds, signal) => mortal(undefined, () => clock.sleep(milliseconds, signal)),
      },
      random: () => 0.5,
      connect: async () => [mortalConnection],
      azure: async () => mortalAzure,
    },
    async quiet() {
      while (underWay.size > 0) await Promise.allSettled(underWay);
    },
  };
}

export interface Captured {
  io: Io;
  printed: string[];
  said: string[];
}

/** A command's surroundings that keep what it prints. */
export function capturedIo(cwd: string): Captured {
  const printed: string[] = [];
  const said: string[] = [];
  const io: Io = {
    stdin: Readable.from([]),
    print: text => void printed.push(text),
    say: text => void said.push(text),
    env: {},
    cwd,
    columns: undefined,
    colors: false,
    signal: new AbortController().signal,
  };
  return { io, printed, said };
}

/** One process that applies, from its start to its end or death; `file` is a saved plan. */
export async function applyOnce(
  servers: Servers,
  {
    folder,
    flags,
    file,
    death,
  }: { folder: string; flags: ApplyFlags; file?: string | undefined; death?: Death | undefined },
) {
  const mortal = mortalWorld(servers, death);
  const { io, printed } = capturedIo(folder);
  try {
    const code = await apply(file, flags, mortal.world, io);
    return { code, result: JSON.parse(printed.join("\n")) as RunResult, writes: mortal.writes };
  } catch (error) {
    if (!(error instanceof Killed)) throw error;
    await mortal.quiet();
    return { code: "killed" as const, writes: mortal.writes };
  }
}
