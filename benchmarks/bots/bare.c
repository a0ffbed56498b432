// The least that a server of our wire can do: take poses, sort by cell, send each cell its frame.
//
// bare PORT SLICE_MS [CERT KEY]: no rights, no log, no checks; one send a socket and tick. With a
// slice it sleeps between looks at its sockets, as our server does ("batched").
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#include "line.h"

enum { MOST = 8192, EDGE = 32, CELLS = EDGE * EDGE, TICK_US = 50000, DOOR = MOST };
typedef struct { Line line; int up, kept, owed; uint8_t in[2048], *rest, record[12]; int16_t cell[2]; } One;
static One all[MOST];
static int people, members[CELLS][MOST], held[CELLS], ep;

static uint64_t now_us(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000ull + t.tv_nsec / 1000;
}

static void watch(int fd, uint32_t id, int how, uint32_t events) {
    epoll_ctl(ep, how, fd, &(struct epoll_event){.events = events, .data.u32 = id});
}

static void let_in(int door) {
    int fd = accept(door, 0, 0), one = 1;
    if (fd < 0 || people == MOST) return;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    fcntl(fd, F_SETFL, O_NONBLOCK);
    all[people] = (One){.line = line_on(fd)}, memcpy(all[people].record, &people, 2);
    watch(fd, people++, EPOLL_CTL_ADD, EPOLLIN);
}

static void take(One *one) {
    ssize_t got = line_read(&one->line, one->in + one->kept, sizeof one->in - one->kept);
    if (got <= 0 && errno != EAGAIN) { line_end(&one->line); return; }
    if (got <= 0) return;
    one->kept += (int)got;
    if (!one->up && memmem(one->in, one->kept, "\r\n\r\n", 4)) {
        static const char yes[] = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
            "Connection: Upgrade\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";
        one->up = line_send(&one->line, yes, sizeof yes - 1) > 0, one->kept = 0;
    }
    int at = 0;
    for (; one->up && one->kept - at >= 6; at += 6 + (one->in[at + 1] & 127)) {
        uint8_t *frame = one->in + at, *mask = frame + 2, *data = frame + 6;
        if (one->kept - at < 6 + (frame[1] & 127)) break;
        for (int i = 0; i < (frame[1] & 127); i++) data[i] ^= mask[i & 3];
        if (data[0] == 1) memcpy(one->cell, data + 2, 4), memcpy(one->record + 2, data + 6, 10);
    }
    memmove(one->in, one->in + at, one->kept -= at);
    if (one->line.tls) take(one); // what is deciphered already wakes nobody
}

static void flush(int id) {
    One *one = &all[id];
    ssize_t went = line_send(&one->line, one->rest, one->owed);
    if (went > 0) memmove(one->rest, one->rest + went, one->owed -= (int)went);
    if (!one->owed) free(one->rest), watch(one->line.fd, id, EPOLL_CTL_MOD, EPOLLIN);
}

static void give(int id, uint8_t *frame, int size) {
    One *one = &all[id];
    if (one->owed || one->line.fd < 0) return;
    ssize_t went = line_send(&one->line, frame, size);
    if (went < 0) went = 0;
    if (went == size) return;
    one->rest = malloc(one->owed = size - (int)went), memcpy(one->rest, frame + went, one->owed);
    watch(one->line.fd, id, EPOLL_CTL_MOD, EPOLLIN | EPOLLOUT);
}

static void tick(uint32_t number) {
    static uint8_t out[1 << 20];
    memset(held, 0, sizeof held);
    for (int i = 0; i < people; i++) {
        int cell = (all[i].cell[0] & 31) * EDGE + (all[i].cell[1] & 31);
        if (all[i].up && all[i].line.fd >= 0) members[cell][held[cell]++] = i;
    }
    for (int cell = 0; cell < CELLS; cell++) {
        if (!held[cell]) continue;
        uint8_t *frame = out + 10, *at = frame + 8;
        uint16_t sections = 0;
        for (int x = -1; x <= 1; x++)
            for (int z = -1; z <= 1; z++) {
                int column = cell / EDGE + x, row = cell % EDGE + z, near = column * EDGE + row;
                if (column < 0 || row < 0 || column >= EDGE || row >= EDGE || !held[near]) continue;
                int16_t head[4] = {(int16_t)column, (int16_t)row, (int16_t)held[near], 0};
                memcpy(at, head, 8), at += 8, sections++;
                for (int i = 0; i < held[near]; i++, at += 12)
                    memcpy(at, all[members[near][i]].record, 12);
            }
        frame[0] = 2, frame[1] = 0, memcpy(frame + 2, &sections, 2), memcpy(frame + 4, &number, 4);
        int size = (int)(at - frame), skip = size < 126 ? 2 : size < 65536 ? 4 : 10;
        uint8_t *head = frame - skip;
        head[0] = 0x82, head[1] = skip == 2 ? size : skip == 4 ? 126 : 127;
        for (int i = 2; i < skip; i++) head[i] = (uint64_t)size >> 8 * (skip - 1 - i) & 255;
        for (int i = 0; i < held[cell]; i++) give(members[cell][i], head, skip + size);
    }
}

int main(int argc, char **argv) {
    static struct epoll_event events[MOST];
    int door = socket(AF_INET, SOCK_STREAM, 0), one = 1, slice_us = argc > 2 ? atoi(argv[2]) * 1000 : 0;
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(atoi(argv[1]))};
    const char *host = getenv("ROOM_HOST");
    at.sin_addr.s_addr = host ? inet_addr(host) : htonl(INADDR_LOOPBACK);
    setsockopt(door, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(door, (void *)&at, sizeof at) || listen(door, 8192)) return 1;
    lines(argc > 4, argc > 4 ? argv[3] : 0, argc > 4 ? argv[4] : 0);
    ep = epoll_create1(0), watch(door, DOOR, EPOLL_CTL_ADD, EPOLLIN);
    puts("ready"), fflush(stdout);
    uint64_t due = now_us() + TICK_US;
    for (uint32_t number = 0;;) {
        int64_t rest = (int64_t)(due - now_us());
        if (slice_us && people > 100 && rest > 2000)
            usleep(rest - 1500 < slice_us ? rest - 1500 : slice_us), rest = (int64_t)(due - now_us());
        if (rest <= 0) {
            tick(++number);
            due = now_us() > due + TICK_US ? now_us() + TICK_US : due + TICK_US;
            continue;
        }
        struct timespec limit = {0, slice_us && people > 100 && rest > 2000 ? 0 : rest * 1000};
        int found = epoll_pwait2(ep, events, MOST, &limit, 0);
        for (int i = 0; i < found; i++) {
            uint32_t id = events[i].data.u32;
            if (id == DOOR) let_in(door);
            else {
                if (events[i].events & EPOLLOUT && all[id].owed) flush((int)id);
                if (events[i].events & EPOLLIN && all[id].line.fd >= 0) take(&all[id]);
            }
        }
    }
}
