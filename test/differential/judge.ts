import type { Facts } from "../../src/core/facts.ts";
import type { PodSpec } from "../../src/core/kubernetes.ts";
import type { FoundObject } from "../../src/core/model.ts";
import { matchingModes } from "../../src/core/podIdentity/installation.ts";
import { bindingLabel, PodIdentityWorld } from "../../src/core/podIdentity/match.ts";
import { exceptedFindings } from "../../src/core/podIdentity/matchFindings.ts";
import { type Answers, answersOf, type Question, type QuestionToMIC, type QuestionToNMI, wordsOf } from "./answers.ts";
import type { Assigned } from "./assigned.ts";
import { nodes } from "./world.ts";

/** A pod for which the two sides say different things. */
export interface Difference {
  pod: string;
  ours: readonly string[];
  theirs: readonly string[];
}

/** What there is to say of all pods that were read. */
export interface Judgement {
  pods: number;
  /** Pods that get an identity, or are let past NMI, by the word of the other side. */
  given: number;
  /**
   * Assignments that another pod has in this one's place, since their names are made of the same letters. MIC walks through
   * pods in the random order of a Go map, so that nobody can say which of the two gets it.
   */
  contested: number;
  differences: Difference[];
}

/** What this project says of the pods of a cluster. */
function ourAnswers(facts: Facts, pods: readonly FoundObject[], question: Question): Answers {
  const [source = { id: "" }] = facts.sources;
  const mode = question === "exceptions" || question === "takenForMIC" ? "standard" : question;
  const world = new PodIdentityWorld(matchingModes[mode], kind => facts.objects.ofKind(source.id, kind));
  return answersOf(pods.flatMap(pod => ourWords(world, pod, question).map(words => [nameOf(pod), words] as const)));
}

function ourWords(world: PodIdentityWorld, pod: FoundObject, question: Question): (string | undefined)[] {
  const labels = pod.object.metadata.labels ?? {};
  const namespace = pod.ref.namespace ?? "default";
  switch (question) {
    case "exceptions":
      return [world.exceptionFor(namespace, labels) === undefined ? undefined : "excepted"];
    case "takenForMIC": {
      // In capitals, as the oracle has it.
      const inItsNamespace = [{ world, micNamespaces: [namespace.toUpperCase()] }];
      const findings = exceptedFindings(inItsNamespace, { subject: pod.ref }, { found: pod, namespace, podLabels: [] });
      return findings.map(() => "taken for MIC");
    }
    // NMI, asked in managed mode, does not say through which binding.
    case "managed":
      return world.match(namespace, labels[bindingLabel]).map(({ binding: _, ...identity }) => wordsOf(identity));
    default:
      return world.match(namespace, labels[bindingLabel]).map(wordsOf);
  }
}

/** Compares what this project says with NMI's answers. */
export function judge(facts: Facts, question: QuestionToNMI, theirs: Answers): Judgement {
  const pods = podsOf(facts);
  const ours = ourAnswers(facts, pods, question);
  return {
    pods: pods.length,
    given: theirs.size,
    contested: 0,
    differences: pods.map(nameOf).flatMap(pod => difference(pod, ours.get(pod) ?? [], theirs.get(pod) ?? [])),
  };
}

/**
 * Compares what this project says with MIC's assignments. Where a pod has no node, or one that is not there, MIC assigns
 * nothing, whatever the pod would get: there only that is held.
 */
export function judgeAssignments(facts: Facts, question: QuestionToMIC, assignments: readonly Assigned[]): Judgement {
  const pods = podsOf(facts);
  const ours = ourAnswers(facts, pods, question);
  const theirs = answersOf(assignments.map(({ pod, identity }) => [pod, wordsOf(identity)] as const));
  const holders = new Map(assignments.map(({ name, pod }) => [name, pod]));
  let contested = 0;
  const differences = pods.flatMap(pod => {
    const name = nameOf(pod);
    const expected = hasNode(pod) ? (ours.get(name) ?? []) : [];
    const undisputed = expected.filter(words => {
      const assignment = `${pod.ref.name}-${pod.ref.namespace}-${/^[^/]+\/(\S+)/.exec(words)?.[1]}`;
      const isContested = (holders.get(assignment) ?? name) !== name;
      if (isContested) contested += 1;
      return !isContested;
    });
    return difference(name, undisputed, theirs.get(name) ?? []);
  });
  return { pods: pods.length, given: theirs.size, contested, differences };
}

function difference(pod: string, ours: readonly string[], theirs: readonly string[]): Difference[] {
  return JSON.stringify(ours) === JSON.stringify(theirs) ? [] : [{ pod, ours, theirs }];
}

function podsOf(facts: Facts): readonly FoundObject[] {
  return facts.sources.flatMap(({ id }) => facts.objects.ofKind(id, "Pod"));
}

function nameOf({ ref }: FoundObject): string {
  return `${ref.namespace}/${ref.name}`;
}

function hasNode({ object }: FoundObject): boolean {
  const spec: PodSpec = object.spec ?? {};
  return nodes.some(node => node === spec.nodeName);
}
