import { askedOnce } from "../azure/askedOnce.ts";
import type { AzureFlags, AzureReach, World } from "./io.ts";

/**
 * One sign-in for everything that is read through `world`, and one request for what is asked several times: plans of a fleet share
 * identities, and Azure's lists have narrow limits. `azure` gives the access itself, which asks anew each time.
 */
export function sharedAzure(world: World): { world: World; azure(flags: AzureFlags): Promise<AzureReach> } {
  let signedIn: Promise<AzureReach> | undefined;
  let remembering: Promise<AzureReach> | undefined;
  const azure = (flags: AzureFlags) => {
    signedIn ??= world.azure(flags);
    return signedIn;
  };
  return {
    azure,
    world: {
      ...world,
      azure(flags) {
        remembering ??= azure(flags).then(withMemory);
        return remembering;
      },
    },
  };
}

/** What reads, by its name; what writes or proves something is never remembered. */
const reads = /^(get|list|query)/;

function withMemory(reach: AzureReach): AzureReach {
  const remembered = Object.entries(reach).map(([name, member]) =>
    typeof member === "function" && reads.test(name)
      ? [name, askedOnce(member as (...args: unknown[]) => Promise<unknown>)]
      : [name, member],
  );
  // The same members under the same names.
  return Object.fromEntries(remembered) as AzureReach;
}
