/** The names of all fields, so that bodies with other values can be compared. A list of plain values is one field. */
export function fieldNames(value: unknown, path = ""): string[] {
  const isObject = (one: unknown) => typeof one === "object" && one !== null;
  if (Array.isArray(value)) {
    const objects = value.filter(isObject);
    return objects.length === 0
      ? [`${path}[]`]
      : [...new Set(objects.flatMap(item => fieldNames(item, `${path}[]`)))].sort();
  }
  if (!isObject(value)) return [path];
  return Object.entries(value as object)
    .flatMap(([key, inner]) => fieldNames(inner, `${path}.${key}`))
    .sort();
}
