/*
 * The least that a broadcast can cost: one write per socket and message, and nothing else.
 * Usage: floor BYTES. Says "port N", then for each line "COUNT" on stdin writes one WebSocket frame with BYTES bytes of
 * payload COUNT times to every socket, and says "done".
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define MAX_SOCKETS 20000
#define MAX_PAYLOAD 65535

static int sockets[MAX_SOCKETS];
static int count = 0;

static void fail(const char *what) {
  perror(what);
  exit(1);
}

static void write_all(int fd, const unsigned char *bytes, size_t length) {
  while (length > 0) {
    ssize_t wrote = write(fd, bytes, length);
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote < 0) fail("write");
    bytes += wrote;
    length -= (size_t)wrote;
  }
}

int main(int argc, char **argv) {
  long payload = argc > 1 ? atol(argv[1]) : 250;
  if (payload < 3 || payload > MAX_PAYLOAD) {
    fprintf(stderr, "BYTES must be 3 to %d\n", MAX_PAYLOAD);
    return 1;
  }
  static unsigned char frame[MAX_PAYLOAD + 4];
  size_t header = payload < 126 ? 2 : 4;
  frame[0] = 0x81;
  frame[1] = payload < 126 ? (unsigned char)payload : 126;
  if (header == 4) {
    frame[2] = (unsigned char)(payload >> 8);
    frame[3] = (unsigned char)(payload & 255);
  }
  memset(frame + header, 'x', (size_t)payload);
  size_t length = header + (size_t)payload;

  int server = socket(AF_INET, SOCK_STREAM, 0);
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t size = sizeof address;
  if (server < 0 || bind(server, (struct sockaddr *)&address, size) < 0) fail("bind");
  if (listen(server, 511) < 0 || getsockname(server, (struct sockaddr *)&address, &size) < 0) fail("listen");
  printf("port %d\n", ntohs(address.sin_port));
  fflush(stdout);

  struct pollfd watched[2] = {{.fd = 0, .events = POLLIN}, {.fd = server, .events = POLLIN}};
  char line[64];
  for (;;) {
    if (poll(watched, 2, -1) < 0) fail("poll");
    if (watched[1].revents & POLLIN) {
      int one = 1, client = accept(server, NULL, NULL);
      if (client < 0 || count == MAX_SOCKETS) fail("accept");
      setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
      sockets[count++] = client;
    }
    if (watched[0].revents & (POLLIN | POLLHUP)) {
      ssize_t got = read(0, line, sizeof line - 1);
      if (got <= 0) return 0;
      line[got] = 0;
      long times = atol(line);
      for (long message = 0; message < times; message++)
        for (int at = 0; at < count; at++) write_all(sockets[at], frame, length);
      printf("done\n");
      fflush(stdout);
    }
  }
}
