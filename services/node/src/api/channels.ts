import { type Hub, MAX_PATTERN_LENGTH } from "@bellwire/hub";
import { z } from "zod";
import { type Answer, failure } from "./answer.ts";

export const ChannelsRequest = z.object({
  pattern: z
    .string()
    .max(MAX_PATTERN_LENGTH)
    .optional()
    .describe("`*` is any text, `?` one character, a backslash takes the next sign as it is; absent: all."),
});

/** The channels with subscribers, on all nodes, each with how many. */
export async function channels(hub: Hub, { pattern }: z.infer<typeof ChannelsRequest>): Promise<Answer<object>> {
  const surveyed = await hub.survey(pattern === undefined || pattern === "" ? "*" : pattern);
  switch (surveyed.kind) {
    case "complete": {
      const found = [...surveyed.channels].map(([name, clients]) => [name, { num_clients: clients }]);
      return { result: { channels: Object.fromEntries(found) } };
    }
    case "cut":
      return failure("limitExceeded", "too many channels fit; narrow the pattern");
    case "silent":
      return failure("internal", "a node did not answer in time");
    case "busy":
      return failure("tooManyRequests");
    default:
      return surveyed satisfies never;
  }
}
