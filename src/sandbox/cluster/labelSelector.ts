import type { LabelSelector } from "./object.ts";
import { badRequest } from "./status.ts";

type Labels = Readonly<Record<string, string>>;
/** Whether these labels are selected. */
export type LabelTest = (labels: Labels) => boolean;

/**
 * The query parameter `labelSelector` in its full syntax (k8s.io/apimachinery pkg/labels): `a=b`, `a==b`, `a!=b`, `a in (b,c)`,
 * `a notin (b,c)`, `a`, `!a`, `a>1`, `a<1`, joined by commas. Throws the server's 400 for what cannot be read.
 */
export function parseLabelSelector(text: string): LabelTest {
  const tests = requirements(text).map(requirement);
  return labels => tests.every(test => test(labels));
}

/** The selector of an object's spec; an absent one selects nothing, an empty one everything. */
export function matchesLabelSelector(selector: LabelSelector | undefined, labels: Labels = {}): boolean {
  if (!selector) return false;
  const equal = Object.entries(selector.matchLabels ?? {}).every(([key, value]) => labels[key] === value);
  return (
    equal &&
    (selector.matchExpressions ?? []).every(({ key, operator, values = [] }) => {
      const value = labels[key];
      switch (operator) {
        case "In":
          return value !== undefined && values.includes(value);
        case "NotIn":
          return value === undefined || !values.includes(value);
        case "Exists":
          return value !== undefined;
        case "DoesNotExist":
          return value === undefined;
        default:
          return false;
      }
    })
  );
}

function requirements(text: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let part = "";
  for (const letter of text) {
    if (letter === "(") depth++;
    if (letter === ")") depth--;
    if (letter === "," && depth === 0) {
      parts.push(part);
      part = "";
    } else {
      part += letter;
    }
  }
  if (text.trim() !== "") parts.push(part);
  return parts.map(each => each.trim());
}

const KEY = "(?:[A-Za-z0-9](?:[-A-Za-z0-9.]*[A-Za-z0-9])?/)?[A-Za-z0-9](?:[-A-Za-z0-9_.]*[A-Za-z0-9])?";
const VALUE = "(?:[A-Za-z0-9](?:[-A-Za-z0-9_.]*[A-Za-z0-9])?)?";
const EXISTS = new RegExp(`^(!?)\\s*(${KEY})$`);
const COMPARED = new RegExp(`^(${KEY})\\s*(==|=|!=|>|<)\\s*(${VALUE})$`);
const IN_SET = new RegExp(`^(${KEY})\\s+(in|notin)\\s*\\(([^()]*)\\)$`);

function requirement(text: string): LabelTest {
  const exists = EXISTS.exec(text);
  if (exists) {
    const [, not, key = ""] = exists;
    return labels => (labels[key] !== undefined) === (not === "");
  }
  const compared = COMPARED.exec(text);
  if (compared) {
    const [, key = "", operator, value = ""] = compared;
    if (operator === "!=") return labels => labels[key] !== value;
    if (operator === ">" || operator === "<") return order(key, operator, value);
    return labels => labels[key] === value;
  }
  const inSet = IN_SET.exec(text);
  if (inSet) {
    const [, key = "", operator, list = ""] = inSet;
    const values = list.split(",").map(value => value.trim());
    return labels => {
      const value = labels[key];
      const listed = value !== undefined && values.includes(value);
      return operator === "in" ? listed : !listed;
    };
  }
  throw badRequest(`unable to parse requirement: ${JSON.stringify(text)} is no label selector requirement`);
}

function order(key: string, operator: ">" | "<", value: string): LabelTest {
  if (!/^-?\d+$/.test(value)) {
    throw badRequest(
      `unable to parse requirement: values[0]: Invalid value: "${value}": for 'Gt', 'Lt' operators, the value must be an integer`,
    );
  }
  const bound = Number(value);
  return labels => {
    const label = labels[key];
    if (label === undefined || !/^-?\d+$/.test(label)) return false;
    return operator === ">" ? Number(label) > bound : Number(label) < bound;
  };
}
