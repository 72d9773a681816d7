/** The longest pattern, characters. */
export const MAX_PATTERN_LENGTH = 255;

type Part = { readonly kind: "any" } | { readonly kind: "one" } | { readonly kind: "sign"; readonly sign: string };

/**
 * Whether a name fits a pattern: `*` is any text, `?` any one character, and a backslash takes the next sign as it is.
 * Takes at most the product of both lengths in steps, whatever the pattern.
 */
export function fits(pattern: string, name: string): boolean {
  const parts = partsOf(pattern);
  let at = 0;
  let here = 0;
  /** Where to go on when what follows the last `*` does not fit: that `*` takes one more sign. */
  let retry: { readonly at: number; here: number } | undefined;
  while (here < name.length) {
    const part = parts[at];
    if (part?.kind === "any") {
      at += 1;
      retry = { at, here };
    } else if (part !== undefined && (part.kind === "one" || part.sign === name[here])) {
      at += 1;
      here += 1;
    } else {
      if (retry === undefined) return false;
      retry.here += 1;
      at = retry.at;
      here = retry.here;
    }
  }
  return parts.slice(at).every(({ kind }) => kind === "any");
}

function partsOf(pattern: string): readonly Part[] {
  const signs = pattern.matchAll(/\\(.)|./gs);
  return Array.from(signs, ([text, escaped]): Part => {
    if (escaped !== undefined) return { kind: "sign", sign: escaped };
    if (text === "*") return { kind: "any" };
    return text === "?" ? { kind: "one" } : { kind: "sign", sign: text };
  });
}
