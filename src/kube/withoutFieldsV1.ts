/** As the API server writes it: ManagedFieldsEntry (k8s.io/apimachinery, pkg/apis/meta/v1/types.go) is a struct, so the order is fixed. */
const before = Buffer.from(',"fieldsType":"FieldsV1"');
const fieldsV1 = Buffer.from(`${before},"fieldsV1":{`);

const quote = 0x22;
const backslash = 0x5c;
const open = 0x7b;
const close = 0x7d;

/**
 * Valid JSON with the field sets of `managedFields` cut out, in the same memory: a third of a list's bytes and more than half of
 * what its parser would build, while a reader of whole clusters wants only the managers' names. An unescaped quote after a comma
 * begins a string, so that no text inside a string is taken for the field. Where a server writes it otherwise, it stays.
 */
export function withoutFieldsV1(json: Buffer): Buffer {
  let kept = 0;
  let from = 0;
  for (let found = json.indexOf(fieldsV1); found >= 0; found = json.indexOf(fieldsV1, from)) {
    const until = found + before.length;
    json.copyWithin(kept, from, until);
    kept += until - from;
    from = endOfObject(json, found + fieldsV1.length);
  }
  if (from === 0) return json;
  json.copyWithin(kept, from);
  return json.subarray(0, kept + json.length - from);
}

/** The offset behind the brace that closes the object whose opening brace is before `offset`. */
function endOfObject(json: Buffer, offset: number): number {
  let position = offset;
  for (let depth = 1; depth > 0 && position < json.length; position++) {
    const byte = json[position];
    if (byte === open) depth++;
    else if (byte === close) depth--;
    else if (byte === quote) position = endOfString(json, position + 1);
  }
  return position;
}

/** The offset of the quote that closes the string whose first character is at `offset`. */
function endOfString(json: Buffer, offset: number): number {
  let position = offset;
  while (position < json.length && json[position] !== quote) position += json[position] === backslash ? 2 : 1;
  return position;
}
