import { connect } from "node:net";

const ANSWER_MS = 2_000;
const MOST_BYTES = 65_536;

/** Redis answers PING: resolves to its version; undefined while it is loading; rejects while it cannot be reached. */
export async function probeRedis(port: number): Promise<string | undefined> {
  const answer = await ask(port, Buffer.from("PING\r\nINFO server\r\n"), (bytes) =>
    /redis_version:|^-/m.test(bytes.toString("latin1")),
  );
  return answer.toString("latin1").startsWith("+PONG")
    ? /redis_version:([^\r\n]+)/.exec(answer.toString("latin1"))?.[1]
    : undefined;
}

const AMQP_HEADER = Buffer.from("AMQP\0\0\x09\x01", "latin1");
/** Connection.Start: a method frame (1) on channel 0 whose class and method are 10 and 10. */
const isStart = (frame: Buffer) => frame[0] === 1 && frame.readUInt16BE(7) === 10 && frame.readUInt16BE(9) === 10;

/** RabbitMQ greets an AMQP connection: resolves to its version. Rejects while it cannot be reached. */
export async function probeRabbit(port: number): Promise<string | undefined> {
  const frame = await ask(
    port,
    AMQP_HEADER,
    (bytes) => bytes.length >= 11 && bytes.length >= 8 + bytes.readUInt32BE(3),
  );
  return isStart(frame) ? serverVersion(frame) : undefined;
}

/** The server property `version` (a short-string key, then `S` and a long string) out of a Connection.Start. */
export function serverVersion(frame: Buffer): string | undefined {
  const at = frame.indexOf("\x07versionS", 0, "latin1");
  if (at < 0) return undefined;
  const length = frame.readUInt32BE(at + 9);
  return frame.toString("utf8", at + 13, at + 13 + length);
}

function ask(port: number, question: Buffer, isWhole: (answer: Buffer) => boolean): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: "127.0.0.1", timeout: ANSWER_MS }, () => socket.write(question));
    let answer = Buffer.alloc(0);
    socket.on("data", (chunk: Buffer) => {
      answer = Buffer.concat([answer, chunk]);
      if (!isWhole(answer) && answer.length < MOST_BYTES) return;
      resolve(answer);
      socket.destroy();
    });
    socket.once("timeout", () => socket.destroy(new Error(`port ${port} did not answer in ${ANSWER_MS} ms`)));
    socket.once("error", reject);
    socket.once("close", () => reject(new Error(`port ${port} closed the connection`)));
  });
}
