// node publish.mjs <orderId> <customerId> <status> <version>
import { connect } from "amqplib";

const [orderId, customerId, status, version] = process.argv.slice(2);
const event = {
  specversion: "1.0",
  id: `${orderId}.${version}`,
  source: "https://shop.example/orders",
  type: "order.status",
  time: new Date().toISOString(),
  data: { orderId, customerId, status, version: Number(version) },
};

const connection = await connect(process.env.BELLWIRE_AMQP_URL ?? "amqp://guest:guest@127.0.0.1:5672");
const channel = await connection.createConfirmChannel();
const giveUp = setTimeout(() => {
  console.error("no confirm within 10 s: publish it again, with the same id");
  process.exit(1);
}, 10_000);
let returned = false; // a return comes before its confirm
channel.on("return", () => {
  returned = true;
});
const options = { contentType: "application/cloudevents+json", persistent: true, mandatory: true };
channel.publish("bellwire.events", `order.${orderId}`, Buffer.from(JSON.stringify(event)), options);
await channel.waitForConfirms(); // rejects where the broker refused
clearTimeout(giveUp);
await connection.close();
if (returned) throw new Error("no queue took the event: is bellwire set up on this broker?");
console.log(`confirmed ${event.id}`);
