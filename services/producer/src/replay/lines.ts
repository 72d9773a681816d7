/** The longest line that is read, in characters; of a longer one only so much and one more is kept. */
export const MAX_LINE_LENGTH = 16_384;

/** A text line without its ending; the first is number 1. */
export interface Line {
  readonly number: number;
  readonly text: string;
}

/** The lines of a UTF-8 text, ended by LF or CRLF, without a byte order mark. What is no UTF-8 becomes U+FFFD. */
export async function* linesOf(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Line> {
  const decoder = new TextDecoder();
  let number = 0;
  let rest = "";
  for await (const chunk of chunks) {
    const pieces = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = (pieces.pop() ?? "").slice(0, MAX_LINE_LENGTH + 2);
    for (const piece of pieces) yield { number: ++number, text: withoutReturn(piece) };
  }
  rest += decoder.decode();
  if (rest !== "") yield { number: ++number, text: withoutReturn(rest) };
}

function withoutReturn(line: string): string {
  return line.endsWith("\r") ? line.slice(0, -1) : line;
}
