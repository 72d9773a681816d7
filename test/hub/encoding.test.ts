import type { Connection, Hub } from "@bellwire/hub";
import { type Codec, jsonCodec, type Push, protobufCodec } from "@bellwire/protocol";
import { Centrifuge } from "centrifuge/build/protobuf";
import { expect, it } from "vitest";
import { createWorld } from "./fixture.ts";

const channel = "delta:product";
const sdk = (
  new Centrifuge("ws://127.0.0.1:1") as unknown as {
    readonly _codec: { encodeCommands(commands: readonly object[]): Uint8Array };
  }
)._codec;

/** A codec that notes what it has encoded. */
function noting(codec: Codec): Codec & { readonly pushes: Push[] } {
  const pushes: Push[] = [];
  return {
    ...codec,
    pushes,
    push(push) {
      pushes.push(push);
      return codec.push(push);
    },
  };
}

/** A subscriber of the channel: answers how many publications' bytes it was sent, and the different buffers they were. */
function listen(
  hub: Hub,
  codec: Codec,
  wishes: object,
): { readonly payloads: Uint8Array[]; readonly connection: Connection } {
  const payloads: Uint8Array[] = [];
  const connection = hub.open(
    { send: ({ payload }) => payloads.push(payload) > 0, close: () => undefined, bufferedBytes: 0 },
    codec,
  );
  const commands = [
    { id: 1, connect: { token: "ada" } },
    { id: 2, subscribe: { channel, ...wishes } },
  ];
  const frame = codec.binary ? sdk.encodeCommands(commands) : commands.map((one) => JSON.stringify(one)).join("\n");
  connection.receive(Buffer.from(frame as string));
  return { payloads, connection };
}

it("a publication is encoded once per codec and form, however many subscribers there are, and they share its bytes", async () => {
  using world = createWorld();
  const hub = world.node("node-0");
  const [json, protobuf] = [noting(jsonCodec), noting(protobufCodec)];
  const [plain, delta] = [{}, { delta: "fossil" }];
  const listeners = [json, protobuf].flatMap((codec) =>
    [plain, plain, plain, delta, delta, delta].map((wishes) => ({ codec, wishes, ...listen(hub, codec, wishes) })),
  );
  await expect.poll(() => hub.size.subscriptions).toBe(12);
  for (const number of [1, 2]) {
    const before = listeners.map(({ payloads }) => payloads.length);
    await world.publish(hub, channel, {
      text: "one long and settled text, of which little changes ".repeat(5),
      number,
    });
    await expect
      .poll(() => listeners.every(({ payloads }, index) => payloads.length > (before[index] ?? 0)))
      .toBe(true);
  }
  for (const codec of [json, protobuf]) {
    const kinds = codec.pushes.map(({ kind }) => kind);
    // The first whole, the second as a difference; each of them plain as well.
    expect(kinds.sort()).toEqual(["difference", "difference", "publication", "publication"]);
    for (const wishes of [plain, delta]) {
      const same = listeners.filter((one) => one.codec === codec && one.wishes === wishes);
      expect(new Set(same.map(({ payloads }) => payloads.at(-1))).size).toBe(1);
    }
  }
});
