/**
 * The same value, with what it has in common with the one before it kept once: the labels, containers and owner of a Deployment's pods,
 * the probes and managers of all Deployments. Lists come sorted, so that equal values are next to each other. What is given must be the
 * caller's own, since its parts are replaced by equal ones; nobody may change what is given back.
 */
export function shared<T>(value: T, before: unknown): T {
  try {
    return sharedPart(value, before) as T;
  } catch (error) {
    // Nested more deeply than a function can follow: what has been replaced is equal, and the rest stays.
    if (error instanceof RangeError) return value;
    throw error;
  }
}

function sharedPart(value: unknown, before: unknown): unknown {
  // Of equal strings too this is the older one.
  if (value === before) return before;
  if (!isObject(value) || !isObject(before) || Array.isArray(value) !== Array.isArray(before)) return value;
  const [keys, keysBefore] = [Object.keys(value), Object.keys(before)];
  let isSame = keys.length === keysBefore.length;
  for (let index = 0; index < keys.length; index++) {
    const key = keys[index] ?? "";
    const isThere = keysBefore[index] === key || Object.hasOwn(before, key);
    const there = isThere ? before[key] : undefined;
    const part = sharedPart(value[key], there);
    value[key] = part;
    if (keysBefore[index] !== key || part !== there) isSame = false;
  }
  return isSame ? before : value;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
