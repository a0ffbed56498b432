// A connection, plain or by TLS (built with -DTLS where OpenSSL's headers are).
#pragma once
#include <sys/types.h>

typedef struct { int fd; void *tls; } Line;

// Prepares TLS: as a client, or with a certificate and its key (PEM files) as a server.
void lines(int tls, const char *cert, const char *key);
// Takes a connected socket; with TLS its handshake begins.
Line line_on(int fd);
// Goes on with the handshake: 1 done, 0 not yet, -1 failed.
int line_up(Line *line);
// As read(2) and send(2): -1 with EAGAIN where nothing goes now. Read until it says so.
ssize_t line_read(Line *line, void *data, int size);
ssize_t line_send(Line *line, const void *data, int size);
void line_end(Line *line);
