import type { Duplex } from "node:stream";
import { type AnswerCause, answers, composeAnswer } from "./answers.ts";
import { formatHead } from "./headers.ts";
import type { Sweep, Swept } from "./sweep.ts";

/** Listening keeps a reset from ending the process; what follows an error is always "close", and is handled there. */
export const ignoreError = (): void => undefined;

/** Answers on a bare socket and closes it: politely first, so that the answer is not lost to a reset. */
export function refuse(
  socket: Duplex,
  cause: AnswerCause,
  life: {
    readonly sweep: Sweep;
    readonly lingerMs: number;
    readonly random: () => number;
    readonly retryAfter?: string;
  },
): void {
  const { status, reason } = answers[cause];
  const { lines, text } = composeAnswer(cause, life.random, life.retryAfter);
  socket.end(formatHead(`HTTP/1.1 ${status} ${reason}`, lines) + text, "latin1");
  leave(socket, life);
}

/** Reads and forgets what the peer still sends, until it has left or the time is over. The socket's own end has been sent. */
export function leave(socket: Duplex, { sweep, lingerMs }: { readonly sweep: Sweep; readonly lingerMs: number }): void {
  if (socket.destroyed) return;
  const until = sweep.now + lingerMs;
  const leaving: Swept = {
    check: (now) => {
      if (now >= until) socket.destroy();
    },
    cut: () => socket.destroy(),
  };
  sweep.add(leaving);
  socket.on("error", ignoreError);
  socket.once("close", () => sweep.delete(leaving));
  socket.resume();
}
