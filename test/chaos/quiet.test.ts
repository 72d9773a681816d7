import fc from "fast-check";
import { expect, it } from "vitest";
import { Quiet } from "./quiet.ts";

it("lets nothing disturb while quiet is kept, whatever comes when", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.scheduler(),
      fc.array(fc.constantFrom("disturb", "keep", "disturb and fail"), { maxLength: 20 }),
      async (scheduler, wishes) => {
        const quiet = new Quiet();
        const now = { disturbing: 0, keeping: 0 };
        let done = 0;
        const act = (kind: keyof typeof now, fails: boolean) => async () => {
          now[kind] += 1;
          expect(now.keeping === 0 || now.keeping + now.disturbing === 1).toBe(true);
          await scheduler.schedule(Promise.resolve(), kind);
          now[kind] -= 1;
          done += 1;
          if (fails) throw new Error("came to nothing");
        };
        const all = wishes.map((wish) =>
          wish === "keep" ? quiet.keep(act("keeping", false)) : quiet.disturb(act("disturbing", wish !== "disturb")),
        );
        const settled = Promise.allSettled(all);
        await scheduler.waitFor(settled);
        for (const [index, { status }] of (await settled).entries())
          expect(status).toBe(wishes[index] === "disturb and fail" ? "rejected" : "fulfilled");
        expect(done).toBe(wishes.length);
      },
    ),
  );
});
