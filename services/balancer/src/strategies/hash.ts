const SPAN = 2 ** 32;

/** Where a text falls in (0, 1): the same on every machine and in every version. Not for secrets. */
export function unitHash(text: string): number {
  let high = 0x811c9dc5;
  let low = 0x9747b28c;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    high = Math.imul(high ^ code, 0x01000193);
    low = Math.imul(low ^ code, 0x5bd1e995);
  }
  const mixed = mix(high ^ Math.imul(low, 0x85ebca6b));
  const rest = mix(low ^ mixed);
  return ((mixed >>> 0) + ((rest >>> 0) + 0.5) / SPAN) / SPAN;
}

/** Spreads every bit over all (the finalizer of MurmurHash3). */
function mix(bits: number): number {
  let mixed = bits;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
}
