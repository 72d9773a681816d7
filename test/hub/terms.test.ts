import { describe, expect, it } from "vitest";
import { type Client, createWorld } from "./fixture.ts";

const subscribed = async (client: Client, channel: string, wishes: object = {}) =>
  (await client.call("subscribe", { channel, ...wishes })).subscribe as Record<string, unknown>;

describe("a channel whose latest publication is all that counts", () => {
  const channel = "latest:banner";

  it("gives it to whoever subscribes, as if it had been missed", async () => {
    using world = createWorld();
    const hub = world.node("node-0");
    for (const number of [1, 2, 3]) await world.publish(hub, channel, { number });
    const client = await world.client(hub).connected("ada");
    const reply = await subscribed(client, channel);
    expect(reply).toMatchObject({ recoverable: true, positioned: true, recovered: true, offset: 0 });
    expect(reply).not.toHaveProperty("was_recovering");
    expect(reply.publications).toEqual([{ data: { number: 3 }, offset: 3 }]);
    await world.publish(hub, channel, { number: 4 });
    await expect.poll(() => client.pubs(channel)).toEqual([{ data: { number: 4 }, offset: 4 }]);
  });

  it("gives it to who comes back, whatever was missed, and nothing to who has it", async () => {
    using world = createWorld();
    const hub = world.node("node-0");
    for (const number of [1, 2, 3]) await world.publish(hub, channel, number);
    const [behind, current, lost] = await Promise.all([1, 2, 3].map(() => world.client(hub).connected("ada")));
    const { epoch } = await subscribed(await world.client(hub).connected("ada"), channel);
    const recovered = { recovered: true, was_recovering: true };
    const three = [{ data: 3, offset: 3 }];
    if (behind === undefined || current === undefined || lost === undefined) throw new Error("no clients");
    expect(await subscribed(behind, channel, { recover: true, epoch, offset: 1 })).toMatchObject({
      ...{ ...recovered, offset: 1, publications: three },
    });
    const nothing = await subscribed(current, channel, { recover: true, epoch, offset: 3 });
    expect(nothing).toMatchObject({ ...recovered, offset: 3 });
    expect(nothing).not.toHaveProperty("publications");
    expect(await subscribed(lost, channel, { recover: true, epoch: "another", offset: 9 })).toMatchObject({
      ...{ ...recovered, offset: 2, publications: three },
    });
  });

  it("says that there is none where nothing was published", async () => {
    using world = createWorld();
    const client = await world.client(world.node("node-0")).connected("ada");
    const reply = await subscribed(client, channel, { recover: true, epoch: "gone", offset: 3 });
    expect(reply).toMatchObject({ was_recovering: true, offset: 0 });
    expect(reply).not.toHaveProperty("recovered");
  });
});

describe("a channel whose subscribers must ask for recovery", () => {
  const channel = "asked:a";

  it.each<[string, object, object]>([
    ["nothing", {}, {}],
    ["its position", { positioned: true }, { positioned: true, epoch: expect.any(String), offset: 1 }],
    ["recovery", { recoverable: true }, { recoverable: true, positioned: true, epoch: expect.any(String), offset: 1 }],
    ["to go on without having asked to be recoverable", { recover: true, offset: 0 }, {}],
    [
      "to go on",
      { recoverable: true, recover: true, offset: 0 },
      {
        ...{ recoverable: true, positioned: true, epoch: expect.any(String), offset: 0 },
        ...{ recovered: true, was_recovering: true, publications: [{ data: 1, offset: 1 }] },
      },
    ],
  ])("answers who asks for %s", async (_what, wishes, expected) => {
    using world = createWorld();
    const hub = world.node("node-0");
    await world.publish(hub, channel, 1);
    const client = await world.client(hub).connected("ada");
    expect(await subscribed(client, channel, wishes)).toEqual(expected);
    await world.publish(hub, channel, 2);
    await expect.poll(() => client.offsets(channel)).toEqual([2]);
  });
});

describe("a subscribe that would rather fail than not recover (bit 2 of its flag)", () => {
  it.each([
    ["another epoch", { epoch: "another", offset: 1 }, { error: { code: 112 } }],
    ["an offset past the top", { offset: 9 }, { error: { code: 112 } }],
    ["its own position", { offset: 1 }, { subscribe: { recovered: true } }],
  ])("with %s", async (_what, position, answer) => {
    using world = createWorld();
    const hub = world.node("node-0");
    await world.publish(hub, "promo:all", 1);
    const client = await world.client(hub).connected("ada");
    const request = { channel: "promo:all", recover: true, flag: 2, ...position };
    expect(await client.call("subscribe", request)).toMatchObject(answer);
  });
});
