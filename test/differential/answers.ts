import type { IdentityType } from "../../src/core/model.ts";

/** MIC's answers: the identities of every pod in standard mode, or with forceNamespaced. */
export type QuestionToMIC = "standard" | "namespaced";

/** NMI's: the identities in managed mode, whether an exception lets a pod past NMI, and whether its ReplicaSet's name does. */
export type QuestionToNMI = "managed" | "exceptions" | "takenForMIC";

/** What is asked of both sides about every pod. */
export type Question = QuestionToMIC | QuestionToNMI;

/** The oracle cannot have the last one compiled into it elsewhere, see testbed/pod-identity/oracle. */
const onLinux: readonly Question[] = process.platform === "linux" ? ["takenForMIC"] : [];

export const questions: readonly Question[] = ["standard", "namespaced", "managed", "exceptions", ...onLinux];

export function isToMIC(question: Question): question is QuestionToMIC {
  return question === "standard" || question === "namespaced";
}

/** The answers for all pods of a cluster: by `NAMESPACE/POD`, sorted words. A pod that gets nothing may be left out. */
export type Answers = ReadonlyMap<string, readonly string[]>;

/** An identity as MIC and NMI see it. */
export interface GivenIdentity {
  namespace: string;
  name: string;
  type: number;
  clientID: string;
  resourceID: string;
  /** MIC says through which binding; NMI does not know. */
  binding?: { namespace: string; name: string };
}

/** By `spec.type`; NMI has no token for an identity of any other (managed.go and standard.go:GetTokens). */
const identityTypes: readonly IdentityType[] = ["userAssigned", "servicePrincipal", "servicePrincipalCertificate"];

/** One identity as a line, the same for both sides; undefined for a type that NMI refuses. */
export function wordsOf(given: Omit<GivenIdentity, "type"> & { type: number | IdentityType }): string | undefined {
  const type = typeof given.type === "number" ? identityTypes[given.type] : given.type;
  if (type === undefined) return undefined;
  const { namespace, name, clientID, resourceID, binding } = given;
  const by = binding ? ` by ${binding.namespace}/${binding.name}` : "";
  return `${namespace}/${name}${by} (${type} ${JSON.stringify(clientID)} ${JSON.stringify(resourceID)})`;
}

/** Words of the answers that several givers give, by pod and sorted. */
export function answersOf(words: Iterable<readonly [pod: string, words: string | undefined]>): Answers {
  const answers = new Map<string, string[]>();
  for (const [pod, one] of words) if (one !== undefined) answers.set(pod, [...(answers.get(pod) ?? []), one].sort());
  return answers;
}
