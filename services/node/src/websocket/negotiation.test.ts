import { describe, expect, it } from "vitest";
import { codecOf, subprotocolOf, wantsFramePings } from "./negotiation.ts";

const query = (text: string) => new URLSearchParams(text);

describe("a client that offers", () => {
  it.each([
    [[], "", false, "json"],
    [["centrifuge-json"], "", "centrifuge-json", "json"],
    [["centrifuge-protobuf"], "", "centrifuge-protobuf", "protobuf"],
    [["centrifuge-protobuf", "centrifuge-json"], "", "centrifuge-protobuf", "protobuf"],
    [["centrifuge-json", "centrifuge-protobuf"], "", "centrifuge-json", "json"],
    [["graphql-ws", "centrifuge-protobuf"], "", "centrifuge-protobuf", "protobuf"],
    [["graphql-ws"], "", false, "json"],
    [[], "cf_protocol=protobuf", false, "protobuf"],
    [[], "format=protobuf", false, "protobuf"],
    [[], "format=json", false, "json"],
    [["centrifuge-json"], "format=protobuf", false, "protobuf"],
    [["centrifuge-json", "centrifuge-protobuf"], "format=protobuf", "centrifuge-protobuf", "protobuf"],
  ])("%j with the query %j is answered %j and spoken to in %s", (offered, text, subprotocol, codec) => {
    const selected = subprotocolOf(new Set(offered), query(text));
    expect(selected).toBe(subprotocol);
    expect(codecOf(selected === false ? "" : selected, query(text)).name).toBe(codec);
  });

  it.each([
    ["cf_ws_frame_ping_pong=true", true],
    ["cf_ws_frame_ping_pong=false", false],
    ["", false],
  ])("%j gets WebSocket pings: %s", (text, wanted) => {
    expect(wantsFramePings(query(text))).toBe(wanted);
  });
});
