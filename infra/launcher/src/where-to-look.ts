import type { RunningBackend } from "./backend.ts";
import type { Options } from "./options.ts";
import { reachable } from "./plan.ts";

/** What a person who just started the cluster wants to know, a line each. */
export function whereToLook(options: Options, backend: RunningBackend): readonly string[] {
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
    ...(backend.urls === undefined
      ? []
      : [
          `replay    BELLWIRE_REDIS_URL=${backend.urls.redisUrl} BELLWIRE_AMQP_URL=${backend.urls.amqpUrl} npm run replay -- --file orders.csv`,
        ]),
  ];
}
