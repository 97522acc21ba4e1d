/**
 * Whether a text fits a pattern with asterisks. Bounded work for any pattern, since names from a cluster are hostile: the pieces
 * between asterisks are looked for one after the other.
 */
export function glob(pattern: string): (text: string) => boolean {
  const [first = "", ...rest] = pattern.split("*");
  const last = rest.at(-1);
  if (last === undefined) return text => text === pattern;
  const inner = rest.slice(0, -1);
  return text => {
    if (!text.startsWith(first)) return false;
    let at = first.length;
    for (const piece of inner) {
      const found = text.indexOf(piece, at);
      if (found < 0) return false;
      at = found + piece.length;
    }
    return text.length - last.length >= at && text.endsWith(last);
  };
}
