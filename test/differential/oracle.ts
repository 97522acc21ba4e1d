import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { LocatedTestbed } from "../testbed/locate.ts";
import { type Answers, answersOf, type GivenIdentity, type QuestionToNMI, wordsOf } from "./answers.ts";

/** One line of the oracle, see testbed/pod-identity/oracle/main.go. */
interface OracleLine {
  namespace: string;
  pod: string;
  identities: Omit<GivenIdentity, "binding">[];
  excepted: boolean;
  takenForMIC?: boolean;
}

/** What NMI's own code says of all pods of a cluster as it is now. */
export async function askOracle(
  binaries: LocatedTestbed["binaries"],
  kubeconfigPath: string,
): Promise<Record<QuestionToNMI, Answers>> {
  const { stdout } = await promisify(execFile)(binaries.oracle, ["--kubeconfig", kubeconfigPath], {
    maxBuffer: 1 << 30,
  });
  const lines = stdout
    .split("\n")
    .filter(line => line !== "")
    .map(line => JSON.parse(line) as OracleLine);
  const pod = (line: OracleLine) => `${line.namespace}/${line.pod}`;
  return {
    managed: answersOf(lines.flatMap(line => line.identities.map(one => [pod(line), wordsOf(one)] as const))),
    exceptions: answersOf(lines.map(line => [pod(line), line.excepted ? "excepted" : undefined])),
    takenForMIC: answersOf(lines.map(line => [pod(line), line.takenForMIC ? "taken for MIC" : undefined])),
  };
}
