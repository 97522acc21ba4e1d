import pLimit from "p-limit";
import { nameOf } from "../core/facts.ts";
import type { SourceId, Step } from "../core/model.ts";
import type { AccessAttributes } from "../core/ports.ts";
import type { ProbeTarget } from "../core/probe/probeTargets.ts";
import { rightOfProof, rightsOfProbes, rightsOfRecords, rightsOfStep } from "../core/rights/neededRights.ts";
import { type NeededRight, rightKey } from "../core/rights/rights.ts";
import { lackingRights } from "./askRights.ts";
import type { EnginePorts } from "./ports.ts";
import { recordsNamespace } from "./records.ts";
import { answered } from "./retry.ts";
import { isRoleStep, refusalOf, rightToGrant } from "./roleRights.ts";

/** Something that is needed and not there. */
export interface Lack {
  /** Absent where the server refuses a step for a reason that no right would help against. */
  right?: AccessAttributes;
  neededFor: string;
  /** The server's own, where it has refused the very step. */
  words?: string;
  /** What cannot be done; nothing where only a check is left out. */
  steps: readonly string[];
  isForRecords?: true;
}

/**
 * What the caller lacks to do these live steps and probes of one cluster, to keep their records and to wait for what comes of them. What cannot
 * be asked is left to the run.
 */
export async function kubernetesLacks(
  source: SourceId,
  { steps, probes = [] }: { steps: readonly Step[]; probes?: readonly ProbeTarget[] },
  ports: EnginePorts,
): Promise<Lack[]> {
  const cluster = ports.cluster(source);
  const limit = pLimit(8);
  const ids = steps.map(step => step.id);
  const records = rightsOfRecords(source, ids, {
    namespace: recordsNamespace,
    exists: await existenceOf(recordsNamespace, source, ports),
  });
  const own = [
    ...steps.flatMap(step => [...rightsOfStep(step, cluster.resourceOf), ...rightOfProof(step)]),
    ...rightsOfProbes(probes, steps),
  ];
  const grants = await Promise.all(
    steps.filter(isRoleStep).map(step =>
      limit(async () => {
        const right = await rightToGrant(step, ports);
        return right ? [{ step, need: { source, right, neededFor: nameOf(step.target), steps: [step.id] } }] : [];
      }),
    ),
  );
  const asked = [...records, ...own, ...grants.flat().map(({ need }) => need)];
  const lacking = new Set(
    (
      await lackingRights(
        asked.map(({ right }) => right),
        cluster,
        ports,
      )
    ).map(rightKey),
  );
  const isLacking = ({ right }: NeededRight) => lacking.has(rightKey(right));
  const lackingOwn = own.filter(isLacking);
  const cannotBeWritten = new Set(lackingOwn.flatMap(need => need.steps));
  const lackingGrants = await Promise.all(
    grants.flat().map(({ step, need }) =>
      limit(async (): Promise<Lack[]> => {
        if (!isLacking(need)) return [];
        if (cannotBeWritten.has(step.id)) return [need];
        const refusal = await refusalOf(step, ports);
        if (!refusal) return [];
        const { right, ...rest } = need;
        return [{ ...rest, ...(refusal.isForRole ? { right } : {}), words: refusal.words }];
      }),
    ),
  );
  return [
    ...records.filter(isLacking).map((need): Lack => ({ ...need, isForRecords: true })),
    ...lackingOwn,
    ...lackingGrants.flat(),
  ];
}

async function existenceOf(
  namespace: string,
  source: SourceId,
  ports: EnginePorts,
): Promise<"present" | "absent" | "unknown"> {
  const ref = { apiVersion: "v1", kind: "Namespace", name: namespace };
  const get = () => ports.cluster(source).get(ref, { signal: ports.signal });
  return (await answered(async () => ((await get()) ? "present" : "absent"), ports)) ?? "unknown";
}
