import type { ClientInfo, Publication } from "@bellwire/protocol";
import { asList, asText, type Reply } from "./script.ts";

/** A publication as a stream entry: the offset is the entry's id, absent parts are absent fields. */
export function publicationOf(entry: Reply | undefined): Publication {
  const [id, fields] = asList(entry);
  return publicationAt(Number(asText(id).split("-", 1)[0]), asList(fields));
}

export function publicationAt(offset: number, fields: readonly Reply[]): Publication {
  let data = "";
  let info: ClientInfo | undefined;
  let tags: Record<string, string> | undefined;
  for (let index = 0; index + 1 < fields.length; index += 2) {
    const text = asText(fields[index + 1]);
    // Both were written by `append` from the same types.
    if (fields[index] === "d") data = text;
    else if (fields[index] === "i") info = JSON.parse(text) as ClientInfo;
    else if (fields[index] === "t") tags = JSON.parse(text) as Record<string, string>;
  }
  return { data, offset, ...(info && { info }), ...(tags && { tags }) };
}
