/** Wrapped ones too. */
const tokenLike = /eyJ[\w-]{8,}(?:[\r\n]{0,2}\.[\r\n]{0,2}[\w-]*){0,4}/g;
const bearer = /\b(Bearer|Basic)\s+[\w.~+/=-]{8,}/gi;
/** As JSON (inside of other JSON too), a form, a variable or an argument has them. */
const field =
  /((?:client_?secret|client_?assertion|access_?token|refresh_?token|id_?token|password)(?:\\*["'])?\s*(?:[=:]|%3[ad])\s*)\\*(?:"(?:[^"\\]|\\[^"])*|'[^']*|[^\s"'&,\\]+)/gi;

/**
 * Text from Azure or from a tool such as `az`, fit to be shown: whatever looks like a token or like a secret's value is
 * taken out. The words of errors are foreign, so nothing can be taken for granted about what they quote.
 */
export function redact(text: string): string {
  return text.replace(field, "$1***").replace(bearer, "$1 ***").replace(tokenLike, "***");
}
