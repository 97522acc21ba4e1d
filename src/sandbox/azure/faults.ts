/** Which requests a fault meets, and how many of them. */
export interface FaultMatch {
  method?: string;
  /** Matches anywhere in the path; a string is compared without regard to case. */
  path: string | RegExp;
  /** How many matching requests it meets before it is used up; all of them when left out. */
  count?: number;
  /** The share of matching requests that it meets, from 0 to 1; all of them when left out. */
  share?: number;
  /** Decides which ones `share` meets: the same requests in the same order, the same faults. 1 when left out. */
  seed?: number;
}

/** What goes wrong. */
export type FaultEffect =
  /** `body` goes before ARM's form of `code` and `message`. */
  | {
      effect: "answer";
      status: number;
      code: string;
      message?: string;
      headers?: Record<string, string>;
      body?: unknown;
    }
  /** The connection ends before anything has happened. */
  | { effect: "reset" }
  /** The request is carried out, and the connection ends before its answer arrives. */
  | { effect: "answerLost" }
  /** The request is carried out, and its answer comes so much later. */
  | { effect: "slow"; milliseconds: number };

export type Fault = FaultMatch & FaultEffect;

export interface Faults {
  add(fault: Fault): void;
  /** The first fault that meets this request, counted as used. */
  take(method: string, path: string): FaultEffect | undefined;
}

/** Numbers from 0 to 1 that repeat for a seed (mulberry32). */
function numbersFrom(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Failures on demand, met in the order in which they were asked for. */
export function createFaults(): Faults {
  const waiting: (Fault & { left: number; draw: () => number })[] = [];
  return {
    add(fault) {
      waiting.push({ ...fault, left: fault.count ?? Number.POSITIVE_INFINITY, draw: numbersFrom(fault.seed ?? 1) });
    },
    take(method, path) {
      const fault = waiting.find(
        one =>
          one.left > 0 &&
          (one.method === undefined || one.method.toUpperCase() === method.toUpperCase()) &&
          (typeof one.path === "string" ? path.toLowerCase().includes(one.path.toLowerCase()) : one.path.test(path)) &&
          (one.share === undefined || one.draw() < one.share),
      );
      if (fault) fault.left -= 1;
      return fault;
    },
  };
}
