import { describe, expect, it } from "vitest";
import { contentPolicy, pushOrigins } from "./security.ts";

const derived = { urls: [], port: 8000, negotiate: false };

describe("the content security policy", () => {
  it("lets the page reach the cluster on the host it came from", () => {
    expect(pushOrigins(derived, "192.168.1.7:8020")).toEqual(["ws://192.168.1.7:8000", "wss://192.168.1.7:8000"]);
    expect(pushOrigins(derived, "[::1]:8020")).toEqual(["ws://[::1]:8000", "wss://[::1]:8000"]);
  });

  it("lets it reach the configured cluster and nothing else", () => {
    const push = { urls: ["wss://push.shop/a", "wss://push.shop/b"], port: 8000, negotiate: false };
    expect(contentPolicy(pushOrigins(push, "shop.example"))).toContain("connect-src 'self' wss://push.shop;");
  });

  it("lets a page that negotiates ask the balancer and reach every node", () => {
    const push = { urls: ["wss://push.shop/a"], port: 8000, negotiate: true };
    expect(pushOrigins(push, "shop.example")).toEqual(["https://push.shop", "ws:", "wss:"]);
  });

  it.each([undefined, "", "a b", "a; script-src *", "x'y", "a,b"])("quotes no host that is none: %s", (host) => {
    expect(pushOrigins(derived, host)).toEqual([]);
  });

  it("allows no inline script and no frame around the page", () => {
    const policy = contentPolicy([]);
    expect(policy).not.toContain("unsafe");
    expect(policy).toContain("frame-ancestors 'none'");
  });
});
