import { isRecord } from "../core/kubernetes.ts";
import type { Body } from "./exchange.ts";
import { withoutFieldsV1 } from "./withoutFieldsV1.ts";

export interface ListBodyOptions {
  /** What is not needed of each item: it is cut out before the item is parsed. */
  without?: "fieldsV1" | undefined;
  /** Told of the list's own metadata where they arrive before its items. They count when the list has ended, not before. */
  ahead?: ((metadata: unknown) => void) | undefined;
}

/** What a list is besides its items. Undefined for JSON that is no list. */
export type ListEnd = { metadata: unknown } | undefined;

const beforeItems = Buffer.from('"items":[{"');
/** In bytes: where no items begin until there, the server writes lists in another way. */
const longestHead = 65_536;

/**
 * A Kubernetes list out of JSON that arrives piece by piece. Each item is parsed and taken as soon as it is there: whoever keeps but a
 * part of each never holds a page of them, nor its text. The text is cut where one item seems to end and another to begin. What is before
 * the items must be a list, and each cut-out must be JSON by itself, so that no cut in a wrong place goes unnoticed; where one is, what
 * is left is parsed as a whole.
 */
export class ListBody implements Body<ListEnd> {
  readonly #take: (item: unknown) => void;
  readonly #options: ListBodyOptions;
  /** The text before the items. */
  #head = "";
  /** What has arrived and is not yet taken. */
  #rest: Buffer = Buffer.alloc(0);
  /** What follows it, of a text that is parsed as a whole. */
  readonly #later: Buffer[] = [];
  #state: "before items" | "in items" | "whole" = "before items";
  /** What stands between two items, since each begins as the first one does. */
  #between: Buffer = Buffer.alloc(0);

  constructor(take: (item: unknown) => void, options: ListBodyOptions = {}) {
    this.#take = take;
    this.#options = options;
  }

  write(piece: Buffer): void {
    if (this.#state === "whole") {
      this.#later.push(piece);
      return;
    }
    this.#rest = this.#rest.length === 0 ? piece : Buffer.concat([this.#rest, piece]);
    if (this.#state === "before items") this.#begin();
    if (this.#state === "in items") this.#cut();
  }

  end(): ListEnd {
    const list: unknown = JSON.parse(this.#head + this.#needed(Buffer.concat([this.#rest, ...this.#later])).toString());
    if (!isRecord(list) || !Array.isArray(list.items)) return undefined;
    for (const item of list.items) this.#take(item);
    return { metadata: list.metadata };
  }

  #begin(): void {
    const found = this.#rest.indexOf(beforeItems);
    if (found < 0) {
      if (this.#rest.length > longestHead) this.#state = "whole";
      return;
    }
    const start = found + beforeItems.length - 2;
    const keyEnd = this.#rest.indexOf('"', start + 2) + 1;
    if (keyEnd === 0) return;
    const head = this.#rest.toString("utf8", 0, start);
    const list = tryToParse(`${head}]}`);
    if (!isRecord(list) || !Array.isArray(list.items)) {
      this.#state = "whole";
      return;
    }
    this.#state = "in items";
    this.#head = head;
    this.#between = Buffer.concat([Buffer.from("},"), this.#rest.subarray(start, keyEnd)]);
    this.#rest = this.#rest.subarray(start);
    if (isRecord(list.metadata)) this.#options.ahead?.(list.metadata);
  }

  #cut(): void {
    let from = 0;
    for (let next = this.#rest.indexOf(this.#between); next >= 0; next = this.#rest.indexOf(this.#between, from)) {
      const text = this.#needed(this.#rest.subarray(from, next + 1));
      const item = tryToParse(text.toString());
      if (item === undefined) {
        this.#state = "whole";
        this.#rest = Buffer.concat([text, this.#rest.subarray(next + 1)]);
        return;
      }
      this.#take(item);
      from = next + 2;
    }
    this.#rest = this.#rest.subarray(from);
  }

  #needed(json: Buffer): Buffer {
    return this.#options.without === "fieldsV1" ? withoutFieldsV1(json) : json;
  }
}

/** Undefined for what is not JSON. */
function tryToParse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
