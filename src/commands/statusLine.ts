/** A terminal, as Node's streams have it. */
export interface Terminal {
  write(text: string): unknown;
  columns?: number;
}

export interface StatusLine {
  /** Draws the line (ASCII), cut to the terminal's width, in place of the one before; undefined takes it away. */
  show(line: string | undefined): void;
  /** Prints something, which stays above the line. */
  above(print: () => void): void;
}

/** Back to the beginning of the line, and away with what is on it (ECMA-48 EL). */
const erase = "\r\u001b[K";

/** One line that is redrawn in place, the last one on the terminal. */
export function statusLine(terminal: Terminal): StatusLine {
  let shown = "";
  return {
    show(line) {
      // A line as wide as the terminal would wrap on some.
      const next = line === undefined ? "" : line.slice(0, Math.max(0, (terminal.columns ?? 80) - 1));
      if (next === shown) return;
      terminal.write(erase + next);
      shown = next;
    },
    above(print) {
      if (shown === "") return print();
      terminal.write(erase);
      print();
      terminal.write(shown);
    },
  };
}
