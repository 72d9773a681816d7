// go run orders.go <user>            with BELLWIRE_URL and a connection token in BELLWIRE_TOKEN
package main

import (
	"encoding/json"
	"fmt"
	"log"
	"os"

	"github.com/centrifugal/centrifuge-go"
)

func main() {
	url := os.Getenv("BELLWIRE_URL")
	if url == "" {
		url = "ws://127.0.0.1:8000/connection/websocket"
	}
	connect := centrifuge.NewJsonClient
	if os.Getenv("BELLWIRE_CODEC") == "protobuf" {
		connect = centrifuge.NewProtobufClient
	}
	client := connect(url, centrifuge.Config{Token: os.Getenv("BELLWIRE_TOKEN")})
	client.OnDisconnected(func(e centrifuge.DisconnectedEvent) { log.Fatalf("closed: %d %s", e.Code, e.Reason) })
	orders, err := client.NewSubscription("orders:user#" + os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	orders.OnSubscribed(func(e centrifuge.SubscribedEvent) {
		if e.WasRecovering && e.Recovered {
			fmt.Println("recovered")
		} else if e.WasRecovering {
			fmt.Println("away for too long: load the orders anew")
		}
	})
	orders.OnUnsubscribed(func(e centrifuge.UnsubscribedEvent) { log.Fatalf("refused: %d %s", e.Code, e.Reason) })
	orders.OnPublication(func(e centrifuge.PublicationEvent) {
		var order struct{ OrderID, Status string }
		if err := json.Unmarshal(e.Data, &order); err != nil {
			log.Fatal(err)
		}
		fmt.Println(e.Offset, order.OrderID, order.Status)
	})
	if err := orders.Subscribe(); err != nil {
		log.Fatal(err)
	}
	if err := client.Connect(); err != nil {
		log.Fatal(err)
	}
	select {}
}
