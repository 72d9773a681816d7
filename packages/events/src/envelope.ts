import { z } from "zod";
import { Time } from "./ids.ts";

/** The largest event, in bytes of its AMQP body. */
export const MAX_EVENT_BYTES = 65_536;

/** The attributes of a CloudEvents 1.0 event that bellwire reads; extensions are accepted and not read. */
export const Envelope = z.looseObject({
  specversion: z.literal("1.0", { error: 'must be "1.0"' }),
  id: z
    .string()
    .regex(/^[ -~]{1,128}$/, "must be 1 to 128 printable ASCII characters")
    .describe("Unique per event: a second event with the same id changes nothing"),
  source: z.string().min(1, "must not be empty").max(256, "must be at most 256 characters"),
  type: z.string().min(1, "must not be empty").max(128, "must be at most 128 characters"),
  time: Time.optional(),
  subject: z.string().max(256, "must be at most 256 characters").optional(),
  datacontenttype: z
    .string()
    .regex(/^application\/json\s*(;|$)/i, "must be application/json")
    .optional(),
});
export type Envelope = z.infer<typeof Envelope>;
