import { describe, expect, it } from "vitest";
import { negotiatedSocket } from "./negotiated-socket.ts";

/** The SDK's view of it. */
interface Used {
  onopen: () => void;
  onclose: (event: unknown) => void;
  close(): void;
}
class FakeSocket {
  onopen: () => void = () => undefined;
  onclose: (event: object) => void = () => undefined;
  closed = false;
  close() {
    this.closed = true;
  }
}

function arrange(answers: readonly (string | Error)[]) {
  const urls: string[] = [];
  const sockets: FakeSocket[] = [];
  const left = [...answers];
  const Negotiated = negotiatedSocket({
    ask: async () => {
      const answer = left.shift();
      if (answer === undefined || answer instanceof Error) throw answer ?? new Error("not asked again");
      return answer;
    },
    open: (url) => {
      urls.push(url);
      const socket = new FakeSocket();
      sockets.push(socket);
      return socket;
    },
  });
  const connect = () => new Negotiated("ws://balancer/") as Used;
  return { urls, sockets, connect, left };
}

describe("a negotiated connection", () => {
  it("goes where the balancer says, and is asked for anew each time", async () => {
    const { urls, sockets, connect } = arrange(["ws://one/", "ws://two/"]);
    connect();
    await expect.poll(() => urls).toEqual(["ws://one/"]);
    sockets[0]?.onopen();
    sockets[0]?.onclose({});
    connect();
    await expect.poll(() => urls).toEqual(["ws://one/", "ws://two/"]);
  });

  it("goes through the balancer when it cannot be asked", async () => {
    const { urls, connect } = arrange([new Error("away")]);
    connect();
    await expect.poll(() => urls).toEqual(["ws://balancer/"]);
  });

  it("goes through the balancer once after a node could not be reached, and then asks again", async () => {
    const { urls, sockets, connect } = arrange(["ws://dead/", "ws://two/"]);
    connect();
    await expect.poll(() => urls.length).toBe(1);
    sockets[0]?.onclose({});
    connect();
    await expect.poll(() => urls).toEqual(["ws://dead/", "ws://balancer/"]);
    sockets[1]?.onclose({});
    connect();
    await expect.poll(() => urls.at(-1)).toBe("ws://two/");
  });

  it("that is closed before the answer opens nothing, and says that it is closed", async () => {
    const { urls, connect, left } = arrange(["ws://one/"]);
    const socket = connect();
    const events: unknown[] = [];
    socket.onclose = (event) => events.push(event);
    socket.close();
    await expect.poll(() => events).toEqual([{ code: 1_000, reason: "" }]);
    await expect.poll(() => left).toEqual([]);
    expect(urls).toEqual([]);
  });
});
