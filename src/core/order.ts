/** By code unit, which for the names of Kubernetes is Go's byte order; never the locale's. */
export function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
