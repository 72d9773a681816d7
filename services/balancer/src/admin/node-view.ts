import type { z } from "zod";
import type { Drains } from "../drain/drains.ts";
import { formatAddress } from "../pool/address.ts";
import type { Backend } from "../pool/backend.ts";
import type { Node } from "./schemas.ts";

/** A node as operators see it. */
export function viewNode(backend: Backend, drains: Drains): z.input<typeof Node> {
  const { id, address, source, state, active, direct, reserved, weight, warmth, word, lastCause } = backend;
  const drain = drains.viewOf(id);
  return {
    ...{ id, address: formatAddress(address), source, state, active, direct, reserved, weight, warmth, lastCause },
    ...(word?.publicUrl !== undefined && { publicUrl: word.publicUrl }),
    ...(drain !== undefined && { drain }),
  };
}
