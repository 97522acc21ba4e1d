import { estimateAzure } from "../../src/core/azure/azureEstimate.ts";
import type { Fault } from "../../src/sandbox/azure/faults.ts";
import { credentialWorld } from "../engine/credentialWorld.ts";
import { duration, type Result } from "./results.ts";

const size = { subscriptions: 2, identities: 25, credentials: 20 };
const title = `${size.identities * size.credentials} credentials, ${size.identities} identities, ${size.subscriptions} subscriptions`;

/** Whoever asks sooner than the documented rates allow is throttled: nothing is saved up for a burst. */
const azure = { throttle: { burstSeconds: 0 }, writeMilliseconds: 200 };

/** The message of failures that were asked for, where the simulated Azure has others of that status. */
const injected = "injected";

/** Two of a hundred answers fail in each of these ways. */
const failures: readonly Fault[] = (
  [
    { effect: "answer", status: 429, code: "TooManyRequests", headers: { "retry-after": "3" } },
    { effect: "answer", status: 409, code: "ConcurrentFederatedIdentityCredentialsWritesForSingleManagedIdentity" },
    { effect: "answer", status: 500, code: "InternalServerError" },
    { effect: "reset" },
    { effect: "answerLost" },
  ] as const
).map((effect, index) => ({ path: /./, share: 0.02, seed: index + 1, message: injected, ...effect }));

/**
 * Writes federated credentials through the real engine and the real ARM client to the simulated Azure, in simulated time: with the
 * documented rates alone, and with failures besides. Gives the times beside the least that the rates allow, and what happened.
 */
export async function schedulerBench(): Promise<{ results: Result[]; lines: string[] }> {
  const smooth = await measure([]);
  const rough = await measure(failures);
  const isSame = JSON.stringify(smooth.endState) === JSON.stringify(rough.endState);
  return {
    results: [{ ...resultOf(title, smooth), goal: { atMost: 1.1 } }, resultOf("the same, 10 % of answers fail", rough)],
    lines: [
      `Without failures: ${smooth.happened}`,
      `10 % of answers fail: ${rough.happened}`,
      `End state of both runs: ${isSame ? "the same" : "NOT THE SAME"}`,
    ],
  };
}

async function measure(faults: readonly Fault[]) {
  const world = await credentialWorld({ ...size, azure });
  try {
    for (const fault of faults) world.azure.fail(fault);
    const began = world.clock.now();
    const reallyBegan = performance.now();
    const results = await world.run();
    const seconds = (world.clock.now() - began) / 1000;
    const really = performance.now() - reallyBegan;
    const endState = world.endState();
    const subjects = Object.values(endState).flat();
    const count = (method: string, path: RegExp) =>
      world.azure.requests.filter(one => one.method === method && path.test(one.path)).length;
    const answered = (status: number) => world.azure.requests.filter(one => one.outcome === status).length;
    const conflicts = world.events.filter(
      one => one.event === "step-retried" && / 409 /.test(one.message) && !one.message.includes(injected),
    );
    const happened = [
      `${results.filter(({ outcome }) => outcome !== "applied").length} failed`,
      `${subjects.length - new Set(subjects.map(one => one.subject)).size} duplicates`,
      `${conflicts.length} answers 409 caused by ourselves`,
      `${answered(429)} answers 429`,
      `${count("GET", /s$/)} lists`,
      `${count("GET", /s\/[^/]+$/)} gets`,
      `${count("PUT", /./)} writes`,
      `${duration(really)} of real time`,
    ].join(", ");
    return { seconds, least: estimateAzure(world.steps)?.seconds ?? Number.NaN, happened, endState };
  } finally {
    await world.stop();
  }
}

function resultOf(figure: string, { seconds, least }: { seconds: number; least: number }): Result {
  return {
    figure,
    ours: `${seconds.toFixed(1)} s`,
    partner: "documented rates",
    partnerFigure: `${least} s`,
    ratios: [seconds / least],
  };
}
