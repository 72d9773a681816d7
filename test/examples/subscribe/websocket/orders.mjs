// node orders.mjs <user>            with BELLWIRE_URL and a connection token in BELLWIRE_TOKEN
const [user] = process.argv.slice(2);
const url = process.env.BELLWIRE_URL ?? "ws://127.0.0.1:8000/connection/websocket";
const channel = `orders:user#${user}`;
const socket = new WebSocket(url);
const send = (command) => socket.send(JSON.stringify(command));

socket.onopen = () => {
  send({ id: 1, connect: { token: process.env.BELLWIRE_TOKEN } });
  send({ id: 2, subscribe: { channel } });
};
socket.onmessage = ({ data }) => {
  for (const line of data.split("\n")) {
    const { error, push, ...rest } = JSON.parse(line);
    if (error) console.error(`refused: ${error.code} ${error.message}`);
    else if (push?.pub) console.log(push.pub.offset, push.pub.data.orderId, push.pub.data.status);
    else if (Object.keys(rest).length === 0 && !push) send({}); // a ping wants its answer
  }
};
socket.onclose = ({ code, reason }) => console.error(`closed: ${code} ${reason}`);
