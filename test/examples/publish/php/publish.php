<?php // php publish.php <orderId> <customerId> <status> <version>
require __DIR__ . '/vendor/autoload.php';

use PhpAmqpLib\Connection\AMQPStreamConnection;
use PhpAmqpLib\Message\AMQPMessage;

[, $orderId, $customerId, $status, $version] = $argv;
$event = [
    'specversion' => '1.0',
    'id' => "$orderId.$version",
    'source' => 'https://shop.example/orders',
    'type' => 'order.status',
    'time' => gmdate('Y-m-d\TH:i:s\Z'),
    'data' => compact('orderId', 'customerId', 'status') + ['version' => (int) $version],
];

$url = parse_url(getenv('BELLWIRE_AMQP_URL') ?: 'amqp://guest:guest@127.0.0.1:5672');
[$user, $password] = [rawurldecode($url['user'] ?? 'guest'), rawurldecode($url['pass'] ?? 'guest')];
$vhost = rawurldecode(substr($url['path'] ?? '/%2F', 1));
$connection = new AMQPStreamConnection($url['host'], $url['port'] ?? 5672, $user, $password, $vhost);
$connection->set_close_on_destruct(false); // a blocked broker does not answer a close
$channel = $connection->channel();
$channel->confirm_select();
$channel->set_nack_handler(fn () => throw new RuntimeException('the broker refused the event'));
$channel->set_return_listener(fn () => throw new RuntimeException('no queue took the event'));
$message = new AMQPMessage(json_encode($event, JSON_THROW_ON_ERROR), [
    'content_type' => 'application/cloudevents+json',
    'delivery_mode' => AMQPMessage::DELIVERY_MODE_PERSISTENT,
]);
$channel->basic_publish($message, 'bellwire.events', "order.$orderId", true);
$channel->wait_for_pending_acks_returns(10); // seconds; throws AMQPTimeoutException
$connection->close();
echo "confirmed {$event['id']}\n";
