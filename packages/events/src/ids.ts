import { z } from "zod";

/** An id that may stand in a channel name, a routing key and a URL path as it is. */
export const SafeId = z
  .string()
  .regex(/^[A-Za-z0-9_.@-]{1,128}$/, "must be 1 to 128 characters out of A-Z a-z 0-9 _ . @ -");

/** A point in time with its offset from UTC, as CloudEvents' `time` has it. */
export const Time = z.iso.datetime({
  offset: true,
  error: "must be an ISO 8601 time with seconds and offset, such as 2026-11-22T10:00:00Z",
});
