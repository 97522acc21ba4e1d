/** One answer of an API server; JSON bodies are parsed. */
export interface Answer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  // The tests compare bodies of every kind with literals.
  body: Body;
}

/** JSON as far as tests look into it. */
export type Body = { [field: string]: Body } & { items: Body[]; resources: Body[]; groups: Body[] };

/** A running API server, real or simulated. */
export interface Caller {
  request(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
  stop(): Promise<void>;
}

export const jsonPatch = { "content-type": "application/json-patch+json" };
export const mergePatch = { "content-type": "application/merge-patch+json" };

/** Creates a namespace that no other test has, and waits until its service account is there; returns its name. */
export async function freshNamespace(caller: Caller, purpose: string): Promise<string> {
  const name = `contract-${purpose}`;
  const namespace = { apiVersion: "v1", kind: "Namespace", metadata: { name } };
  const created = await caller.request("POST", "/api/v1/namespaces", namespace);
  if (created.status !== 201) throw new Error(`namespace ${name}: ${JSON.stringify(created.body)}`);
  await until(
    async () => (await caller.request("GET", `/api/v1/namespaces/${name}/serviceaccounts/default`)).status === 200,
  );
  return name;
}

/** Asks again and again; a request to the simulated cluster takes simulated time, one to the real one waits. */
export async function until(reached: () => Promise<boolean>, attempts = 200): Promise<void> {
  for (let attempt = 0; attempt < attempts; attempt++) {
    if (await reached()) return;
    await new Promise(resolve => setTimeout(resolve, attempt < 20 ? 5 : 100));
  }
  throw new Error("the state was not reached");
}

/** What a refusal says, without the parts that differ from run to run. */
export function refusal({ status, body }: Answer) {
  return { status, reason: body.reason, message: body.message };
}

export function configMap(name: string, more: { labels?: Record<string, string>; data?: Record<string, string> } = {}) {
  const { labels, data } = more;
  return {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name, ...(labels ? { labels } : {}) },
    ...(data ? { data } : {}),
  };
}

/** A Deployment; its kind can be made another that has the same fields. */
export function deployment(name: string, options: { replicas?: number; kind?: string; podSpec?: object } = {}) {
  const { replicas = 0, kind = "Deployment", podSpec = {} } = options;
  return {
    apiVersion: "apps/v1",
    kind,
    metadata: { name },
    spec: {
      ...(kind === "DaemonSet" ? {} : { replicas }),
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name } },
        spec: { containers: [{ name: "app", image: "shop/app:1" }], ...podSpec },
      },
    },
  };
}
