#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "line.h"

#ifdef TLS
#include <openssl/ssl.h>

static SSL_CTX *context;
static int serves;

void lines(int tls, const char *cert, const char *key) {
    if (!tls) return;
    serves = cert != 0;
    context = SSL_CTX_new(serves ? TLS_server_method() : TLS_client_method());
    SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER
        | SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_read_ahead(context, 1);
    if (serves && (SSL_CTX_use_certificate_chain_file(context, cert) != 1
            || SSL_CTX_use_PrivateKey_file(context, key, SSL_FILETYPE_PEM) != 1))
        exit(3);
}

Line line_on(int fd) {
    Line line = {.fd = fd};
    if (!context) return line;
    SSL *tls = line.tls = SSL_new(context);
    SSL_set_fd(tls, fd);
    if (serves) SSL_set_accept_state(tls);
    else SSL_set_connect_state(tls);
    return line;
}

static ssize_t told(SSL *tls, int done) {
    if (done > 0) return done;
    int why = SSL_get_error(tls, done);
    if (why == SSL_ERROR_ZERO_RETURN) return 0;
    errno = why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE ? EAGAIN : EPIPE;
    return -1;
}

int line_up(Line *line) {
    if (!line->tls) return 1;
    int done = SSL_do_handshake(line->tls);
    return done == 1 ? 1 : told(line->tls, done) < 0 && errno == EAGAIN ? 0 : -1;
}

ssize_t line_read(Line *line, void *data, int size) {
    if (!line->tls) return recv(line->fd, data, size, 0);
    return told(line->tls, SSL_read(line->tls, data, size));
}

ssize_t line_send(Line *line, const void *data, int size) {
    if (!line->tls) return send(line->fd, data, size, MSG_NOSIGNAL);
    return told(line->tls, SSL_write(line->tls, data, size));
}

void line_end(Line *line) {
    if (line->tls) SSL_free(line->tls);
    close(line->fd);
    *line = (Line){.fd = -1};
}
#else
void lines(int tls, const char *cert, const char *key) {
    (void)cert, (void)key;
    if (tls) fputs("built without TLS\n", stderr), exit(3);
}

Line line_on(int fd) { return (Line){.fd = fd}; }
int line_up(Line *line) { return line->fd >= 0; }
ssize_t line_read(Line *line, void *data, int size) { return recv(line->fd, data, size, 0); }

ssize_t line_send(Line *line, const void *data, int size) {
    return send(line->fd, data, size, MSG_NOSIGNAL);
}

void line_end(Line *line) {
    close(line->fd);
    *line = (Line){.fd = -1};
}
#endif
