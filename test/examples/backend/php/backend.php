<?php
// php -S 127.0.0.1:3000 backend.php
header('content-type: application/json');

if (($_SERVER['HTTP_AUTHORIZATION'] ?? '') !== 'Bearer ' . getenv('PUSH_SECRET')) {
    http_response_code(401);
    exit;
}

$question = json_decode(file_get_contents('php://input'), true);
$user = $question['user'] ?? '';

function answer(array $answer): never
{
    echo json_encode($answer);
    exit;
}

switch (parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH)) {
    case '/push/connect':
        // What a shop knows of its customers; here by a cookie.
        if (($_COOKIE['session'] ?? '') !== 'of-ada') {
            answer(['disconnect' => ['code' => 4501, 'reason' => 'log in first']]);
        }
        answer(['result' => ['user' => 'ada', 'info' => ['name' => 'ada'], 'channels' => ['orders:user#ada']]]);
    case '/push/subscribe':
        if ($user !== 'ada') {
            answer(['error' => ['code' => 403, 'message' => 'members only']]);
        }
        answer(['result' => ['data' => ['welcome' => $question['channel']]]]);
    case '/push/publish':
        $text = $question['data']['text'] ?? null;
        if (!is_string($text) || mb_strlen($text) > 200) {
            answer(['error' => ['code' => 422, 'message' => 'text is missing or too long']]);
        }
        answer(['result' => ['data' => ['text' => $text, 'by' => $user]]]);
    case '/push/rpc':
        if ($question['method'] !== 'cart.size') {
            answer(['error' => ['code' => 404, 'message' => 'no such method']]);
        }
        answer(['result' => ['data' => ['size' => 3]]]);
    default:
        http_response_code(404);
}
