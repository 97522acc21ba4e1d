import { isRecord } from "../core/kubernetes.ts";

/** A list as it came. Its items are parsed one by one as they are asked for; a SyntaxError may come of each. */
export interface ParsedList {
  metadata: unknown;
  items: Iterable<unknown>;
}

/**
 * A Kubernetes list out of JSON, of which the items wait: whoever keeps but a part of each never holds a page of them. The text is cut
 * where one item seems to end and another to begin. What is around the items must be a list without items, and each piece must be
 * JSON by itself, so that no cut in the wrong place goes unnoticed; where one is, the rest is parsed as a whole.
 *
 * @throws SyntaxError for what is not JSON. Undefined for JSON that is no list.
 */
export function parseList(json: Buffer): ParsedList | undefined {
  const place = placeOfItems(json);
  const around = place && tryToParse(json.toString("utf8", 0, place.start) + json.toString("utf8", place.end));
  if (place && isRecord(around) && Array.isArray(around.items) && around.items.length === 0)
    return { metadata: around.metadata, items: itemsOf(json, place) };
  const list: unknown = JSON.parse(json.toString());
  return isRecord(list) && Array.isArray(list.items) ? { metadata: list.metadata, items: list.items } : undefined;
}

const beforeItems = Buffer.from('"items":[{"');
/** Of built-in kinds the list's own fields come before its items, of custom resources after them. */
const afterItems = [Buffer.from('}],"kind":"'), Buffer.from("}]}")];

interface Place {
  start: number;
  end: number;
  /** What stands between two items, since each begins as the first one does. */
  between: Buffer;
}

function placeOfItems(json: Buffer): Place | undefined {
  const found = json.indexOf(beforeItems);
  if (found < 0) return undefined;
  const start = found + beforeItems.length - 2;
  const end = Math.max(...afterItems.map(bytes => json.lastIndexOf(bytes))) + 1;
  const keyEnd = json.indexOf('"', start + 2) + 1;
  if (keyEnd === 0 || end <= keyEnd) return undefined;
  return { start, end, between: Buffer.concat([Buffer.from("},"), json.subarray(start, keyEnd)]) };
}

function* itemsOf(json: Buffer, { start, end, between }: Place): Generator<unknown> {
  for (let from = start; from < end; ) {
    const next = json.indexOf(between, from);
    const until = next < 0 || next >= end ? end : next + 1;
    const item = tryToParse(json.toString("utf8", from, until));
    if (item === undefined) {
      yield* JSON.parse(`[${json.toString("utf8", from, end)}]`);
      return;
    }
    yield item;
    from = until + 1;
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
