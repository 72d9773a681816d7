import { z } from "zod";
import { type Answer, failure } from "./answer.ts";
import type { Methods } from "./methods.ts";

const MAX_COMMANDS = 1_000;
/** Commands of one batch that are done at once. */
const PARALLEL = 32;

export const BatchRequest = z.object({
  commands: z
    .array(z.record(z.string().max(64), z.unknown()))
    .max(MAX_COMMANDS)
    .describe('Each names one method: `{"publish": {…}}`.'),
  parallel: z.boolean().default(false).describe("Whether they may be done at once; else one after the other."),
});

type Reply = Readonly<Record<string, unknown>>;

/** Does many commands, each answered by itself: `{<method>: result}` or `{error}`, in their order. */
export async function batch(
  methods: Methods,
  { commands, parallel }: z.infer<typeof BatchRequest>,
): Promise<{ readonly replies: readonly Reply[] }> {
  const replies: Reply[] = [];
  const width = parallel ? PARALLEL : 1;
  for (let start = 0; start < commands.length; start += width)
    replies.push(...(await Promise.all(commands.slice(start, start + width).map((command) => one(methods, command)))));
  return { replies };
}

async function one(methods: Methods, command: Readonly<Record<string, unknown>>): Promise<Reply> {
  const entry = Object.entries(command).find(([, request]) => request !== null && request !== undefined);
  if (entry === undefined) return failure("badRequest", "a command names no method") as unknown as Reply;
  const [name, request] = entry;
  const call = methods.get(name);
  const answer: Answer<object> = call === undefined ? failure("methodNotFound", name) : await call(request);
  return "error" in answer ? { error: answer.error } : { [name]: answer.result };
}
