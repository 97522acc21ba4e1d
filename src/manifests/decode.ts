/**
 * The text of a manifest: UTF-8, or UTF-16 with a byte order mark as PowerShell's `>` writes it; the mark itself is dropped.
 * Undefined for bytes that are neither.
 */
export function decode(bytes: Uint8Array): string | undefined {
  try {
    const text = new TextDecoder(encodingOf(bytes), { fatal: true }).decode(bytes);
    // No manifest has one; UTF-16 without its mark and UTF-32 are full of them.
    return text.includes("\0") ? undefined : text;
  } catch (error) {
    if (error instanceof TypeError) return undefined;
    throw error;
  }
}

function encodingOf([first, second]: Uint8Array): string {
  if (first === 0xff && second === 0xfe) return "utf-16le";
  if (first === 0xfe && second === 0xff) return "utf-16be";
  return "utf-8";
}
