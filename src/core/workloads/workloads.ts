import { clusterSource, type Facts } from "../facts.ts";
import { fitted } from "../fitted.ts";
import { type PodPlace, templateIn } from "../foreignControllers/podPlace.ts";
import { type ForeignController, foreignControllerKinds, foreignControllerOf } from "../foreignControllers.ts";
import {
  kindKey,
  type OwnerReference,
  type PodTemplate,
  podTemplateOf,
  podTemplatePath,
  podTemplatePaths,
} from "../kubernetes.ts";
import type { FoundObject, ObjectRef, SourceId } from "../model.ts";
import { perFacts } from "../perFacts.ts";
import { chainOf, controllerOf, templateHolderOf } from "./ownerChain.ts";
import { type MadeByProgram, madeByPrograms } from "./programPods.ts";
import type { Program } from "./programs.ts";
import { isFinished } from "./workloadStates.ts";

/**
 * Who makes a workload's pods, and so where they are changed: Kubernetes itself, a foreign controller whose templates are known
 * or not, a controller of Kubernetes' own that could not be read, or a program.
 */
export type Maker =
  | { by: "kubernetes" }
  | { by: "foreign"; controller: ForeignController; places: readonly PodPlace[]; holder?: ObjectRef }
  | { by: "unknown" }
  | { by: "unread" }
  | { by: "program"; program: Pick<Program, "name" | "fields"> };

/** What is changed to change its pods, with the live pods that stem from it. */
export interface Workload {
  /** The topmost object of the owner chain. Where only its name is known its object has nothing else. */
  found: FoundObject;
  maker: Maker;
  /** What its pods are made from; where it has no templates to read, what its pods are. */
  templates: PodTemplate[];
  pods: FoundObject[];
  /** How its pods stem from it, topmost first: kinds, since the names below the top change all the time. */
  chain: string[];
}

const builtIn = Object.keys(podTemplatePaths);
const foreign = foreignControllerKinds.map(({ group, kind }) => kindKey({ apiVersion: `${group}/v1`, kind }));

/** The kinds whose objects say who uses which service account. */
export const workloadKinds: readonly string[] = [...builtIn, ...foreign];

/**
 * The workloads of a source: everything with a pod template that nothing else makes, and everything above it that has one or
 * could not be read. What a program makes, one like the other, is one workload.
 */
export function workloadsOf(facts: Facts, source: SourceId): readonly Workload[] {
  return everything(facts).bySource.get(source) ?? [];
}

/** The workload that this names; undefined where there is none. */
export function workloadOf(facts: Facts, ref: ObjectRef): Workload | undefined {
  return everything(facts).byName.get(keyOf(ref));
}

/** The workload at the top of an object's owner chain: itself where nothing makes it. */
export function topOf(facts: Facts, found: FoundObject): FoundObject {
  return everything(facts).tops.get(found) ?? found;
}

interface Everything {
  bySource: Map<SourceId, Workload[]>;
  byName: Map<string, Workload>;
  tops: Map<FoundObject, FoundObject>;
}

const everything = perFacts((facts): Everything => {
  const all: Everything = { bySource: new Map(), byName: new Map(), tops: new Map() };
  for (const { id } of facts.sources) {
    const workloads = new WorkloadsOfSource(facts, id, all.tops).result();
    all.bySource.set(id, workloads);
    for (const workload of workloads) all.byName.set(keyOf(workload.found.ref), workload);
  }
  return all;
});

function keyOf(ref: ObjectRef): string {
  return `${ref.source}\n${kindKey(ref)}\n${ref.namespace ?? ""}\n${ref.name}`;
}

/** An object at the top of chains, with what is below it: pods, also those that have ended, and what makes them. */
interface Top {
  found: FoundObject;
  maker: Maker;
  pods: FoundObject[];
  between: FoundObject[];
  chain: string[];
}

class WorkloadsOfSource {
  readonly #facts: Facts;
  readonly #source: SourceId;
  readonly #topOf: Map<FoundObject, FoundObject>;
  readonly #tops = new Map<FoundObject, Top>();
  readonly #unread = new Map<string, FoundObject>();

  constructor(facts: Facts, source: SourceId, topOf: Map<FoundObject, FoundObject>) {
    this.#facts = facts;
    this.#source = source;
    this.#topOf = topOf;
  }

  result(): Workload[] {
    const chains = workloadKinds.flatMap(kind =>
      this.#facts.objects.ofKind(this.#source, kind).map(found => this.#chainOf(found)),
    );
    const groups = new Map<FoundObject, MadeByProgram>();
    // Files are changed where they are, whoever reads them.
    if (clusterSource(this.#facts, this.#source)) {
      const ownerless = chains.filter(chain => chain.length === 1).flat();
      for (const group of madeByPrograms(ownerless.filter(isMadeAnew)))
        for (const member of group.members) groups.set(member, group);
    }
    for (const chain of chains) {
      const [found, top] = [chain[0], chain[chain.length - 1]];
      if (found && top) this.#add(found, chain, groups.get(top));
    }
    return [...this.#tops.values()].map(top => this.#workload(top));
  }

  #chainOf(found: FoundObject): FoundObject[] {
    const { chain, unread } = chainOf(this.#facts, found);
    return unread ? [...chain, this.#unreadTop(unread, found)] : chain;
  }

  #add(found: FoundObject, chain: readonly FoundObject[], group: MadeByProgram | undefined): void {
    const top = group?.found ?? chain[chain.length - 1] ?? found;
    this.#topOf.set(found, top);
    const known = this.#tops.get(top) ?? {
      found: top,
      maker: this.#makerOf(top, group?.program),
      pods: [],
      between: [],
      chain: [],
    };
    this.#tops.set(top, known);
    if (kindKey(found.ref) === "Pod") known.pods.push(found);
    else if (found !== top) known.between.push(found);
    if (chain.length > known.chain.length) known.chain = chain.map(one => kindKey(one.ref)).reverse();
  }

  #unreadTop({ apiVersion, kind, name, uid }: OwnerReference, child: FoundObject): FoundObject {
    const { namespace } = child.ref;
    const ref: ObjectRef = {
      source: this.#source,
      apiVersion,
      kind,
      ...(namespace === undefined ? {} : { namespace }),
      name,
      ...(typeof uid === "string" ? { uid } : {}),
    };
    const key = keyOf(ref);
    const known = this.#unread.get(key);
    if (known) return known;
    const metadata = { name, ...(namespace === undefined ? {} : { namespace }) };
    const location = child.location ? { location: child.location } : {};
    const found: FoundObject = { ref, object: { apiVersion, kind, metadata }, ...location };
    this.#unread.set(key, found);
    return found;
  }

  #makerOf(found: FoundObject, program: MadeByProgram["program"] | undefined): Maker {
    const { object, ref } = found;
    const controller = foreignControllerOf(ref);
    if (controller) {
      const holder = templateHolderOf(this.#facts, found);
      const places = controller.places(object);
      return { by: "foreign", controller, places, ...(holder ? { holder } : {}) };
    }
    if (program) return { by: "program", program };
    if (!podTemplatePath(ref)) return { by: "unknown" };
    return { by: this.#facts.objects.get(ref) === undefined ? "unread" : "kubernetes" };
  }

  #workload({ found, maker, pods, between, chain }: Top): Workload {
    const live = fitted(pods.filter(pod => !hasEnded(pod)));
    const own = this.#ownTemplates(found, maker);
    const below = [live, pods, between].find(objects => objects.length > 0) ?? [];
    const templates = own.length > 0 ? own : below.flatMap(({ object }) => podTemplateOf(object) ?? []);
    return { found, maker, templates, pods: live, chain };
  }

  #ownTemplates(found: FoundObject, maker: Maker): PodTemplate[] {
    const { object } = found;
    if (maker.by === "kubernetes") {
      const template = podTemplateOf(object);
      return template ? [template] : [];
    }
    if (maker.by !== "foreign") return [];
    const held = maker.holder && this.#facts.objects.get(maker.holder);
    const template = held && podTemplateOf(held);
    return template ? [template] : maker.places.flatMap(place => templateIn(object, place) ?? []);
  }
}

/** Objects that run once and are made by somebody's program each time: nothing owns them. */
function isMadeAnew(found: FoundObject): boolean {
  if (controllerOf(found)) return false;
  return kindKey(found.ref) === "Pod" || foreignControllerOf(found.ref)?.run !== undefined;
}

/** Ended and ending pods say nothing about how the workload runs now. */
function hasEnded({ object }: FoundObject): boolean {
  return object.metadata.deletionTimestamp !== undefined || isFinished(object);
}
