const NEWLINE = 10;
const CLOSE = 8;

export interface FrameReader {
  /** One line of a frame's payload: the bytes from `start` to `end` of `data`, valid during the call only. */
  onLine(data: Buffer, start: number, end: number): void;
  onClose(code: number, reason: string): void;
}

/** Cuts a server's bytes into WebSocket frames and these into lines. What is not a whole frame waits for more. */
export class ServerFrames {
  readonly #reader: FrameReader;
  #rest: Buffer | undefined;

  constructor(reader: FrameReader) {
    this.#reader = reader;
  }

  read(chunk: Buffer): void {
    const data = this.#rest === undefined ? chunk : Buffer.concat([this.#rest, chunk]);
    let at = 0;
    for (let end = endOfFrame(data, at); end > 0; end = endOfFrame(data, at)) {
      this.#take(data, at, end);
      at = end;
    }
    this.#rest = at === data.length ? undefined : data.subarray(at);
  }

  #take(data: Buffer, at: number, end: number): void {
    const start = at + headerOf(data, at);
    if (((data[at] ?? 0) & 15) === CLOSE)
      return this.#reader.onClose(data.readUInt16BE(start), data.toString("utf8", start + 2, end));
    let from = start;
    while (from < end) {
      const newline = data.indexOf(NEWLINE, from);
      const stop = newline < 0 || newline > end ? end : newline;
      this.#reader.onLine(data, from, stop);
      from = stop + 1;
    }
  }
}

function headerOf(data: Buffer, at: number): number {
  const length = (data[at + 1] ?? 0) & 127;
  return length < 126 ? 2 : length === 126 ? 4 : 10;
}

/** Where the frame that begins at `at` ends; 0 while it is not whole. */
function endOfFrame(data: Buffer, at: number): number {
  if (data.length < at + 2) return 0;
  const header = headerOf(data, at);
  if (data.length < at + header) return 0;
  const length =
    header === 2
      ? (data[at + 1] ?? 0) & 127
      : header === 4
        ? data.readUInt16BE(at + 2)
        : Number(data.readBigUInt64BE(at + 2));
  const end = at + header + length;
  return end <= data.length ? end : 0;
}
