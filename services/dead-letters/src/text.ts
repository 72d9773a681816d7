import type { DeadLetter } from "@bellwire/rabbitmq";

const SHOWN_REASON = 100;
const SHOWN_BODY_BYTES = 262_144;

/** One letter in a list, without its body. */
export function summaryOf({ id, at, routingKey, tries, replayed, reason, body }: DeadLetter) {
  return { id, at, routingKey, bytes: body.length, tries, replayed, reason };
}

/** A letter as one line: what came from outside cannot move the cursor or end the line. */
export function lineOf({ id, at, routingKey, bytes, tries, replayed, reason }: ReturnType<typeof summaryOf>): string {
  const again = replayed === 0 ? "" : `, replayed ${replayed} times`;
  return plain(`${id}  ${at}  ${routingKey}  ${bytes} bytes, tried ${tries}${again}: ${reason.slice(0, SHOWN_REASON)}`);
}

/** A letter with everything that is known of it; a body that is no text as base64. */
export function wholeOf(letter: DeadLetter): string {
  const { body, headers, queue, contentType = "none", ...rest } = letter;
  const facts = { ...rest, queue, contentType, headers: JSON.stringify(headers) };
  const lines = Object.entries(facts).map(([name, value]) => plain(`${name}: ${value}`));
  const cut = body.length > SHOWN_BODY_BYTES ? [`(the first ${SHOWN_BODY_BYTES} of ${body.length} bytes)`] : [];
  return [...lines, "", bodyOf(body.subarray(0, SHOWN_BODY_BYTES)), ...cut].join("\n");
}

function bodyOf(body: Uint8Array): string {
  try {
    return printable(new TextDecoder("utf-8", { fatal: true }).decode(body));
  } catch {
    return `base64: ${Buffer.from(body).toString("base64")}`;
  }
}

const plain = (text: string): string => printable(text).replaceAll("\n", "\\n");

/** Control characters but tab and line feed, spelled out. */
const printable = (text: string): string =>
  text.replace(/[^\P{Cc}\t\n]/gu, (sign) => `\\u${(sign.codePointAt(0) ?? 0).toString(16).padStart(4, "0")}`);
