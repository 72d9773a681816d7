#!/bin/sh
# sh order.sh <orderId> <customerId>: the producer keeps the order, its versions and its events
set -eu
curl --fail-with-body --silent --show-error --max-time 10 "${BELLWIRE_PRODUCER_URL:-http://127.0.0.1:8010}/orders" \
  --header 'Content-Type: application/json' \
  --header "Idempotency-Key: placed-$1" \
  --data "{\"orderId\": \"$1\", \"customerId\": \"$2\"}"
echo
