/**
 * The same array in the room that it needs. One that grew item by item, as by push, filter and flatMap, has room for 17 (V8), and
 * what is kept for each of ten thousand workloads adds up.
 */
export function fitted<T>(array: readonly T[]): T[] {
  return array.slice();
}
