import "./styles/main.css";
import { make } from "./element.ts";
import { shop } from "./shop-api.ts";
import { type Places, StorefrontPage } from "./storefront-page.ts";

function place(id: string): HTMLElement {
  const element = document.getElementById(id);
  if (element === null) throw new Error(`index.html has no #${id}`);
  return element;
}

const places: Places = {
  bar: place("bar"),
  main: place("main"),
  announcer: place("announcer"),
  footShop: place("foot-shop"),
};

try {
  const page = new StorefrontPage(await shop.config(), places);
  Object.defineProperty(window, "bellwirePage", { get: () => Object.freeze(page.snapshot ?? {}) });
  window.addEventListener("popstate", () => page.followAddress());
  await page.open();
} catch (error) {
  const reason = error instanceof Error ? error.message : String(error);
  places.main.replaceChildren(
    make(
      "section.welcome",
      {},
      make("h1.hero-title", {}, "We will be right back."),
      make("p.hero-summary", {}, reason),
    ),
  );
  throw error;
}
