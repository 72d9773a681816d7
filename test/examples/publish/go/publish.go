// go run . <orderId> <customerId> <status> <version>
package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"log"
	"os"
	"strconv"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
)

func main() {
	orderID, customerID, status := os.Args[1], os.Args[2], os.Args[3]
	version := must(strconv.Atoi(os.Args[4]))
	id := fmt.Sprintf("%s.%d", orderID, version)
	body := must(json.Marshal(map[string]any{
		"specversion": "1.0", "id": id, "source": "https://shop.example/orders", "type": "order.status",
		"time": time.Now().UTC().Format(time.RFC3339),
		"data": map[string]any{"orderId": orderID, "customerId": customerID, "status": status, "version": version},
	}))

	connection := must(amqp.Dial(cmp.Or(os.Getenv("BELLWIRE_AMQP_URL"), "amqp://guest:guest@127.0.0.1:5672")))
	defer connection.Close()
	channel := must(connection.Channel())
	must(0, channel.Confirm(false))
	returned := channel.NotifyReturn(make(chan amqp.Return, 1)) // a return comes before its confirm
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	message := amqp.Publishing{ContentType: "application/cloudevents+json", DeliveryMode: amqp.Persistent, Body: body}
	confirm := must(channel.PublishWithDeferredConfirmWithContext(ctx, "bellwire.events", "order."+orderID, true, false, message))
	if !must(confirm.WaitContext(ctx)) {
		log.Fatal("the broker refused the event")
	}
	if len(returned) > 0 {
		log.Fatal("no queue took the event")
	}
	fmt.Println("confirmed", id)
}

func must[T any](value T, err error) T {
	if err != nil {
		log.Fatal(err)
	}
	return value
}
