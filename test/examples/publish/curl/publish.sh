#!/bin/sh
# sh publish.sh <orderId> <customerId> <status> <version>: past the exchange, straight into the customer's channel
set -eu
answer=$(curl --fail-with-body --silent --show-error --max-time 10 "${BELLWIRE_URL:-http://127.0.0.1:8000}/api/publish" \
  --header "X-API-Key: $BELLWIRE_API_KEY" \
  --header 'Content-Type: application/json' \
  --data @- <<JSON
{
  "channel": "orders:user#$2",
  "idempotency_key": "$1.$4",
  "data": {
    "type": "order.status", "id": "$1.$4", "orderId": "$1", "customerId": "$2",
    "status": "$3", "version": $4, "at": "$(date -u +%Y-%m-%dT%H:%M:%SZ)"
  }
}
JSON
)
echo "$answer"
case $answer in *'"error"'*) exit 1 ;; esac # a refusal is a 200 too
