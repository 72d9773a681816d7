import type { Options } from "./options.ts";
import { reachable } from "./plan.ts";

/** Where a replay looks for the producer unless it is told. */
const DEFAULT_PRODUCER_PORT = 8010;

/** What a person who just started the cluster wants to know, a line each. */
export function whereToLook(options: Options): readonly string[] {
  const { ports } = options;
  const host = reachable(options.host);
  const producer = `http://127.0.0.1:${ports.producer}`;
  const json = "-H 'content-type: application/json'";
  return [
    `page      http://${host}:${ports.storefront}`,
    `balancer  ws://${host}:${ports.balancer}/connection/websocket`,
    `admin     http://127.0.0.1:${ports.admin}/nodes`,
    `shop API  ${producer}`,
    `try       curl ${producer}/promos ${json} -d '{"segment":"all","title":"Tea time","body":"A pot of tea for every order"}'`,
    `replay    npm run replay -- --file orders.csv${ports.producer === DEFAULT_PRODUCER_PORT ? "" : ` --url ${producer}`}`,
  ];
}
