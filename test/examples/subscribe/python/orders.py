# python orders.py <user>            with BELLWIRE_URL and a connection token in BELLWIRE_TOKEN
import asyncio
import json
import os
import sys

from centrifuge import Client, SubscriptionEventHandler


class Orders(SubscriptionEventHandler):
    async def on_subscribed(self, ctx):
        if ctx.was_recovering:
            print("recovered" if ctx.recovered else "away for too long: load the orders anew", flush=True)

    async def on_unsubscribed(self, ctx):
        print(f"refused: {ctx.code} {ctx.reason}", file=sys.stderr)

    async def on_publication(self, ctx):
        data = ctx.pub.data if isinstance(ctx.pub.data, dict) else json.loads(ctx.pub.data)  # bytes in Protobuf
        print(ctx.pub.offset, data["orderId"], data["status"], flush=True)


async def main(user):
    client = Client(
        os.environ.get("BELLWIRE_URL", "ws://127.0.0.1:8000/connection/websocket"),
        token=os.environ["BELLWIRE_TOKEN"],
        use_protobuf=os.environ.get("BELLWIRE_CODEC") == "protobuf",
    )
    await client.new_subscription(f"orders:user#{user}", events=Orders()).subscribe()
    await client.connect()
    await asyncio.Event().wait()


asyncio.run(main(sys.argv[1]))
