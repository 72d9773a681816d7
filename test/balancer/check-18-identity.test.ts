import { describe } from "vitest";
import { mustBeOpen, open } from "./client.ts";
import { startNodes } from "./node-process.ts";
import { exchange, upgradeText } from "./raw-client.ts";
import { startSubject } from "./subjects/start.ts";
import { onAllThree } from "./three.ts";

const LIE = "203.0.113.9";
const V2 = `\r\n\r\n\0\r\nQUIT\n!\x11\0\x0c${"\x01".repeat(12)}`;

describe("check 18: identity spoofing by a peer that is not trusted", () => {
  onAllThree("a node sees the real address in one header, whatever the client claims", {}, async (name, expect) => {
    await using nodes = await startNodes(1);
    await using subject = await startSubject(name, nodes.all);
    const headers = {
      "X-Forwarded-For": LIE,
      "X-Forwarded-Host": "evil.example",
      "X-Real-IP": LIE,
      Forwarded: `for=${LIE}`,
      Connection: "Upgrade, X-Forwarded-For",
    };
    mustBeOpen(await open(subject.port, { headers, localAddress: "127.0.0.7" })).socket.terminate();
    const [seen] = (await nodes.get("a").report()).seen;
    const claims = seen?.headers.filter((_, index) =>
      /^(x-forwarded-for|x-real-ip|forwarded)$/i.test(seen.headers[index - (index % 2)] ?? ""),
    );
    expect(claims?.map((text) => text.toLowerCase())).toEqual(["x-forwarded-for", "127.0.0.7"]);
    expect(seen?.headers.join(" ")).not.toMatch(/203\.0\.113\.9|evil\.example/);
  });

  onAllThree("a PROXY header on the plain port is 400 and never believed", {}, async (name, expect) => {
    await using nodes = await startNodes(1);
    await using subject = await startSubject(name, nodes.all);
    for (const header of [`PROXY TCP4 ${LIE} 127.0.0.1 1000 8000\r\n`, V2]) {
      const { statuses, end } = await exchange(subject.port, [header + upgradeText()]);
      expect(statuses).toEqual([400]);
      expect(end).toBe("fin");
    }
    expect(await nodes.lines()).toEqual([]);
  });
});
