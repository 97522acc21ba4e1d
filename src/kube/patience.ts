import { setTimeout as sleep } from "node:timers/promises";
import type { Clock } from "../core/clock.ts";
import { ApiError } from "../core/ports.ts";
import { jsonBody } from "./exchange.ts";
import type { Connection } from "./transport.ts";

const tries = 4;
const longestWaitSeconds = 30;

/**
 * The same connection for reading a whole cluster: where the API server is busy and says when to come back (429 or 503 with
 * Retry-After), the read is repeated then, a few times. Writes are repeated by the engine alone.
 */
export function patientReader(connection: Connection, clock: Pick<Clock, "sleep"> = wallClock): Connection {
  const read: Connection["read"] = async (request, newBody) => {
    for (let attempt = 1; ; attempt++) {
      try {
        return await connection.read(request, newBody);
      } catch (error) {
        const wait = error instanceof ApiError && busy(error) ? error.retryAfterSeconds : undefined;
        if (wait === undefined || wait > longestWaitSeconds || attempt === tries || request.method !== "GET")
          throw error;
        await clock.sleep(wait * 1000, request.signal);
      }
    }
  };
  return { ...connection, read, request: request => read(request, jsonBody) };
}

function busy(error: ApiError): boolean {
  return error.status === 429 || error.status === 503;
}

const wallClock: Pick<Clock, "sleep"> = {
  async sleep(milliseconds, signal) {
    signal?.throwIfAborted();
    try {
      await sleep(milliseconds, undefined, signal ? { signal } : {});
    } catch (error) {
      signal?.throwIfAborted();
      throw error;
    }
  },
};
