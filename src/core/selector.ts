type Requirement = { key: string; matches(value: string | undefined): boolean };

const name = "[A-Za-z0-9]([-A-Za-z0-9_./]*[A-Za-z0-9])?";
const setBased = new RegExp(`^(${name})\\s+(in|notin)\\s*\\(([^()]*)\\)$`);
const equalityBased = new RegExp(`^(${name})\\s*(==|=|!=)\\s*(.*)$`);
const labelValue = /^([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?$/;
const existence = new RegExp(`^(!?)\\s*(${name})$`);

/**
 * Reads a label selector as kubectl does (`a=b,c!=d,e in (f,g),h,!i`) and gives the test for an object's labels.
 * Throws a RangeError that names the part it cannot read.
 */
export function labelSelector(selector: string): (labels: Record<string, string>) => boolean {
  const requirements = splitRequirements(selector).map(readRequirement);
  return labels =>
    requirements.every(({ key, matches }) => matches(Object.hasOwn(labels, key) ? labels[key] : undefined));
}

/** Commas part requirements, but not inside the parentheses of a set. */
function splitRequirements(selector: string): string[] {
  return selector
    .split(/,(?![^(]*\))/)
    .map(part => part.trim())
    .filter((part, _, all) => part !== "" || all.length > 1);
}

function readRequirement(part: string): Requirement {
  const set = setBased.exec(part);
  const values = (set?.[4] ?? "").split(",").map(value => value.trim());
  if (set && set[4]?.trim() !== "" && values.every(value => labelValue.test(value))) {
    const key = set[1] ?? "";
    return set[3] === "in"
      ? { key, matches: value => value !== undefined && values.includes(value) }
      : { key, matches: value => value === undefined || !values.includes(value) };
  }
  const equality = equalityBased.exec(part);
  if (equality && labelValue.test(equality[4] ?? "")) {
    const [key = "", wanted = ""] = [equality[1], equality[4]];
    return equality[3] === "!="
      ? { key, matches: value => value !== wanted }
      : { key, matches: value => value === wanted };
  }
  const exists = existence.exec(part);
  if (exists) {
    return exists[1] === "!"
      ? { key: exists[2] ?? "", matches: value => value === undefined }
      : { key: exists[2] ?? "", matches: value => value !== undefined };
  }
  throw new RangeError(`"${part}" is not a label requirement (write key=value, key!=value, key in (a,b), key or !key)`);
}
