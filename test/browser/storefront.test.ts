import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { Cluster } from "../cluster/cluster.ts";
import { CustomerPage, SOON, startChromium } from "./customer-page.ts";
import { type Buyer, ShopApi, wholeWay } from "./shop-api.ts";

const lamp = { name: "Desk lamp", quantity: 1, price: 39.9 };
const mugs = { name: "Ceramic mug, hand-thrown, with a very long description", quantity: 2, price: 14.2 };

describe("the storefront in a browser", () => {
  const parts = {} as { browser: Browser; cluster: Cluster };
  let shop: ShopApi;
  beforeAll(async () => {
    const [backend] = inject("backends");
    if (backend === undefined) throw new Error("no backend to test against");
    const [cluster, browser] = await Promise.allSettled([
      Cluster.start(backend, { storefront: true }).then((started) => {
        parts.cluster = started;
      }),
      startChromium().then((started) => {
        parts.browser = started;
      }),
    ]);
    for (const start of [cluster, browser]) if (start.status === "rejected") throw start.reason;
    shop = new ShopApi(parts.cluster);
  });
  afterAll(async () => {
    await parts.browser?.close();
    await parts.cluster?.[Symbol.asyncDispose]();
  });

  it("shows an order move from placed to delivered as the shop moves it, and promotions, without a complaint", async () => {
    const ada: Buyer = { customerId: "ada", customer: { name: "Ada Lindqvist", segment: "gold" } };
    await shop.deliver(ada, "ada-old");
    await using page = await CustomerPage.live(parts, "ada");
    expect(await page.page.locator("h1").textContent()).toMatch(/, Ada\.$/);
    expect(await page.page.locator(".pill").textContent()).toMatch(/^Livenode-[123]$/);
    expect(await page.page.locator("[data-order]").count()).toBe(1);

    await shop.place(ada, "ada-new", [lamp, mugs]);
    const shown: string[] = [];
    for (const status of wholeWay) {
      if (status !== "placed") await shop.move("ada-new", status);
      shown.push(status.replace(/^./, (first) => first.toUpperCase()));
      await expect.poll(() => page.shows("ada-new"), SOON).toEqual({ badge: shown.at(-1), reached: [...shown] });
    }
    await expect
      .poll(() => page.page.locator('[data-order="ada-new"]').textContent(), SOON)
      .toMatch(/Desk lamp.*68\.30/s);
    expect(await page.snapshot()).toMatchObject({ seen: wholeWay.length, violations: 0 });

    await shop.promote({ title: "Free shipping", body: "On every order until midnight." });
    await shop.promote({ segment: "gold", title: "Early access", body: "For you first." });
    await shop.promote({ segment: "silver", title: "Not for Ada", body: "Somebody else's." });
    await shop.promote({ title: "The last one", body: "So that all of them have come." });
    const titles = () => page.page.locator(".offer-title").allTextContents();
    await expect
      .poll(async () => (await titles()).toSorted(), SOON)
      .toEqual(["Early access", "Free shipping", "The last one"]);

    const proofs = page.page.locator("dt:text('Proofs of display') + dd");
    await expect.poll(() => proofs.textContent(), { ...SOON, message: "this cluster takes none" }).toBe("–");
    expect(await page.snapshot()).toMatchObject({ proved: 0 });

    expect(page.loads).toBe(1);
    expect(page.complaints).toEqual([]);
    expect(page.asked.some((url) => url === parts.cluster.websocketUrl)).toBe(true);
    expect(page.asked.map((url) => new URL(url).hostname).filter((host) => host !== "127.0.0.1")).toEqual([]);
  });

  it("survives kill -9 of its node without a reload and without missing a step", async () => {
    const bob: Buyer = { customerId: "bob", customer: { name: "Bob" } };
    await shop.place(bob, "bob-1");
    await using page = await CustomerPage.live(parts, "bob");
    await shop.move("bob-1", "approved");
    await page.expectSoon({ seen: 1, orders: { "bob-1": { status: "approved" } } });
    const { node } = await page.snapshot();

    await parts.cluster.nodeOf(node).signal("SIGKILL");
    await shop.move("bob-1", "shipped");
    await shop.move("bob-1", "delivered");
    await shop.deliver(bob, "bob-2");

    const all = { steps: [...wholeWay] };
    await page.expectSoon({ state: "live", seen: 7, violations: 0, orders: { "bob-1": all, "bob-2": all } });
    const after = await page.snapshot();
    expect(after.nodesSeen).toEqual([node, after.node]);
    expect(after.node).not.toBe(node);
    expect((await page.shows("bob-2")).badge).toBe("Delivered");
    expect(page.loads).toBe(1);
    await parts.cluster.startNode(`${node}-again`);
  });

  it("loads the state anew when more happened while it was away than the cluster keeps", async () => {
    const channel = "orders:user#eve";
    await shop.place({ customerId: "eve" }, "eve-1");
    await using page = await CustomerPage.live(parts, "eve");
    await shop.move("eve-1", "approved");
    await page.expectSoon({ seen: 1 });
    const loaded = () => page.asked.filter((url) => url.includes("/customers/eve/orders")).length;
    expect(loaded()).toBe(1);

    await page.context.setOffline(true);
    await page.expectSoon({ state: "reconnecting" });
    await shop.move("eve-1", "shipped");
    await shop.move("eve-1", "delivered");
    const offset = async () => (await parts.cluster.api<{ offset: number }>("history", { channel })).result?.offset;
    await expect.poll(offset, SOON).toBe(4);
    for (let batch = 0; batch < 6; batch += 1)
      await Promise.all(
        Array.from({ length: 50 }, () => parts.cluster.api("publish", { channel, data: { type: "shop.note" } })),
      );
    expect(await offset()).toBe(304);
    expect(await page.snapshot()).toMatchObject({ state: "reconnecting", seen: 1 });
    await page.context.setOffline(false);

    await page.expectSoon({ state: "live", seen: 1, violations: 0, orders: { "eve-1": { steps: [...wholeWay] } } });
    expect(loaded()).toBeGreaterThan(1);
    await shop.place({ customerId: "eve" }, "eve-2");
    await page.expectSoon({ seen: 2, violations: 0, orders: { "eve-2": { status: "placed" } } });
    expect(page.loads).toBe(1);
  });

  it("explains a refusal for good, and comes back when asked to", async () => {
    await shop.place({ customerId: "mia" }, "mia-1");
    await using page = await CustomerPage.live(parts, "mia");
    const notice = page.page.getByRole("alert");
    expect(await notice.count()).toBe(0);
    expect(await parts.cluster.api("disconnect", { user: "mia" })).toMatchObject({ status: 200, result: {} });
    await expect
      .poll(() => notice.allTextContents(), SOON)
      .toEqual([expect.stringMatching(/shop ended this connection/)]);
    expect(await page.snapshot()).toMatchObject({ state: "refused" });
    await page.picture("refused");

    await shop.move("mia-1", "approved");
    await notice.getByRole("button", { name: "Try again" }).click();
    await page.expectSoon({ state: "live", violations: 0, orders: { "mia-1": { steps: ["placed", "approved"] } } });
    expect(page.asked.filter((url) => url.includes("/token?")).length, "a new token").toBe(2);
    await expect.poll(() => notice.count(), SOON).toBe(0);
  });

  it("lets neither foreign script nor a foreign address through its content security policy", async () => {
    await using page = await CustomerPage.open(parts, "/");
    await page.page.locator("#main .picker").waitFor();
    expect(page.complaints).toEqual([]);
    const { producerUrl } = parts.cluster;
    const tried = await page.page.evaluate<{ ran: boolean; reached: boolean }>(`(async () => {
      const script = document.createElement("script");
      script.textContent = "window.foreign = true";
      document.body.append(script);
      const reached = await fetch("${producerUrl}/live", { mode: "no-cors" }).then(() => true, () => false);
      return { ran: window.foreign === true, reached };
    })()`);
    expect(tried).toEqual({ ran: false, reached: false });
    const stopped = () => page.complaints.filter((complaint) => complaint.startsWith("policy ")).toSorted();
    await expect.poll(stopped, SOON).toEqual(["policy connect-src", "policy script-src-elem"]);
  });

  it("fits every screen: nothing scrolls sideways, from the choice of a customer to a busy page", async () => {
    const id = "9ef432eb6251297304e76186b10a928d";
    const long: Buyer = {
      customerId: id,
      customer: { name: "Wilhelmina Featherstonehaugh-Cholmondeley", segment: "vip" },
    };
    const [first, second, third, fourth] = ["a", "b", "c", "d"].map((end) => `${id}-${end}`.repeat(3)) as [
      string,
      string,
      string,
      string,
    ];
    await shop.deliver(long, first, [mugs, lamp]);
    await shop.place(long, second, [lamp, { ...mugs, price: 99_999.99 }]);
    await shop.move(second, "approved");
    await shop.place(long, third, [{ name: "Donaudampfschifffahrtsgesellschaftskapitänsmütze", quantity: 1 }]);
    await shop.move(third, "approved");
    await shop.move(third, "cancelled", "out of stock");
    await shop.place(long, fourth, [mugs]);
    await shop.move(fourth, "approved");
    await shop.move(fourth, "shipped");
    const screens = [
      { name: "wide-light", width: 1_280, height: 900 },
      { name: "phone-dark", width: 390, height: 844, colorScheme: "dark" },
      { name: "small-light", width: 320, height: 640 },
    ] as const;
    for (const { name, ...screen } of screens) {
      await using page = await CustomerPage.open(parts, "/", screen);
      await page.page.locator(`#main [data-customer="${id}"]`).waitFor();
      await page.picture(`${name}-welcome`);
      expect(await page.overhang(), `${name}: welcome`).toBe(0);
      await page.page.locator(`#main [data-customer="${id}"]`).click();
      await page.expectSoon({ state: "live", loaded: true });
      await shop.promote({
        segment: "vip",
        title: `Early access for ${name}`,
        body: "The new collection is yours first.",
      });
      await expect.poll(() => page.page.locator(".offer").count(), SOON).toBeGreaterThan(0);
      await page.picture(name);
      await page.page.locator("summary").click();
      expect(await page.overhang(), `${name}: orders`).toBe(0);
      await page.page.getByRole("button", { name: /^Change customer/ }).click();
      await page.page.locator("dialog.sheet[open]").waitFor();
      await page.picture(`${name}-sheet`);
      expect(await page.overhang(), `${name}: sheet`).toBe(0);
      expect(page.complaints).toEqual([]);
    }
  });
});
