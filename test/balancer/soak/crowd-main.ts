import { Crowd } from "./crowd.ts";
import type { CrowdOrder, CrowdReport } from "./crowd-orders.ts";

const crowd = new Crowd();

async function obey(order: CrowdOrder): Promise<CrowdReport> {
  switch (order.kind) {
    case "fill":
      await crowd.fill(order, order.tunnels);
      break;
    case "stir":
      crowd.stir(order.opensPerSecond, order.everyMs);
      break;
    case "rest":
      await crowd.rest();
      break;
    case "report":
      break;
    case "leave":
      await crowd.leave();
      break;
  }
  return crowd.report;
}

process.on("message", (order: CrowdOrder) => {
  obey(order).then(
    (report) => process.send?.(report),
    (error: unknown) => {
      console.error(error);
      process.exit(1);
    },
  );
});
process.on("disconnect", () => process.exit(0));
