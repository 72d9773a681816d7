import { make } from "./element.ts";

/** What is seen before a customer is chosen. */
export const welcome = (picker: HTMLElement): Element =>
  make(
    "section.welcome",
    { attributes: { "aria-labelledby": "welcome-title" } },
    make("h1.hero-title", { attributes: { id: "welcome-title" } }, "Watch your order come home."),
    make("p.hero-summary", {}, "Choose a customer to see their orders move, step by step, the moment it happens."),
    picker,
  );

/** The customer picker on top of the page. Escape and a click beside it close it. */
export function pickerDialog(picker: HTMLElement): HTMLDialogElement {
  const dialog = make(
    "dialog.sheet",
    { attributes: { "aria-labelledby": "sheet-title" } },
    make(
      "div.sheet-head",
      {},
      make("h2.section-title", { attributes: { id: "sheet-title" } }, "Whose orders?"),
      make("button.quiet", { attributes: { type: "button" }, on: { click: () => dialog.close() } }, "Close"),
    ),
    picker,
  );
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) dialog.close();
  });
  return dialog;
}
