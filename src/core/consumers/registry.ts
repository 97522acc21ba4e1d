import type { ReadKind } from "../kinds.ts";
import type { Consumer } from "./consumer.ts";
import { secretsStoreCSI } from "./secretsStoreCSI.ts";

/** Every consumer that is known. */
export const consumers: readonly Consumer[] = [secretsStoreCSI];

export const consumerKinds: readonly ReadKind[] = consumers.flatMap(consumer => consumer.kinds);
