/**
 * Run by signIn.test.ts as a process of its own, since @azure/identity reads the process's environment and Node reads
 * NODE_EXTRA_CA_CERTS at its start only. Signs in, lists credentials when AZWI_TEST_IDENTITY is set, and prints the
 * outcome as one line of JSON.
 */
import { createArm } from "../../src/azure/arm.ts";
import { resolveCloud } from "../../src/azure/clouds.ts";
import { signIn } from "../../src/azure/signIn.ts";

const { AZWI_TEST_IDENTITY: identity, AZWI_TEST_TENANT: tenant, AZWI_TEST_TIMEOUT: timeout } = process.env;
const cloud = resolveCloud(process.env.AZWI_TEST_CLOUD, process.env);
const credential = signIn({
  cloud,
  env: process.env,
  ...(tenant === undefined ? {} : { tenant }),
  ...(timeout === undefined ? {} : { timeoutMilliseconds: Number(timeout) }),
});

async function outcome(): Promise<unknown> {
  if (identity !== undefined)
    return { credentials: await createArm({ cloud, credential }).listFederatedCredentials(identity) };
  return { token: (await credential.getToken(cloud.resourceManagerScope))?.token };
}

function describeError(error: unknown): unknown {
  if (!(error instanceof Error)) return { error: String(error) };
  const { name, message } = error;
  return { ...error, name, message, stack: undefined };
}

process.stdout.write(`${JSON.stringify(await outcome().catch(describeError))}\n`);
// A probe for a managed identity keeps a process alive for a second after it has failed.
process.exit(0);
