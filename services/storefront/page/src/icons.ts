const shapes = {
  placed: "M6 3h12v18l-3-2-3 2-3-2-3 2V3Zm3 5h6m-6 4h6",
  approved: "M3 6h18v12H3V6Zm0 4h18M7 15h3",
  shipped: "M2 6h11v10H2V6Zm11 4h4l4 3v3h-8M6.5 19a2 2 0 1 0 0-4 2 2 0 0 0 0 4Zm10.5 0a2 2 0 1 0 0-4 2 2 0 0 0 0 4Z",
  delivered: "m3 11 9-7 9 7M5.5 9.5V20h13V9.5M9 14.5l2.2 2.2L15.5 12",
  cancelled: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18ZM9 9l6 6m0-6-6 6",
  check: "m5 12.5 4.5 4.5L19 7.5",
  cross: "m6 6 12 12M18 6 6 18",
  chevron: "m7 10 5 5 5-5",
  search: "M11 18a7 7 0 1 0 0-14 7 7 0 0 0 0 14Zm5-2 5 5",
  tag: "M3 12V4h8l10 10-8 8L3 12Zm5-4h.01",
  box: "m3 8 9-5 9 5v8l-9 5-9-5V8Zm0 0 9 5 9-5m-9 5v8",
  lamp: "M12 3a7 7 0 0 0-4 12.7V18h8v-2.3A7 7 0 0 0 12 3ZM9 21h6",
} as const;

export type IconName = keyof typeof shapes;

const SVG = "http://www.w3.org/2000/svg";

/** A line icon in the colour of the text; decoration only, the words beside it say the same. */
export function icon(name: IconName): SVGSVGElement {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", shapes[name]);
  svg.append(path);
  return svg;
}
