/** No event's id is longer, characters. */
const MAX_ID = 64;
const ID = new RegExp(`"id":"([^"]{1,${MAX_ID}})"`, "g");
/** How much of the bytes before is looked at again: an id may have been cut in two. */
const CARRY = MAX_ID + 8;

/** Hears the bytes of one connection, in order, and tells every event id in them, some more than once. */
export function eventIds(found: (id: string) => void): (bytes: Buffer) => void {
  let before = "";
  return (bytes) => {
    const text = before + bytes.toString("latin1");
    for (const [, id = ""] of text.matchAll(ID)) found(id);
    before = text.slice(-CARRY);
  };
}
