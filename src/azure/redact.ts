const tokenLike = /\beyJ[\w-]{8,}(?:\.[\w-]*){0,4}/g;
const bearer = /\b(Bearer|Basic)\s+[\w.~+/=-]{8,}/gi;
const field =
  /\b(client_secret|client_assertion|access_token|refresh_token|accessToken|password)(["']?\s*[=:]\s*["']?)[^\s"'&,]+/gi;

/**
 * Text from Azure or from a tool such as `az`, fit to be shown: whatever looks like a token or like a secret's value is
 * taken out. The words of errors are foreign, so nothing can be taken for granted about what they quote.
 */
export function redact(text: string): string {
  return text.replace(field, "$1$2***").replace(bearer, "$1 ***").replace(tokenLike, "***");
}
