import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { Cluster } from "../cluster/cluster.ts";
import { Shop } from "../cluster/shop.ts";
import { SOON, startChromium } from "./customer-page.ts";
import { ExamplePages } from "./example-page.ts";

let browser: Browser;
let cluster: Cluster;
let shop: Shop;
let pages: ExamplePages;
beforeAll(async () => {
  const [backend] = inject("backends");
  if (backend === undefined) throw new Error("no backend to test against");
  pages = await ExamplePages.serve();
  [browser, cluster] = await Promise.all([startChromium(), Cluster.start(backend)]);
  shop = await Shop.open(cluster);
});
afterAll(async () => {
  await browser?.close();
  await shop?.[Symbol.asyncDispose]();
  await cluster?.[Symbol.asyncDispose]();
  await pages?.[Symbol.asyncDispose]();
});

/** Opens a page of the documentation as one user's, when no other is open; resolves once it is connected and subscribed. */
async function openPage(path: string, user: string, more: Readonly<Record<string, string>> = {}): Promise<Page> {
  await expect.poll(subscriptions, SOON).toBe(0);
  const page = await browser.newPage();
  const query = new URLSearchParams({ url: cluster.url, user, token: await cluster.token(user), ...more });
  await page.goto(`${pages.url}/${path}?${query}`);
  await expect.poll(subscriptions, SOON).toBe(1);
  return page;
}

async function metrics(): Promise<ReadonlyArray<{ readonly name: string; readonly text: string }>> {
  const running = cluster.nodes.filter((node) => node.running);
  return Promise.all(
    running.map(async ({ name, opsPort }) => ({
      name,
      text: await (await fetch(`http://127.0.0.1:${opsPort}/metrics`)).text(),
    })),
  );
}

async function subscriptions(): Promise<number> {
  const counts = (await metrics()).map(({ text }) => Number(/^bellwire_subscriptions (\d+)$/m.exec(text)?.[1]));
  return counts.reduce((sum, count) => sum + count, 0);
}

/** The nodes that have a connection over that transport. */
async function nodesWith(transport: string): Promise<string[]> {
  const line = `bellwire_connections{transport="${transport}"} 1`;
  return (await metrics()).filter(({ text }) => text.includes(line)).map(({ name }) => name);
}

const shown = (page: Page) => page.locator("#orders li").allTextContents();

describe("a page with nothing but", () => {
  it.each([
    ["EventSource", "event-source/orders.html"],
    ["fetch", "fetch/orders.html"],
  ])("%s sees its order move", async (name, path) => {
    const user = `plain-${name.toLowerCase()}`;
    const page = await openPage(path, user);
    for (const [index, status] of ["placed", "approved", "shipped"].entries()) {
      await shop.order(user, `O-${name}`, { status, version: index + 1 });
      await expect.poll(() => shown(page), SOON).toEqual([`O-${name} ${status}`]);
    }
    await page.close();
  });

  it("EventSource misses nothing though its node is killed", async () => {
    const page = await openPage("event-source/orders.html", "faithful");
    await shop.order("faithful", "F-1", { status: "placed", version: 1 });
    await expect.poll(() => shown(page), SOON).toEqual(["F-1 placed"]);
    const [node] = await nodesWith("uni_sse");
    await cluster.nodeOf(node).signal("SIGKILL");
    await shop.order("faithful", "F-1", { status: "approved", version: 2 });
    await shop.order("faithful", "F-2", { status: "placed", version: 1 });
    await expect.poll(() => shown(page), SOON).toEqual(["F-1 approved", "F-2 placed"]);
    await page.close();
  });

  it("EventSource is told that it may not come in", async () => {
    const page = await browser.newPage();
    await page.goto(`${pages.url}/event-source/orders.html?url=${cluster.url}&user=eve&token=forged`);
    await expect.poll(() => page.title(), SOON).toBe("invalid token");
    await page.close();
  });
});

describe("the SDK in a page", () => {
  it.each(["websocket", "http_stream", "sse"])("sees its order move over %s", async (transport) => {
    const page = await openPage("sdk/orders.html", `sdk-${transport}`, { transport });
    expect(await nodesWith(transport)).toHaveLength(1);
    await shop.order(`sdk-${transport}`, "S-1", { status: "placed", version: 1 });
    await expect.poll(() => shown(page), SOON).toEqual(["S-1 placed"]);
    await page.close();
  });
});
