import type { Admission } from "./admission.ts";
import { apiVersionOf, type Catalogue } from "./catalogue.ts";
import { decodeFault } from "./decode.ts";
import { applyDefaults } from "./defaults.ts";
import { suffixOf, uidOf } from "./identifiers.ts";
import type { ServedKind } from "./kinds.ts";
import { copy, type KubernetesObject, timestamp } from "./object.ts";
import { ApiError, alreadyExists, badRequest, notFound, patchedToNonsense } from "./status.ts";
import type { Storage } from "./storage.ts";
import {
  checkIdentity,
  keepSystemFields,
  keepTemplateGeneration,
  raiseGeneration,
  resourceOf,
  sameContent,
} from "./systemFields.ts";
import type { Timeline } from "./timeline.ts";
import { validate } from "./validation.ts";

export interface WriteOptions {
  /** `?dryRun=All`: everything is done but storing. */
  dryRun?: boolean;
}

export interface UpdateOptions extends WriteOptions {
  /** Writes the status and nothing else. */
  subresource?: "status";
  /** A PUT: resourceVersion and existence are judged by the kind's rules for updates. */
  replace?: boolean;
}

/** Creation and change of objects with all that the API server does on the way: defaults, admission, validation, system fields. */
export class Registry {
  readonly #catalogue: Catalogue;
  readonly #storage: Storage;
  readonly #timeline: Timeline;
  readonly #admission: Admission;
  readonly #created = new Map<string, number>();

  constructor(parts: { catalogue: Catalogue; storage: Storage; timeline: Timeline; admission: Admission }) {
    this.#catalogue = parts.catalogue;
    this.#storage = parts.storage;
    this.#timeline = parts.timeline;
    this.#admission = parts.admission;
  }

  /** Creates an object in its namespace and returns it as stored. Throws an ApiError. */
  create(kind: ServedKind, given: KubernetesObject, options: WriteOptions = {}): KubernetesObject {
    if (given.metadata.resourceVersion) {
      throw new ApiError(500, undefined, "resourceVersion should not be set on objects to be created");
    }
    const fault = decodeFault(kind, given);
    if (fault !== undefined) throw undecodable(kind, fault);
    const object = copy(given);
    const { metadata } = object;
    const serial = this.#created.get(seedOf(kind, object)) ?? 0;
    delete metadata.deletionTimestamp;
    delete metadata.deletionGracePeriodSeconds;
    delete metadata.generation;
    if (kind.subresources.some(({ name }) => name === "status")) object.status = copy(INITIAL_STATUS[kind.kind]);
    if (object.status === undefined) delete object.status;
    metadata.uid = uidOf(`${seedOf(kind, object)}/${serial}`);
    metadata.creationTimestamp = timestamp(this.#timeline.now());
    if (kind.generation) metadata.generation = 1;
    applyDefaults(kind, object);
    this.#admission.create(kind, object);
    if (!metadata.name && metadata.generateName) {
      metadata.name = metadata.generateName.slice(0, 58) + suffixOf(`${metadata.uid}/name`, 5);
    }
    if (kind.kind === "DaemonSet") keepTemplateGeneration(undefined, object);
    validate(kind, object);
    const name = metadata.name ?? "";
    if (this.#storage.get(kind, metadata.namespace, name)) throw alreadyExists(resourceOf(kind), name);
    if (options.dryRun) return object;
    this.#created.set(seedOf(kind, given), serial + 1);
    if (kind.kind === "CustomResourceDefinition") this.#catalogue.define(object);
    return this.#storage.put(kind, object);
  }

  /** Takes over an object that exists already when the cluster starts, with its uid and status; nothing is refused. */
  adopt(kind: ServedKind, given: KubernetesObject): KubernetesObject {
    const object = copy(given);
    const { metadata } = object;
    metadata.uid ??= uidOf(`${seedOf(kind, object)}/0`);
    metadata.creationTimestamp ??= timestamp(this.#timeline.now());
    if (kind.generation) metadata.generation ??= 1;
    applyDefaults(kind, object);
    if (kind.kind === "DaemonSet") keepTemplateGeneration(undefined, object);
    if (kind.kind === "Pod") object.status ??= copy(INITIAL_STATUS.Pod);
    this.#created.set(seedOf(kind, object), 1);
    if (kind.kind === "CustomResourceDefinition") this.#catalogue.define(object);
    return this.#storage.put(kind, object);
  }

  /** Changes an object: `change` gets a copy of the present one and returns what it shall be. Throws an ApiError. */
  update(
    kind: ServedKind,
    { namespace, name }: { namespace: string | undefined; name: string },
    change: (current: KubernetesObject) => KubernetesObject,
    options: UpdateOptions = {},
  ): { object: KubernetesObject; created: boolean } {
    const current = this.#storage.get(kind, namespace, name);
    if (!current) {
      if (!options.replace || !kind.createOnUpdate) throw notFound(resourceOf(kind), name);
      const blank = { apiVersion: apiVersionOf(kind), kind: kind.kind, metadata: {} };
      const given = change(blank);
      delete given.metadata.resourceVersion;
      return { object: this.create(kind, given, options), created: true };
    }
    const next = change(copy(current));
    if (next.kind !== current.kind) throw patchedToNonsense(next, `${next.kind} is not ${current.kind}`);
    checkIdentity(kind, current, next, options);
    keepSystemFields(kind, current, next, options);
    applyDefaults(kind, next);
    const fault = decodeFault(kind, next);
    if (fault !== undefined) {
      throw options.replace ? undecodable(kind, fault) : patchedToNonsense(next, fault);
    }
    if (options.subresource === undefined) validate(kind, next, current);
    if (kind.kind === "DaemonSet") keepTemplateGeneration(current, next);
    if (sameContent(current, next)) return { object: current, created: false };
    raiseGeneration(kind, current, next);
    if (options.dryRun) return { object: next, created: false };
    return { object: this.#store(kind, next), created: false };
  }

  #store(kind: ServedKind, object: KubernetesObject): KubernetesObject {
    if (object.metadata.deletionTimestamp !== undefined && !object.metadata.finalizers?.length && kind.kind !== "Pod") {
      this.#storage.remove(kind, object);
      return object;
    }
    if (kind.kind === "CustomResourceDefinition") this.#catalogue.define(object);
    return this.#storage.put(kind, object);
  }
}

function undecodable(kind: ServedKind, fault: string): ApiError {
  return badRequest(`${kind.kind} in version "${kind.version}" cannot be handled as a ${kind.kind}: ${fault}`);
}

/** What a new object's status says before any controller has seen it. */
const INITIAL_STATUS: Readonly<Record<string, object>> = {
  CronJob: {},
  DaemonSet: { currentNumberScheduled: 0, desiredNumberScheduled: 0, numberMisscheduled: 0, numberReady: 0 },
  Deployment: {},
  Job: {},
  Namespace: { phase: "Active" },
  Pod: { phase: "Pending", qosClass: "BestEffort" },
  ReplicaSet: { replicas: 0 },
  StatefulSet: { availableReplicas: 0, replicas: 0 },
};

function seedOf(kind: ServedKind, { metadata }: KubernetesObject): string {
  return `${kind.group}/${kind.plural}/${metadata.namespace ?? ""}/${metadata.name || `${metadata.generateName}*`}`;
}
