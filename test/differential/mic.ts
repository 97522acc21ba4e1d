import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Component, startComponent } from "../testbed/component.ts";
import { freePorts } from "../testbed/freePorts.ts";
import { httpGet } from "../testbed/httpGet.ts";
import type { LocatedTestbed } from "../testbed/locate.ts";
import { type ARM, operator } from "./arm.ts";

export interface MICOptions {
  binaries: LocatedTestbed["binaries"];
  kubeconfigPath: string;
  /** The Azure that it changes. */
  arm: ARM;
  /** The environment that decides whether it is namespaced. */
  env: { FORCENAMESPACED: string };
}

/** Starts the real MIC and gives it when its sync loop runs, which is after its caches hold everything there is. */
export async function startMIC({ binaries, kubeconfigPath, arm, env }: MICOptions): Promise<Component> {
  const folder = await mkdtemp(join(tmpdir(), "azwi-migrate-mic-"));
  const cloudconfig = join(folder, "azure.json");
  const environment = join(folder, "environment.json");
  try {
    await writeFile(cloudconfig, JSON.stringify(azureJSON));
    await writeFile(environment, JSON.stringify(environmentAt(arm.url)));
    const ports = await freePorts(["probe", "metrics"]);
    const mic = await startComponent(binaries.leash, folder, {
      command: binaries.mic,
      args: [
        `--kubeconfig=${kubeconfigPath}`,
        `--cloudconfig=${cloudconfig}`,
        `--http-probe-port=${ports.probe}`,
        `--prometheus-port=${ports.metrics}`,
        // A lock of its own: one that was killed holds the old lock for another 15 seconds.
        `--leader-election-name=mic-${ports.probe}`,
        "--clientQps=1000",
        "--enable-type-upgrade=false",
        "--logtostderr",
      ],
      env: {
        MIC_POD_NAMESPACE: "default",
        AZURE_ENVIRONMENT_FILEPATH: environment,
        SSL_CERT_FILE: arm.certificate,
        ...env,
      },
      ready: async () => (await httpGet(`http://127.0.0.1:${ports.probe}/healthz`))?.body === "Active",
    });
    try {
      await mic.ready();
    } catch (error) {
      await mic.stop();
      throw error;
    }
    return mic;
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

/** Only this name makes MIC read the environment file. */
const azureJSON = {
  cloud: "AzureStackCloud",
  tenantId: operator.tenantId,
  aadClientId: operator.clientId,
  aadClientSecret: operator.secret,
  subscriptionId: "5",
  resourceGroup: "nodes",
  vmType: "vmss",
};

function environmentAt(url: string) {
  return {
    name: "AzureStackCloud",
    resourceManagerEndpoint: url,
    activeDirectoryEndpoint: url,
    serviceManagementEndpoint: url,
    tokenAudience: url,
  };
}
