# python publish.py <orderId> <customerId> <status> <version>
import json
import os
import sys
from datetime import datetime, timezone

import pika

order_id, customer_id, status, version = sys.argv[1:5]
event = {
    "specversion": "1.0",
    "id": f"{order_id}.{version}",
    "source": "https://shop.example/orders",
    "type": "order.status",
    "time": datetime.now(timezone.utc).isoformat(timespec="milliseconds"),
    "data": {"orderId": order_id, "customerId": customer_id, "status": status, "version": int(version)},
}

parameters = pika.URLParameters(os.environ.get("BELLWIRE_AMQP_URL", "amqp://guest:guest@127.0.0.1:5672"))
parameters.blocked_connection_timeout = 10
connection = pika.BlockingConnection(parameters)
channel = connection.channel()
channel.confirm_delivery()
channel.basic_publish(  # returns once confirmed; raises NackError or UnroutableError
    exchange="bellwire.events",
    routing_key=f"order.{order_id}",
    body=json.dumps(event).encode(),
    properties=pika.BasicProperties(content_type="application/cloudevents+json", delivery_mode=2),
    mandatory=True,
)
connection.close()
print(f"confirmed {event['id']}")
