import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";
import { expect } from "vitest";
import { findChromium } from "../backends/chromium.ts";
import type { Cluster } from "../cluster/cluster.ts";

/** What the page tells tests of itself, as `window.bellwirePage`. */
export interface Snapshot {
  readonly customer: string;
  readonly state: "connecting" | "live" | "reconnecting" | "refused";
  readonly node?: string;
  readonly nodesSeen: readonly string[];
  readonly orders: Readonly<Record<string, { readonly status: string; readonly steps: readonly string[] }>>;
  readonly seen: number;
  readonly violations: number;
  readonly promotions: number;
  /** Versions that the cluster knows to have been shown. */
  readonly proved: number;
  readonly loaded: boolean;
}

export interface Screen {
  readonly width: number;
  readonly height: number;
  readonly colorScheme?: "light" | "dark";
}

/** Longer than any of the page's waits. */
export const SOON = { timeout: 15_000, interval: 50 };

/** Chromium without a screen; where tests run as root, as in most CI containers, it only starts without its sandbox. */
export async function startChromium(): Promise<Browser> {
  const isRoot = process.getuid?.() === 0;
  return chromium.launch({ executablePath: await findChromium(), chromiumSandbox: !isRoot });
}

/** The storefront as one person's browser shows it, with everything it asked for and complained about. */
export class CustomerPage implements AsyncDisposable {
  readonly page: Page;
  readonly context: BrowserContext;
  /** Errors and warnings of the console, uncaught errors, and what the content security policy stopped. */
  readonly complaints: string[] = [];
  /** Every address that was asked for, WebSockets included. */
  readonly asked: string[] = [];
  loads = 0;

  private constructor(context: BrowserContext, page: Page) {
    this.context = context;
    this.page = page;
    page.on("load", () => {
      this.loads += 1;
    });
    page.on("console", (message) => {
      if (["error", "warning"].includes(message.type())) this.complaints.push(message.text());
    });
    page.on("pageerror", (error) => this.complaints.push(String(error)));
    page.on("request", (request) => this.asked.push(request.url()));
    page.on("websocket", (socket) => this.asked.push(socket.url()));
  }

  /** Opens `path` of the cluster's storefront; the browser context ends with the scope. */
  static async open(
    { browser, cluster }: { readonly browser: Browser; readonly cluster: Cluster },
    path: string,
    { width, height, colorScheme = "light" }: Screen = { width: 1_280, height: 900 },
  ): Promise<CustomerPage> {
    const context = await browser.newContext({
      baseURL: `http://127.0.0.1:${cluster.storefront?.port}`,
      viewport: { width, height },
      colorScheme,
      locale: "en-GB",
      timezoneId: "UTC",
      reducedMotion: "reduce",
    });
    try {
      context.setDefaultTimeout(SOON.timeout);
      await context.addInitScript(
        "addEventListener('securitypolicyviolation', (e) => console.error('policy ' + e.effectiveDirective))",
      );
      const opened = new CustomerPage(context, await context.newPage());
      await opened.page.goto(path);
      return opened;
    } catch (error) {
      await context.close();
      throw error;
    }
  }

  /** Opens a customer's page and resolves once it is live and has loaded the state. */
  static async live(
    parts: { readonly browser: Browser; readonly cluster: Cluster },
    customerId: string,
    screen?: Screen,
  ): Promise<CustomerPage> {
    const opened = await CustomerPage.open(parts, `/?customer=${customerId}`, screen);
    await opened.expectSoon({ state: "live", loaded: true });
    return opened;
  }

  snapshot(): Promise<Snapshot> {
    return this.page.evaluate<Snapshot>("window.bellwirePage");
  }

  /** Waits until the page's snapshot has all this. */
  async expectSoon(expected: object): Promise<void> {
    await expect.poll(() => this.snapshot(), SOON).toMatchObject(expected);
  }

  /** What an order's card shows: the badge, and the stops of its line that are reached. */
  async shows(orderId: string): Promise<{ readonly badge: string | null; readonly reached: readonly string[] }> {
    const card = this.page.locator(`[data-order="${orderId}"]`);
    const [badge, reached] = await Promise.all([
      card.locator(".badge").textContent(),
      card.locator('.stop:not([data-state="ahead"]) .stop-name').allTextContents(),
    ]);
    return { badge, reached };
  }

  /** How many pixels of the page lie beside the screen. */
  overhang(): Promise<number> {
    return this.page.evaluate<number>("document.documentElement.scrollWidth - document.documentElement.clientWidth");
  }

  /** Chromium without a screen has no tabs that cover each other: the page is told as it would be. */
  async toBack(): Promise<void> {
    await this.#become("hidden");
  }

  async toFront(): Promise<void> {
    await this.#become("visible");
  }

  async #become(state: "hidden" | "visible"): Promise<void> {
    await this.page.evaluate(`
      Object.defineProperty(document, "visibilityState", { get: () => "${state}", configurable: true });
      document.dispatchEvent(new Event("visibilitychange"));`);
  }

  /** Writes a picture of the whole page, where BELLWIRE_SCREENSHOTS names a folder. */
  async picture(name: string): Promise<void> {
    const folder = process.env.BELLWIRE_SCREENSHOTS;
    if (folder) await this.page.screenshot({ path: `${folder}/${name}.png`, fullPage: true });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.context.close();
  }
}
