#!/bin/sh
# sh orders.sh <user>            with BELLWIRE_URL and a connection token in BELLWIRE_TOKEN
url=${BELLWIRE_URL:-http://127.0.0.1:8000}/connection/uni_http_stream
exec curl --no-buffer --silent --show-error --fail "$url" \
  --data "{\"token\":\"$BELLWIRE_TOKEN\",\"subs\":{\"orders:user#$1\":{}}}"
