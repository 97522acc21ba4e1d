import { createHash } from "node:crypto";

/** The letters that Kubernetes uses for generated names (k8s.io/apimachinery pkg/util/rand): no vowels, no lookalikes. */
const SAFE_LETTERS = "bcdfghjklmnpqrstvwxz2456789";

/** A uid in the form of a version 4 UUID that depends on nothing but `seed`. */
export function uidOf(seed: string): string {
  const hex = createHash("sha256").update(seed).digest("hex");
  const variant = ((Number.parseInt(hex.slice(16, 17), 16) & 0x3) | 0x8).toString(16);
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `4${hex.slice(13, 16)}`,
    variant + hex.slice(17, 20),
    hex.slice(20, 32),
  ].join("-");
}

/** `length` letters as in generated names, depending on nothing but `seed`. */
export function suffixOf(seed: string, length: number): string {
  const bytes = createHash("sha256").update(seed).digest();
  let suffix = "";
  for (let index = 0; index < length; index++) suffix += SAFE_LETTERS[(bytes[index] ?? 0) % SAFE_LETTERS.length];
  return suffix;
}

/** JSON with sorted keys: equal values give equal text. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(",")}]`;
  if (typeof value === "object" && value !== null) {
    const fields = Object.entries(value)
      .filter(([, field]) => field !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1));
    return `{${fields.map(([name, field]) => `${JSON.stringify(name)}:${canonicalJson(field)}`).join(",")}}`;
  }
  return JSON.stringify(value) ?? "null";
}
