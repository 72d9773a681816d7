import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { Cluster } from "../cluster/cluster.ts";
import { CustomerPage, SOON, startChromium } from "./customer-page.ts";
import { ShopApi } from "./shop-api.ts";

describe("did the customer see it?", () => {
  const parts = {} as { browser: Browser; cluster: Cluster };
  let shop: ShopApi;
  beforeAll(async () => {
    const [backend] = inject("backends");
    if (backend === undefined) throw new Error("no backend to test against");
    parts.browser = await startChromium();
    parts.cluster = await Cluster.start(backend, { nodes: 2, storefront: true, config: { shown: {} } });
    shop = new ShopApi(parts.cluster);
  });
  afterAll(async () => {
    await parts.browser?.close();
    await parts.cluster?.[Symbol.asyncDispose]();
  });

  /** Which versions of an order the shop knows to have been shown. */
  async function shownVersions(customer: string, order: string): Promise<readonly number[]> {
    const { result } = await parts.cluster.api<{ versions: ReadonlyArray<{ version: number; user: string }> }>(
      "shown",
      {
        customer,
        order,
      },
    );
    expect(result?.versions.every(({ user }) => user === customer)).toBe(true);
    return result?.versions.map(({ version }) => version) ?? [];
  }

  it("the shop hears of each version that was on the screen, loaded or live", async () => {
    await shop.place({ customerId: "ada" }, "ada-1");
    await using page = await CustomerPage.live(parts, "ada");
    await expect.poll(() => shownVersions("ada", "ada-1"), SOON).toEqual([1]);
    for (const [index, status] of ["approved", "shipped"].entries()) {
      await shop.move("ada-1", status);
      await expect.poll(() => shownVersions("ada", "ada-1"), SOON).toContain(index + 2);
    }
    await page.expectSoon({ proved: 3, violations: 0 });
    await page.page.locator("summary").click();
    expect(await page.page.locator("dt:text('Proofs of display') + dd").textContent()).toBe("3");
    await page.picture("proof-of-display");
    expect(page.complaints).toEqual([]);
  });

  it("a page in the background says nothing until it comes to the front", async () => {
    await shop.place({ customerId: "bea" }, "bea-1");
    await using page = await CustomerPage.live(parts, "bea");
    await page.expectSoon({ proved: 1 });
    await page.toBack();
    await shop.move("bea-1", "approved");
    await page.expectSoon({ orders: { "bea-1": { status: "approved" } } });
    await shop.place({ customerId: "cai" }, "cai-1");
    await using other = await CustomerPage.live(parts, "cai");
    await other.expectSoon({ proved: 1 });
    expect(await shownVersions("bea", "bea-1"), "another has been shown meanwhile").toEqual([1]);
    await page.toFront();
    await expect.poll(() => shownVersions("bea", "bea-1"), SOON).toEqual([1, 2]);
  });

  it("a card below the screen says nothing until it is scrolled to", async () => {
    for (let number = 1; number <= 6; number += 1) await shop.place({ customerId: "dan" }, `dan-${number}`);
    await using page = await CustomerPage.live(parts, "dan", { width: 390, height: 700 });
    await expect.poll(() => shownVersions("dan", "dan-6"), SOON).toEqual([1]);
    await shop.move("dan-6", "approved");
    await expect.poll(() => shownVersions("dan", "dan-6"), SOON).toEqual([1, 2]);
    expect(await shownVersions("dan", "dan-1"), "it would have been said before").toEqual([]);
    await page.page.locator('[data-order="dan-1"]').scrollIntoViewIfNeeded();
    await expect.poll(() => shownVersions("dan", "dan-1"), SOON).toEqual([1]);
  });
});
