// mvn -q compile exec:java -Dexec.args="<orderId> <customerId> <status> <version>"
import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.ConnectionFactory;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicBoolean;

public class Publish {
    public static void main(String[] args) throws Exception {
        String orderId = args[0], customerId = args[1], status = args[2], id = orderId + "." + args[3];
        // Ids need no escaping: A-Z a-z 0-9 _ . @ -. For free text take a JSON library.
        String event = """
            {"specversion": "1.0", "id": "%s", "source": "https://shop.example/orders", "type": "order.status", "time": "%s",
             "data": {"orderId": "%s", "customerId": "%s", "status": "%s", "version": %d}}
            """.formatted(id, Instant.now(), orderId, customerId, status, Integer.parseInt(args[3]));
        var properties = new AMQP.BasicProperties.Builder()
            .contentType("application/cloudevents+json").deliveryMode(2).build();
        String url = System.getenv("BELLWIRE_AMQP_URL");
        var factory = new ConnectionFactory();
        factory.setUri(url != null ? url : "amqp://guest:guest@127.0.0.1:5672");
        var connection = factory.newConnection();
        try {
            var channel = connection.createChannel();
            var returned = new AtomicBoolean(); // a return comes before its confirm
            channel.addReturnListener(message -> returned.set(true));
            channel.confirmSelect();
            byte[] body = event.getBytes(StandardCharsets.UTF_8);
            channel.basicPublish("bellwire.events", "order." + orderId, true, properties, body);
            channel.waitForConfirmsOrDie(10_000); // milliseconds; throws on a refusal too
            if (returned.get()) throw new IllegalStateException("no queue took the event");
        } finally {
            connection.abort(1_000); // close() would wait for ever where the broker is blocked
        }
        System.out.println("confirmed " + id);
    }
}
