import { createServer } from "node:http";
import { text } from "node:stream/consumers";

// What a shop knows of its customers; here by a cookie.
const sessions = new Map([["session=of-ada", "ada"]]);

const answers = {
  "/push/connect": (_question, { cookie = "" }) => {
    const user = sessions.get(cookie);
    if (user === undefined) return { disconnect: { code: 4501, reason: "log in first" } };
    return { result: { user, info: { name: user }, channels: [`orders:user#${user}`] } };
  },
  "/push/subscribe": ({ user, channel }) =>
    user === "ada" ? { result: { data: { welcome: channel } } } : { error: { code: 403, message: "members only" } },
  "/push/publish": ({ user, data }) =>
    typeof data?.text === "string" && data.text.length <= 200
      ? { result: { data: { text: data.text, by: user } } }
      : { error: { code: 422, message: "text is missing or too long" } },
  "/push/rpc": ({ method }) =>
    method === "cart.size" ? { result: { data: { size: 3 } } } : { error: { code: 404, message: "no such method" } },
};

const server = createServer(async (request, response) => {
  if (request.headers.authorization !== `Bearer ${process.env.PUSH_SECRET}`) return response.writeHead(401).end();
  const answer = answers[request.url];
  if (answer === undefined) return response.writeHead(404).end();
  const question = JSON.parse(await text(request));
  response.writeHead(200, { "content-type": "application/json" });
  response.end(JSON.stringify(answer(question, request.headers)));
});
server.listen(Number(process.env.PORT ?? 3000), "127.0.0.1", () => console.log(`port ${server.address().port}`));
