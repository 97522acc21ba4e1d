import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { type Component, type ComponentSpecification, startComponent } from "./component.ts";
import {
  apiServer,
  type ComponentContext,
  etcd,
  kwokConfigurationPath,
  partComponents,
  portNames,
  type TestbedPart,
  tenantId,
} from "./components.ts";
import { freePorts } from "./freePorts.ts";
import { type Kubectl, kubectlFor, kubectlOrThrow } from "./kubectl.ts";
import { type LocatedTestbed, locateTestbed } from "./locate.ts";
import { clusterObjects, type KubernetesObject, nodes, probePod, webhookConfiguration } from "./objects.ts";
import { poll } from "./poll.ts";
import { kubeconfigPath, type User, writeUsers } from "./users.ts";

/** What to start beside etcd and the API server. */
export interface TestbedOptions {
  parts: readonly TestbedPart[];
  /**
   * Further documents for kwok, such as Stage objects that make pods crash or ClusterLogs that answer pods/log. A Stage
   * with `weight: 1` wins over kwok's own ones, which have none.
   */
  kwokConfiguration?: string;
  /** Behind the API server's address in the issuer: `/`, as AKS issuers end; nothing when left out. */
  issuerPath?: string;
}

/** A running control plane with the pod identity CRDs; three nodes, which are Ready when kwok is one of the parts. */
export interface Testbed {
  /** Address of the API server. */
  server: string;
  /** PEM of the API server's CA, in base64, as kubeconfigs have it. */
  caData: string;
  /** The service account issuer; it serves its discovery documents to everybody. */
  issuer: string;
  /** The tenant that the webhook injects. */
  tenantId: string;
  /** Kubeconfig of the admin. */
  kubeconfigPath: string;
  kubeconfigFor(user: User): string;
  /** Runs kubectl as the admin; resolves whatever the exit code. */
  kubectl: Kubectl;
  /** Server-side apply of YAML or objects; throws when the API server refuses one. */
  apply(manifests: string | readonly KubernetesObject[]): Promise<void>;
  /** Kills every process and removes every file. */
  stop(): Promise<void>;
}

async function applyManifests(kubectl: Kubectl, manifests: string | readonly KubernetesObject[]): Promise<void> {
  const list = { apiVersion: "v1", kind: "List", items: manifests };
  const input = typeof manifests === "string" ? manifests : JSON.stringify(list);
  const args = ["apply", "--server-side", "--force-conflicts", "--field-manager=testbed", "-f", "-"];
  await kubectlOrThrow(kubectl, args, { input });
}

/** The API server calls the webhook some time after its configuration was written: asks until a dry run is changed. */
async function waitForWebhook(kubectl: Kubectl): Promise<void> {
  const probe = async () => {
    const args = ["create", "--dry-run=server", "-o", "json", "-f", "-"];
    const answer = await kubectlOrThrow(kubectl, args, { input: JSON.stringify(probePod) });
    return answer.includes("AZURE_FEDERATED_TOKEN_FILE") ? true : undefined;
  };
  await poll(probe, { what: "the API server calls the webhook", timeoutMilliseconds: 30_000 });
}

async function prepare(folder: string, located: LocatedTestbed, options: TestbedOptions): Promise<ComponentContext> {
  await promisify(execFile)(located.binaries.certificates, [folder]);
  const ports = await freePorts(portNames);
  const server = `https://127.0.0.1:${ports.api}`;
  const ca = await readFile(join(folder, "ca.crt"), "utf8");
  await writeUsers(folder, server, Buffer.from(ca).toString("base64"));
  const stages = await readFile(located.manifests.podStages, "utf8");
  await writeFile(kwokConfigurationPath(folder), [stages, options.kwokConfiguration ?? ""].join("\n---\n"));
  const issuer = `${server}${options.issuerPath ?? ""}`;
  return { folder, binaries: located.binaries, ca, server, issuer, ports, parts: options.parts };
}

/** Installs what the parts need; called when the API server serves and the parts have been started. */
async function furnish(kubectl: Kubectl, context: ComponentContext, located: LocatedTestbed): Promise<void> {
  await applyManifests(kubectl, await readFile(located.manifests.podIdentityDefinitions, "utf8"));
  await applyManifests(kubectl, [...clusterObjects, ...nodes]);
  await kubectlOrThrow(kubectl, ["wait", "--for=condition=Established", "crd", "--all", "--timeout=60s"]);
  if (context.parts.includes("kwok")) {
    await kubectlOrThrow(kubectl, ["wait", "--for=condition=Ready", "node", "--all", "--timeout=60s"]);
  }
}

async function connectWebhook(kubectl: Kubectl, context: ComponentContext, located: LocatedTestbed): Promise<void> {
  const manifest = await readFile(located.manifests.webhookConfiguration, "utf8");
  const url = `https://127.0.0.1:${context.ports.webhook}/mutate-v1-pod`;
  const caData = Buffer.from(context.ca).toString("base64");
  await applyManifests(kubectl, [webhookConfiguration(manifest, url, caData)]);
  await waitForWebhook(kubectl);
}

/**
 * Starts a control plane of its own on 127.0.0.1, on free ports, with its data in a temporary folder; several can run at
 * once. Its processes end with this Node process at the latest. Throws, with nothing left running, when the testbed is
 * not built or a process does not come up.
 */
export async function startTestbed(options: TestbedOptions): Promise<Testbed> {
  const located = locateTestbed();
  if ("missing" in located) throw new Error(`Not built: ${located.missing.join(", ")}. Run: npm run testbed`);
  const folder = await mkdtemp(join(tmpdir(), "azwi-migrate-testbed-"));
  const components: Component[] = [];
  const start = async (specification: ComponentSpecification) => {
    const component = await startComponent(located.binaries.leash, folder, specification);
    components.push(component);
    return component;
  };
  const stop = async () => {
    await Promise.all(components.map(component => component.stop()));
    await rm(folder, { recursive: true, force: true });
  };
  try {
    const context = await prepare(folder, located, options);
    const kubectl = kubectlFor(located.binaries.kubectl, kubeconfigPath(folder, "admin"), folder);
    await (await start(etcd(context))).ready();
    await (await start(apiServer(context))).ready();
    const parts = await Promise.all(options.parts.map(part => start(partComponents[part](context))));
    await furnish(kubectl, context, located);
    await Promise.all(parts.map(part => part.ready()));
    if (options.parts.includes("webhook")) await connectWebhook(kubectl, context, located);
    return {
      server: context.server,
      caData: Buffer.from(context.ca).toString("base64"),
      issuer: context.issuer,
      tenantId,
      kubeconfigPath: kubeconfigPath(folder, "admin"),
      kubeconfigFor: user => kubeconfigPath(folder, user),
      kubectl,
      apply: manifests => applyManifests(kubectl, manifests),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}
