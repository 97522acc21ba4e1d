/** Which requests a fault meets, and how many of them. */
export interface FaultMatch {
  method?: string;
  /** Matches anywhere in the path; a string is compared without regard to case. */
  path: string | RegExp;
  /** How many matching requests it meets before it is used up; all of them when left out. */
  count?: number;
}

/** What goes wrong. */
export type FaultEffect =
  | { effect: "answer"; status: number; code: string; message?: string; headers?: Record<string, string> }
  /** The connection ends before anything has happened. */
  | { effect: "reset" }
  /** The request is carried out, and the connection ends before its answer arrives. */
  | { effect: "answerLost" };

export type Fault = FaultMatch & FaultEffect;

export interface Faults {
  add(fault: Fault): void;
  /** The first fault that meets this request, counted as used. */
  take(method: string, path: string): FaultEffect | undefined;
}

/** Failures on demand, met in the order in which they were asked for. */
export function createFaults(): Faults {
  const waiting: (Fault & { left: number })[] = [];
  return {
    add(fault) {
      waiting.push({ ...fault, left: fault.count ?? Number.POSITIVE_INFINITY });
    },
    take(method, path) {
      const fault = waiting.find(
        one =>
          one.left > 0 &&
          (one.method === undefined || one.method.toUpperCase() === method.toUpperCase()) &&
          (typeof one.path === "string" ? path.toLowerCase().includes(one.path.toLowerCase()) : one.path.test(path)),
      );
      if (fault) fault.left -= 1;
      return fault;
    },
  };
}
