import { describe, expect, it } from "vitest";
import { expectedEvents } from "./expected-events.ts";
import { type Line, linesOf, MAX_LINE_LENGTH } from "./lines.ts";
import { type Complaint, readPlan } from "./plan.ts";

const HEADER =
  "order_id,customer_id,order_status,order_purchase_timestamp,order_approved_at,order_delivered_carrier_date,order_delivered_customer_date,order_estimated_delivery_date";

async function* chunked(text: string, size = 7): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(text);
  for (let from = 0; from < bytes.length; from += size) yield bytes.subarray(from, from + size);
}

async function plan(...rows: string[]) {
  const complaints: Complaint[] = [];
  const read = await readPlan(chunked([HEADER, ...rows].join("\n")), (complaint) => complaints.push(complaint));
  return { ...read, complaints, told: read.steps.map(({ status, version }) => `${status} ${version}`) };
}

describe("a row becomes steps", () => {
  it("in lifecycle order, each with its original time, even where the times are not in order", () => {
    const events = expectedEvents(
      `${HEADER}\na,c,delivered,2017-10-02 10:56:00,2017-10-02 11:07:00,2017-10-02 11:06:59,2017-10-10 21:25:00,x`,
    );
    expect(events.map(({ id, status, at }) => [id, status, at])).toEqual([
      ["a.1", "placed", "2017-10-02T10:56:00.000Z"],
      ["a.2", "approved", "2017-10-02T11:07:00.000Z"],
      ["a.3", "shipped", "2017-10-02T11:06:59.000Z"],
      ["a.4", "delivered", "2017-10-10T21:25:00.000Z"],
    ]);
  });

  it("without the steps that have no time, and with versions that count those taken", async () => {
    expect((await plan("a,c,delivered,2017-10-02 10:56:00,,,2017-10-10 21:25:00,")).told).toEqual([
      "placed 1",
      "delivered 2",
    ]);
    expect((await plan("a,c,shipped,,,2017-10-10 21:25:00,,")).told).toEqual(["shipped 1"]);
  });

  it.each(["canceled", "unavailable"])(
    "and a cancellation at the latest known time where the status is %s",
    (status) => {
      const events = expectedEvents(`${HEADER}\na,c,${status},2017-10-02 10:56:00,2017-10-03 10:56:00,,,`);
      expect(events.at(-1)).toEqual({
        id: "a.3",
        orderId: "a",
        customerId: "c",
        status: "cancelled",
        version: 3,
        at: "2017-10-03T10:56:00.000Z",
        reason: status,
      });
    },
  );

  it("but not a cancellation after the delivery: that is reported, the rest is kept", async () => {
    const read = await plan("a,c,canceled,2017-10-02 10:56:00,,,2017-10-10 21:25:00,");
    expect(read.told).toEqual(["placed 1", "delivered 2"]);
    expect(read.complaints).toEqual([
      { kind: "illegal step", line: 2, reason: "cancelled may not follow delivered; the row's other steps are kept" },
    ]);
    expect([read.badRows, read.illegalSteps]).toEqual([0, 1]);
  });
});

describe("a bad row is skipped with its line and reason, and its neighbours are kept:", () => {
  it.each([
    ["an empty order id", ",c,shipped,2017-10-02 10:56:00,,,,", /order_id is empty/],
    ["an empty customer id", "a,,shipped,2017-10-02 10:56:00,,,,", /customer_id is empty/],
    ["an id that no channel may have", "a,c#1,shipped,2017-10-02 10:56:00,,,,", /customer_id must be .*not "c#1"/],
    [
      "an id that is too long for an event id",
      `${"a".repeat(113)},c,shipped,2017-10-02 10:56:00,,,,`,
      /order_id must be at most 112/,
    ],
    [
      "a day that does not exist",
      "a,c,shipped,2017-02-29 10:56:00,,,,",
      /order_purchase_timestamp must be a real UTC time/,
    ],
    ["an hour that does not exist", "a,c,shipped,2017-02-27 24:00:00,,,,", /must be a real UTC time/],
    ["another date format", "a,c,shipped,02/10/2017 10:56,,,,", /must be a real UTC time/],
    ["an unknown status", "a,c,lost,2017-10-02 10:56:00,,,,", /order_status must be one of/],
    ["no time at all", "a,c,canceled,,,,,", /no step has a time/],
    ["too few columns", "a,c", /2 columns instead of 8/],
    ["too many columns", "a,c,shipped,2017-10-02 10:56:00,,,,,", /9 columns instead of 8/],
    ["an open quote", 'a,"c,shipped,2017-10-02 10:56:00,,,,', /not CSV: Quote Not Closed/],
    ["an endless line", "a".repeat(MAX_LINE_LENGTH * 3), /longer than 16384/],
    [
      "an order that was there before",
      "first,c,shipped,2017-10-02 10:56:00,,,,",
      /order_id first was on line 2 already/,
    ],
  ])("%s", async (_name, row, reason) => {
    const good = (id: string) => `${id},c,shipped,2017-10-02 10:56:00,,,,`;
    const read = await plan(good("first"), row, good("last"));
    expect(read.complaints).toEqual([{ kind: "bad row", line: 3, reason: expect.stringMatching(reason) }]);
    expect(read.steps.map(({ orderId }) => orderId)).toEqual(["first", "last"]);
    expect([read.rows, read.badRows]).toEqual([3, 1]);
  });
});

describe("a file", () => {
  it("may have a byte order mark, CRLF, quotes, blank lines, other columns and another column order", async () => {
    const header = "extra,order_status,customer_id,order_id,order_approved_at,order_purchase_timestamp";
    const text = `\uFEFF${header},order_delivered_carrier_date,order_delivered_customer_date\r\n\r\n"a ""b"", c",shipped,"ü@",x,,,,\r\n,shipped,c,"o-1",,"2017-10-02 10:56:00",,\r\n`;
    const complaints: Complaint[] = [];
    const read = await readPlan(chunked(text, 1), (complaint) => complaints.push(complaint));
    expect(read.steps).toMatchObject([{ orderId: "o-1", line: 4 }]);
    expect(complaints).toMatchObject([{ line: 3, reason: expect.stringContaining("customer_id must be") }]);
    expect(expectedEvents(text)).toMatchObject([{ id: "o-1.1" }]);
  });

  it("is named by its content", async () => {
    const [one, same, other] = await Promise.all([plan("a"), plan("a"), plan("b")]);
    expect(one.id).toMatch(/^[0-9a-f]{64}$/);
    expect(same.id).toBe(one.id);
    expect(other.id).not.toBe(one.id);
  });

  it.each([
    ["", /the file is empty/],
    ["order_id,customer_id\n", /the header lacks order_status, order_purchase_timestamp/],
    [`order_id,${HEADER}\n`, /the header has order_id twice/],
  ])("cannot be replayed with the header %j", async (text, reason) => {
    await expect(readPlan(chunked(text), () => undefined)).rejects.toThrow(reason);
  });

  it("is cut into lines wherever its chunks end, with bounded memory for a line without end", async () => {
    async function* endless() {
      for (let count = 0; count < 50; count += 1) yield Buffer.alloc(10_000, "x");
      yield Buffer.from("\nlast");
    }
    const lines: Line[] = [];
    for await (const line of linesOf(endless())) lines.push(line);
    expect(lines.map(({ number, text }) => [number, text.length > MAX_LINE_LENGTH])).toEqual([
      [1, true],
      [2, false],
    ]);
    expect(lines[0]?.text.length).toBeLessThan(MAX_LINE_LENGTH * 2);
  });
});
