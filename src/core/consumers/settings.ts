import { type Finding, finding } from "../findings/codes.ts";
import type { ConsumerName, ConsumerUse } from "./consumer.ts";
import type { Controller } from "./controllers.ts";

/** Settings that are not seen here: where they are, as a config file's `covered` names it, and what they must become. */
export interface Settings {
  object: string;
  before: string;
  after: string;
}

/** That a controller's switch waits until people have seen to settings that nobody can read here. */
export function settingsElsewhere(
  consumer: ConsumerName,
  { ref }: Pick<Controller, "ref">,
  settings: Settings,
): Finding {
  return finding("consumer-settings-elsewhere", { subject: ref }, { consumer, ...settings });
}

/** A controller's own use: its pods ask for the token. Where nothing but their label and account decides, it follows them. */
export function useOf(
  consumer: ConsumerName,
  { found, ref, state, version }: Controller,
  more: Partial<ConsumerUse> = {},
): ConsumerUse {
  const follows = more.changes?.length ? {} : { follows: "pods" as const };
  const known = version === undefined ? {} : { version };
  return { consumer, object: found, state, ...known, askedBy: [ref], ...follows, changes: [], ...more };
}

/**
 * The use of an object that says nothing of identities itself: its controllers' pods ask with what they have. Undefined where
 * none of them is on either.
 */
export function useThrough(
  consumer: ConsumerName,
  object: ConsumerUse["object"],
  controllers: readonly Controller[],
): ConsumerUse | undefined {
  const [first] = controllers;
  if (!first) return undefined;
  const version = first.version === undefined ? {} : { version: first.version };
  const state = controllers.every(one => one.state === "migrated") ? "migrated" : "legacy";
  const askedBy = controllers.map(one => one.ref);
  return { consumer, object, state, ...version, askedBy, follows: "pods", changes: [] };
}
