import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { JwksOfIssuer } from "../../src/sandbox/azure/assertion.ts";
import { ConnectionReset } from "../../src/sandbox/azure/http.ts";
import { serveHttps } from "../../src/sandbox/azure/httpsTransport.ts";
import {
  createSimulatedAzure,
  type FederatedCredentialSeed,
  type SimulatedAzure,
} from "../../src/sandbox/azure/simulatedAzure.ts";
import { operatorClientId, operatorSecret, subscriptionId, systemClock } from "../sandbox/azure/world.ts";
import { tenantId } from "../testbed/components.ts";
import { type Gate, isWrite, type Write } from "./gate.ts";

const tlsFolder = fileURLToPath(new URL("../fixtures/tls/", import.meta.url));
const certificatePath = join(tlsFolder, "simulated-azure.crt.pem");

/** The certificate for 127.0.0.1 that the simulated Azure and the gateway serve with. */
export async function servingCertificate(): Promise<{ cert: string; key: string }> {
  const [cert, key] = await Promise.all([
    readFile(certificatePath, "utf8"),
    readFile(join(tlsFolder, "simulated-azure.key.pem"), "utf8"),
  ]);
  return { cert, key };
}

/** A managed identity as tests name it: by a word, from which its ids follow. */
export interface ManagedIdentity {
  name: string;
  clientID: string;
  resourceID: string;
}

export interface AzureOverHttps {
  simulated: SimulatedAzure;
  /** What the operator's shell has: a sign-in with a secret, and the certificate authority. */
  env: Record<string, string>;
  /** For `--cloud`. */
  cloudFile: string;
  addIdentity(name: string, federatedCredentials?: readonly FederatedCredentialSeed[]): ManagedIdentity;
  /** The identity's credentials now. */
  credentialsOf(identity: ManagedIdentity): FederatedCredentialSeed[];
  /** Somebody else replaces a credential of that name. */
  replaceCredential(identity: ManagedIdentity, credential: FederatedCredentialSeed): Promise<void>;
  close(): Promise<void>;
}

export interface AzureOptions {
  jwks: JwksOfIssuer;
  /** How long a credential stays unseen by exchanges; 0 when left out. */
  propagationMilliseconds?: number;
}

/** Serves a simulated Azure over HTTPS, and writes the file that makes the program take it for its cloud. */
export async function startAzure(folder: string, gate: Gate, options: AzureOptions): Promise<AzureOverHttps> {
  const simulated = createSimulatedAzure({ clock: systemClock, ...options });
  simulated.addApplication({
    tenantId,
    clientId: operatorClientId,
    displayName: "operator",
    secrets: [operatorSecret],
  });
  const https = await serveHttps(
    async request => {
      const path = new URL(request.url).pathname;
      const isArm = path.startsWith("/subscriptions");
      const write: Write | undefined =
        isArm && isWrite(request.method)
          ? { server: "azure", method: request.method, path: path.toLowerCase(), dryRun: false }
          : undefined;
      const pass = (moment: "before" | "after") => {
        try {
          if (write) gate.pass(write, moment);
        } catch {
          throw new ConnectionReset();
        }
      };
      pass("before");
      const answer = await simulated.handle(request);
      pass("after");
      return answer;
    },
    await servingCertificate(),
  );
  const cloudFile = join(folder, "cloud.json");
  const cloud = {
    name: "Simulated",
    resourceManagerEndpoint: `${https.origin}/`,
    activeDirectoryEndpoint: `${https.origin.replace("127.0.0.1", "localhost")}/`,
    // Graph takes no token for ARM, nor the other way round.
    microsoftGraphEndpoint: `${https.origin}/`,
    tokenAudience: "https://management.simulated",
  };
  await writeFile(cloudFile, JSON.stringify(cloud));
  let identities = 0;
  return {
    simulated,
    env: {
      AZURE_TENANT_ID: tenantId,
      AZURE_CLIENT_ID: operatorClientId,
      AZURE_CLIENT_SECRET: operatorSecret,
      NODE_EXTRA_CA_CERTS: certificatePath,
    },
    cloudFile,
    addIdentity(name, federatedCredentials = []) {
      identities += 1;
      const number = identities.toString(16).padStart(12, "0");
      const clientID = `c11e0000-0000-4000-8000-${number}`;
      const resourceID = simulated.addIdentity({
        subscriptionId,
        resourceGroup: "Identities",
        name,
        tenantId,
        clientId: clientID,
        principalId: `0b1ec700-0000-4000-8000-${number}`,
        federatedCredentials,
      });
      return { name, clientID, resourceID };
    },
    credentialsOf: ({ resourceID }) => simulated.federatedCredentials(resourceID),
    async replaceCredential({ resourceID }, { name, issuer, subject, audience }) {
      const { status, body } = await simulated.handle({
        method: "PUT",
        url: `${https.origin}${resourceID}/federatedIdentityCredentials/${name}?api-version=2024-11-30`,
        headers: { authorization: `Bearer ${simulated.issueAccessToken({ tenantId })}` },
        body: JSON.stringify({ properties: { issuer, subject, audiences: [audience] } }),
      });
      if (status !== 200) throw new Error(`Replacing ${name}: ${status} ${body}`);
    },
    close: () => https.close(),
  };
}
