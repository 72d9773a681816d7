/** What an element is made with: attributes by name (false and undefined leave it out), and listeners. */
export interface Traits {
  readonly attributes?: Readonly<Record<string, string | boolean | undefined>>;
  readonly on?: { readonly [Name in keyof HTMLElementEventMap]?: (event: HTMLElementEventMap[Name]) => void };
}

type Child = Node | string | undefined;

/** Makes an element: `make("p.note", {}, "text")`. Text is always text, never markup. */
export function make<Tag extends keyof HTMLElementTagNameMap>(
  selector: Tag | `${Tag}.${string}`,
  { attributes = {}, on = {} }: Traits = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[Tag] {
  const [tag, ...classes] = selector.split(".");
  const element = document.createElement(tag as Tag);
  if (classes.length > 0) element.className = classes.join(" ");
  for (const [name, value] of Object.entries(attributes)) {
    if (value === true) element.setAttribute(name, "");
    else if (typeof value === "string") element.setAttribute(name, value);
  }
  for (const [name, listener] of Object.entries(on)) element.addEventListener(name, listener as EventListener);
  element.append(...children.filter((child) => child !== undefined));
  return element;
}

/** Puts `children` into `parent` in this order and takes out all others; elements that stay are not touched. */
export function arrange(parent: Element, children: readonly Element[]): void {
  const staying = new Set(children);
  for (const child of [...parent.children]) if (!staying.has(child)) child.remove();
  children.forEach((child, index) => {
    const there = parent.children[index];
    if (there !== child) parent.insertBefore(child, there ?? null);
  });
}

/** Sets an element's text, if it is another one: an unchanged text is not announced or laid out again. */
export function setText(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}
