const LONGEST_LINE = 65_536;

/** Cuts a stream of text into lines; a line without end is handed over in pieces of 65,536 characters. */
export function splitLines(onLine: (line: string) => void): { push(chunk: string): void; end(): void } {
  let rest = "";
  return {
    push(chunk) {
      const parts = (rest + chunk).split("\n");
      rest = parts.pop() ?? "";
      for (const part of parts) onLine(part);
      if (rest.length < LONGEST_LINE) return;
      onLine(rest);
      rest = "";
    },
    end() {
      if (rest !== "") onLine(rest);
      rest = "";
    },
  };
}
