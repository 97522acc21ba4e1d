import { all, any, not } from "../labelSelector.ts";

type Labels = Readonly<Record<string, string>>;
/** Whether a label that is not there may be there all the same. */
type IsOpen = (key: string) => boolean;
type Test = (labels: Labels, isOpen: IsOpen) => boolean | undefined;

const tokenPattern = /\s*(?:(&&|\|\||==|!=|!|\(|\)|\{|\}|,)|"([^"]*)"|'([^']*)'|([A-Za-z0-9_./-]+))/y;

interface Token {
  text: string;
  kind: "sign" | "value" | "name";
}

/**
 * Reads a selector of Calico (projectcalico/calico, libcalico-go/lib/selector/parser): `all()`, `global()`, `has(key)`,
 * `key == 'a'`, `key in {'a', 'b'}`, `key contains 'a'`, `key starts with 'a'`, joined by `!`, `&&` and `||`. An empty one selects
 * everything. The answer is undefined where it cannot be read, and where it rests on labels of which nobody knows.
 */
export function calicoSelector(selector: unknown): (labels: Labels, isOpen?: IsOpen) => boolean | undefined {
  if (selector === undefined || selector === null || selector === "") return () => true;
  const tokens = typeof selector === "string" && selector.length <= 10_000 ? tokensOf(selector) : undefined;
  if (!tokens) return () => undefined;
  if (tokens.length === 0) return () => true;
  const reader = new Reader(tokens);
  const test = reader.anyOf(0);
  return test && reader.isAtEnd ? (labels, isOpen = () => false) => test(labels, isOpen) : () => undefined;
}

function tokensOf(text: string): Token[] | undefined {
  const tokens: Token[] = [];
  tokenPattern.lastIndex = 0;
  while (text.slice(tokenPattern.lastIndex).trim() !== "") {
    const match = tokenPattern.exec(text);
    if (!match) return undefined;
    const [, sign, double, single, name] = match;
    if (sign !== undefined) tokens.push({ kind: "sign", text: sign });
    else if (name !== undefined) tokens.push({ kind: "name", text: name });
    else tokens.push({ kind: "value", text: double ?? single ?? "" });
  }
  return tokens;
}

/** Reads by descent; undefined at any place is a selector that cannot be read. */
class Reader {
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  get isAtEnd(): boolean {
    return this.#at === this.#tokens.length;
  }

  anyOf(depth: number): Test | undefined {
    return this.#joined(
      "||",
      () => this.#allOf(depth),
      (a, b) => (labels, isOpen) => any([a(labels, isOpen), b(labels, isOpen)]),
    );
  }

  #allOf(depth: number): Test | undefined {
    return this.#joined(
      "&&",
      () => this.#operand(depth),
      (a, b) => (labels, isOpen) => all([a(labels, isOpen), b(labels, isOpen)]),
    );
  }

  #joined(sign: string, part: () => Test | undefined, join: (a: Test, b: Test) => Test): Test | undefined {
    let test = part();
    while (test && this.#take(sign)) {
      const next = part();
      test = next && join(test, next);
    }
    return test;
  }

  #operand(depth: number): Test | undefined {
    if (depth > 50) return undefined;
    if (this.#take("!")) {
      const test = this.#operand(depth + 1);
      return test && ((labels, isOpen) => not(test(labels, isOpen)));
    }
    if (this.#take("(")) {
      const test = this.anyOf(depth + 1);
      return this.#take(")") ? test : undefined;
    }
    const key = this.#next("name");
    if (key === undefined) return undefined;
    if (this.#take("(")) return this.#call(key);
    return this.#comparison(key);
  }

  #call(name: string): Test | undefined {
    const key = this.#next("name");
    if (!this.#take(")")) return undefined;
    if (name === "has" && key !== undefined) return ofLabel(key, value => value !== undefined);
    if (key !== undefined) return undefined;
    if (name === "all") return () => true;
    // What is in no namespace; pods always are in one.
    return name === "global" ? () => false : undefined;
  }

  #comparison(key: string): Test | undefined {
    const of = (holds: (value: string | undefined) => boolean) => ofLabel(key, holds);
    if (this.#take("==")) return this.#withValue(wanted => of(value => value === wanted));
    if (this.#take("!=")) return this.#withValue(wanted => of(value => value !== wanted));
    const word = this.#next("name");
    switch (word) {
      case "in":
        return this.#withSet(values => of(value => values.includes(value ?? "\n")));
      case "not":
        return this.#next("name") === "in"
          ? this.#withSet(values => of(value => !values.includes(value ?? "\n")))
          : undefined;
      case "contains":
        return this.#withValue(part => of(value => value?.includes(part) ?? false));
      case "starts":
        return this.#with(start => of(value => value?.startsWith(start) ?? false));
      case "ends":
        return this.#with(end => of(value => value?.endsWith(end) ?? false));
      default:
        return undefined;
    }
  }

  #with(make: (value: string) => Test): Test | undefined {
    return this.#next("name") === "with" ? this.#withValue(make) : undefined;
  }

  #withValue(make: (value: string) => Test): Test | undefined {
    const value = this.#next("value");
    return value === undefined ? undefined : make(value);
  }

  #withSet(make: (values: readonly string[]) => Test): Test | undefined {
    if (!this.#take("{")) return undefined;
    const values: string[] = [];
    for (;;) {
      if (this.#take("}")) return make(values);
      const value = this.#next("value");
      if (value === undefined) return undefined;
      values.push(value);
      this.#take(",");
    }
  }

  #take(sign: string): boolean {
    const token = this.#tokens[this.#at];
    if (token?.kind !== "sign" || token.text !== sign) return false;
    this.#at++;
    return true;
  }

  #next(kind: "name" | "value"): string | undefined {
    const token = this.#tokens[this.#at];
    if (token?.kind !== kind) return undefined;
    this.#at++;
    return token.text;
  }
}

/** What a label's value decides, or its absence. */
function ofLabel(key: string, holds: (value: string | undefined) => boolean): Test {
  return (labels, isOpen) => {
    if (Object.hasOwn(labels, key)) return holds(labels[key]);
    return isOpen(key) ? undefined : holds(undefined);
  };
}
