import { isRecord } from "./kubernetes.ts";

/**
 * Whether a structured LabelSelector selects these labels, as `LabelSelectorAsSelector` of kubernetes/apimachinery
 * (pkg/apis/meta/v1/helpers.go) has it: no selector selects nothing, an empty one everything. Where the field is no pointer in
 * Go (a NetworkPolicy's podSelector), absent means empty: pass `?? {}`. Undefined where a part that decides cannot be read, or is a label
 * that is not there as far as is known (`isOpen`).
 */
export function matchesSelector(
  selector: unknown,
  labels: Readonly<Record<string, string>> = {},
  isOpen: (key: string) => boolean = () => false,
): boolean | undefined {
  if (selector === undefined || selector === null) return false;
  if (!isRecord(selector)) return undefined;
  const isUnknown = (key: string) => !Object.hasOwn(labels, key) && isOpen(key);
  return all([
    ...matchLabels(selector.matchLabels, labels, isUnknown),
    ...matchExpressions(selector.matchExpressions, labels, isUnknown),
  ]);
}

/** What holds of several things of which some may be unknown: one that is false decides. */
export function all(answers: Iterable<boolean | undefined>): boolean | undefined {
  let result: boolean | undefined = true;
  for (const answer of answers) {
    if (answer === false) return false;
    if (answer === undefined) result = undefined;
  }
  return result;
}

/** The same of things of which one that is true decides. */
export function any(answers: readonly (boolean | undefined)[]): boolean | undefined {
  return not(all(answers.map(not)));
}

export function not(answer: boolean | undefined): boolean | undefined {
  return answer === undefined ? undefined : !answer;
}

function matchLabels(
  wanted: unknown,
  labels: Readonly<Record<string, string>>,
  isUnknown: (key: string) => boolean,
): (boolean | undefined)[] {
  if (wanted === undefined || wanted === null) return [];
  if (!isRecord(wanted)) return [undefined];
  return Object.entries(wanted).map(([key, value]) =>
    typeof value === "string" && !isUnknown(key) ? labelOf(labels, key) === value : undefined,
  );
}

function matchExpressions(
  expressions: unknown,
  labels: Readonly<Record<string, string>>,
  isUnknown: (key: string) => boolean,
): (boolean | undefined)[] {
  if (expressions === undefined || expressions === null) return [];
  if (!Array.isArray(expressions)) return [undefined];
  return expressions.map((expression: unknown) => {
    if (!isRecord(expression) || typeof expression.key !== "string") return undefined;
    if (isUnknown(expression.key)) return undefined;
    const value = labelOf(labels, expression.key);
    const values = valuesOf(expression.values);
    switch (expression.operator) {
      case "In":
        return values.length === 0 ? undefined : value !== undefined && values.includes(value);
      case "NotIn":
        return values.length === 0 ? undefined : value === undefined || !values.includes(value);
      case "Exists":
        return value !== undefined;
      case "DoesNotExist":
        return value === undefined;
      default:
        return undefined;
    }
  });
}

function valuesOf(values: unknown): readonly unknown[] {
  return Array.isArray(values) && values.every(value => typeof value === "string") ? values : [];
}

function labelOf(labels: Readonly<Record<string, string>>, key: string): string | undefined {
  return Object.hasOwn(labels, key) ? labels[key] : undefined;
}
