/** One request of the program that changes something, or would (`dryRun`). */
export interface Write {
  server: "kubernetes" | "azure";
  method: string;
  /** Without its query. */
  path: string;
  dryRun: boolean;
}

export type Moment = "before" | "after";

/**
 * Sees every write of the program on its way, before the server gets it and before its answer goes back. Where it throws,
 * the connection ends there without an answer.
 */
export type Guard = (write: Write, moment: Moment) => void;

/** Every write that has arrived so far, and a place for somebody who cuts in. */
export class Gate {
  readonly writes: Write[] = [];
  guard: Guard | undefined;

  /** Writes that were meant, in the order of arrival, as `METHOD path`. */
  get stored(): string[] {
    return this.writes.filter(write => !write.dryRun).map(({ method, path }) => `${method} ${path}`);
  }

  pass(write: Write, moment: Moment): void {
    if (moment === "before") this.writes.push(write);
    this.guard?.(write, moment);
  }
}

export function isWrite(method: string): boolean {
  return ["POST", "PUT", "PATCH", "DELETE"].includes(method);
}
