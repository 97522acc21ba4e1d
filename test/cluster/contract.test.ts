import { readFile } from "node:fs/promises";
import { request as overHttp, type RequestOptions } from "node:http";
import { request as overTls } from "node:https";
import { describe } from "vitest";
import { startSimulatedCluster } from "../../src/sandbox/cluster/simulatedCluster.ts";
import { SimulatedClock } from "../../src/sandbox/simulatedClock.ts";
import { testbedOrSkip } from "../testbed/require.ts";
import { startTestbed } from "../testbed/start.ts";
import type { Answer, Body, Caller } from "./contract/caller.ts";
import { clusterContract } from "./contract.ts";

interface Server {
  url: string;
  ca?: string;
  token?: string;
}

/** One request over a connection of its own. */
function call(
  { url, ca, token }: Server,
  ...[method, path, body, headers]: Parameters<Caller["request"]>
): Promise<Answer> {
  const text = body === undefined ? undefined : JSON.stringify(body);
  const options: RequestOptions & { ca?: string } = {
    method,
    agent: false,
    ...(ca === undefined ? {} : { ca }),
    headers: {
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(text === undefined ? {} : { "content-type": "application/json", "content-length": Buffer.byteLength(text) }),
      ...headers,
    },
  };
  return new Promise((resolve, reject) => {
    const send = url.startsWith("https:") ? overTls : overHttp;
    const request = send(url + path, options, response => {
      let received = "";
      response.setEncoding("utf8").on("data", (chunk: string) => {
        received += chunk;
      });
      response.on("end", () => {
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: parsed(received) });
      });
    });
    request.on("error", reject).end(text);
  });
}

function parsed(text: string): Body {
  try {
    return withoutManagedFields(JSON.parse(text));
  } catch (error) {
    if (error instanceof SyntaxError) return text as unknown as Body;
    throw error;
  }
}

/** The simulated cluster keeps no managedFields; nothing in the tool's writes depends on them. */
function withoutManagedFields(body: Body): Body {
  for (const object of [body, ...(Array.isArray(body.items) ? body.items : [])]) delete object.metadata?.managedFields;
  return body;
}

clusterContract("the simulated cluster", async () => {
  const clock = new SimulatedClock();
  const identity = { apiVersion: "aadpodidentity.k8s.io/v1", kind: "AzureIdentity", metadata: { name: "cart" } };
  const cluster = await startSimulatedCluster({
    clock,
    objects: [identity],
    webhook: { version: "1.6.0", identityBinding: "aks" },
  });
  return {
    request: async (...request) => {
      // Every request takes a while, so that asking again and again reaches the end of a rollout.
      await clock.sleep(500);
      return call({ url: cluster.url }, ...request);
    },
    stop: () => cluster.stop(),
  };
});

describe.skipIf(testbedOrSkip() === undefined)("with a real control plane", { timeout: 60_000 }, () => {
  clusterContract("kube-apiserver", async () => {
    const testbed = await startTestbed({ parts: ["controllerManager", "scheduler", "kwok", "webhook"] });
    const kubeconfig = JSON.parse(await readFile(testbed.kubeconfigPath, "utf8"));
    const server = {
      url: testbed.server,
      ca: Buffer.from(testbed.caData, "base64").toString(),
      token: kubeconfig.users[0].user.token,
    };
    return { request: (...request) => call(server, ...request), stop: () => testbed.stop() };
  });
});
