import type { JsonWebKey, KeyObject } from "node:crypto";
import type { Clock } from "../../core/clock.ts";
import type { KubernetesObject as CoreObject } from "../../core/kubernetes.ts";
import { SimulatedClock } from "../simulatedClock.ts";
import { Admission } from "./admission.ts";
import { Api } from "./api.ts";
import { Catalogue } from "./catalogue.ts";
import type { Timing } from "./controllers/control.ts";
import { Controllers } from "./controllers/controllers.ts";
import { Deletion } from "./deletion.ts";
import { type Failure, Failures } from "./failures.ts";
import type { Grant } from "./grants.ts";
import { copy, type KubernetesObject } from "./object.ts";
import { Registry } from "./registry.ts";
import { Authorization, type Denial } from "./reviews.ts";
import { seed } from "./seed.ts";
import { ClusterServer, type LoggedRequest } from "./server.ts";
import { Storage } from "./storage.ts";
import { Timeline } from "./timeline.ts";
import { ServiceAccountIssuer } from "./tokens.ts";
import { type WebhookInstallation, webhookObjects, webhookSettings } from "./webhookInstallation.ts";

const DAY = 24 * 60 * 60_000;
const TIMING: Timing = {
  reaction: 100,
  scheduling: 2000,
  readiness: 3000,
  termination: 1000,
  completion: 2000,
  retry: 5000,
};

export interface SimulatedClusterOptions {
  clock: Clock;
  /** What the cluster holds, as from manifests or from `kubectl get -o json`. */
  objects: readonly { apiVersion: string; kind: string; metadata: object }[];
  /** The service account issuer; the cluster's own address when left out. */
  issuer?: string;
  /** The version of Kubernetes, `1.36.3` when left out. */
  version?: string;
  webhook?: WebhookInstallation;
  /** Who the requests come from, in refusals and reviews. */
  user?: string;
  /** RSA private key for the tokens; made when needed when left out. */
  signingKey?: KeyObject;
  timing?: Partial<Timing>;
}

/** A running cluster that is simulated inside this process. */
export interface SimulatedCluster {
  /** Address of its API server, plain HTTP. */
  readonly url: string;
  readonly issuer: string;
  /** The uid of the namespace `kube-system`, by which the tool knows a cluster. */
  readonly kubeSystemUid: string;
  /** Every request so far, in order. */
  readonly requests: readonly LoggedRequest[];
  /** Copies of the objects of these kinds (of all without any), in the order of kinds, namespaces and names, as they are now. */
  objects(...kinds: string[]): CoreObject[];
  /** The keys that its tokens are signed with. */
  jwks(): { keys: JsonWebKey[] };
  /** Makes something go wrong from now on; the returned function ends it, and pods that were held up by it go on. */
  fail(failure: Failure): () => void;
  /** From now on the user may do what these give, as roles and their bindings do, and nothing else. */
  grant(grants: readonly Grant[]): void;
  /** Takes a permission away from the user; the returned function gives it back. */
  deny(denial: Denial): () => void;
  /** What `pods/log` answers for a pod from now on. */
  setLog(pod: { namespace: string; name: string; container?: string }, text: string): void;
  stop(): Promise<void>;
}

/** Starts a cluster on a free port of 127.0.0.1; the workloads among its objects run already. */
export async function startSimulatedCluster(options: SimulatedClusterOptions): Promise<SimulatedCluster> {
  const server = await ClusterServer.listen();
  try {
    return clusterBehind(server, options);
  } catch (error) {
    // Else the process would wait for a server that nobody knows.
    await server.stop();
    throw error;
  }
}

function clusterBehind(server: ClusterServer, options: SimulatedClusterOptions): SimulatedCluster {
  const { clock, version = "1.36.3", webhook: installation } = options;
  const issuer = new ServiceAccountIssuer({
    issuer: options.issuer ?? server.url,
    defaultAudience: options.issuer ?? server.url,
    ...(options.signingKey ? { signingKey: options.signingKey } : {}),
  });
  const timeline = new Timeline(clock, clock.now() - DAY);
  const catalogue = new Catalogue();
  const storage = new Storage(timeline);
  const failures = new Failures();
  const authorization = new Authorization(options.user ?? "operator");
  const settings = () => webhookSettings({ catalogue, storage }, { installation, kubernetesVersion: version });
  const admission = new Admission(catalogue, storage, failures, settings);
  const registry = new Registry({ catalogue, storage, timeline, admission });
  const deletion = new Deletion(storage, timeline);
  const timing = { ...TIMING, ...options.timing };
  const controllers = new Controllers({ catalogue, storage, registry, deletion, failures, timeline, timing });
  const given = copy(options.objects) as KubernetesObject[];
  seed({ catalogue, storage, registry, timeline }, withWebhook(given, installation));

  const logs = new Map<string, string>();
  const logOf = (namespace: string, pod: string, container: string | undefined) =>
    logs.get(`${namespace}/${pod}/${container ?? ""}`) ?? logs.get(`${namespace}/${pod}/`) ?? "";
  const api = new Api({ catalogue, storage, registry, deletion, authorization, issuer, timeline, version, logOf });
  const hold = clock instanceof SimulatedClock ? () => clock.hold() : () => () => {};
  server.serve({ api, storage, failures, timeline, clock, hold });

  return {
    url: server.url,
    issuer: issuer.issuer,
    kubeSystemUid: storage.get(catalogue.byKind("Namespace"), undefined, "kube-system")?.metadata.uid ?? "",
    requests: server.requests,
    objects: (...kinds) => {
      timeline.catchUp();
      const listed = catalogue.all().filter(kind => kind.verbs.includes("list"));
      const wanted = kinds.length === 0 ? listed : kinds.flatMap(name => listed.filter(({ kind }) => kind === name));
      return wanted.flatMap(kind => copy(storage.list(kind))) as CoreObject[];
    },
    jwks: () => issuer.jwks(),
    fail: failure => {
      timeline.catchUp();
      const end = failures.add(failure);
      return () => {
        timeline.catchUp();
        end();
        controllers.failuresChanged();
      };
    },
    grant: grants => authorization.grant(grants),
    deny: denial => authorization.deny(denial),
    setLog: ({ namespace, name, container = "" }, text) => {
      logs.set(`${namespace}/${name}/${container}`, text);
    },
    stop: () => server.stop(),
  };
}

/** Adds the webhook's objects, those that were given keep their place. */
function withWebhook(given: KubernetesObject[], installation: WebhookInstallation | undefined): KubernetesObject[] {
  if (!installation || installation.installed === false) return given;
  const key = ({ kind, metadata }: KubernetesObject) => `${kind}/${metadata.name}`;
  const present = new Set(given.map(key));
  return [...given, ...webhookObjects(installation).filter(object => !present.has(key(object)))];
}
