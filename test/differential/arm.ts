import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { serveHttps } from "../../src/sandbox/azure/httpsTransport.ts";
import { createSimulatedAzure } from "../../src/sandbox/azure/simulatedAzure.ts";
import { systemClock } from "../sandbox/azure/world.ts";
import { nodes } from "./world.ts";

const tls = fileURLToPath(new URL("../fixtures/tls/", import.meta.url));
const certificate = `${tls}simulated-azure.crt.pem`;

export const operator = {
  tenantId: "00000000-0000-4000-8000-00000000000e",
  clientId: "00000000-0000-4000-8000-00000000000c",
  secret: "none",
};

/** The simulated Azure with the machines of the laboratory, for MIC. */
export interface ARM {
  /** With a slash at the end, as cloud environment files have it. */
  url: string;
  /** Who asks it trusts this certificate. */
  certificate: string;
  stop(): Promise<void>;
}

/** Serves the nodes. They take whatever identity MIC gives them, since worlds name identities that are nowhere. */
export async function startARM(): Promise<ARM> {
  const azure = createSimulatedAzure({
    clock: systemClock,
    jwks: async () => undefined,
    unknownIdentities: "assigned",
  });
  const { tenantId, clientId, secret } = operator;
  azure.addApplication({ tenantId, clientId, displayName: "mic", secrets: [secret] });
  const place = { tenantId, subscriptionId: "5", resourceGroup: "nodes" };
  azure.addMachine({ ...place, name: "pool" });
  for (const name of nodes.filter(node => !node.startsWith("pool-"))) {
    azure.addMachine({ ...place, name, type: "Microsoft.Compute/virtualMachines" });
  }
  const { origin, close } = await serveHttps(azure.handle, {
    cert: readFileSync(certificate, "utf8"),
    key: readFileSync(`${tls}simulated-azure.key.pem`, "utf8"),
  });
  return { url: `${origin}/`, certificate, stop: close };
}
