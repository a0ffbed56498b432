// Bots for benchmarks/room.py: N WebSocket clients in one process that walk in small circles.
//
// bots KIND PORT N key=value ...      KIND: loom, bare, json, colyseus or quantized
// With first=M so many are there and walk already when the others come.
// Each sends its pose 20 times a second and reads all that comes. The moment of sending travels in
// the pose (24 bits of 0.1 ms), so that whoever is sent the pose knows how old it is. One line of
// JSON on stdout tells what came, and how well this program itself did.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "bots.h"

Kind kind;
Bot *bots;
int count, measuring;
Tally tally;
static int port, ep, first, at_once = 64;
static double warm = 2, seconds = 4, side = 64, slow_share = 0, foe_share = 0, join_seconds = 60;
static double locked_least = 1, locked_all;
static int lock_wanted, with_actions, with_tls, looks;
static char world[64] = "room", pid[32] = "0", host[64] = "127.0.0.1";
static uint64_t start_us, from_us;
static double joined_s;

uint64_t now_us(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000ull + t.tv_nsec / 1000;
}

uint32_t stamp(void) { return (uint32_t)((now_us() - start_us) / 100) & 0xffffff; }

uint32_t chance(void) {
    static uint32_t state = 12345;
    state ^= state << 13, state ^= state >> 17, state ^= state << 5;
    return state;
}

// The moment that a stamp names.
uint64_t when_us(uint32_t sent) { return now_us() - ((stamp() - sent) & 0xffffff) * 100ull; }

void note_age(uint32_t sent) {
    uint32_t age = (stamp() - sent) & 0xffffff;
    if (!measuring) return;
    tally.ages[age < AGES ? age : AGES - 1]++;
    tally.aged++;
}

void note_act(uint32_t sent) {
    uint32_t age = (stamp() - sent) & 0xffffff;
    if (!measuring) return;
    tally.acts[age < AGES ? age : AGES - 1]++;
    tally.acted++;
}

void die(const char *what) {
    perror(what);
    exit(1);
}

void put(Bot *bot, int opcode, const uint8_t *data, int size) {
    uint8_t out[2048];
    static const uint8_t mask[4] = {0x11, 0x22, 0x33, 0x44};
    int at = 0;
    out[at++] = 0x80 | opcode;
    if (size < 126) out[at++] = 0x80 | size;
    else out[at++] = 0x80 | 126, out[at++] = size >> 8, out[at++] = size & 255;
    memcpy(out + at, mask, 4), at += 4;
    for (int i = 0; i < size; i++) out[at + i] = data[i] ^ mask[i & 3];
    if (line_send(&bot->line, out, at + size) != at + size && !bot->foe) tally.short_writes++;
}

// Whose bytes and frames are told: those that read as clients do.
int counts(const Bot *bot) { return measuring && !bot->foe && !bot->slow; }

static int dial(int flags) {
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port)};
    int fd = socket(AF_INET, SOCK_STREAM, 0), one = 1;
    if (fd < 0) die("socket");
    to.sin_addr.s_addr = inet_addr(host);
    fcntl(fd, F_SETFL, flags);
    if (connect(fd, (void *)&to, sizeof to) && errno != EINPROGRESS) die("connect");
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    return fd;
}

int dial_server(void) { return dial(0); }

static void ask_upgrade(Bot *bot) {
    char text[512], path[256];
    snprintf(path, sizeof path, "/w/%s/live", world);
    if (kind >= COLYSEUS) seat(path, sizeof path);
    int size = snprintf(text, sizeof text,
        "GET %s HTTP/1.1\r\nHost: localhost:%d\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n%s\r\n",
        path, port, kind == LOOM ? "Sec-WebSocket-Protocol: worldloom.2\r\n" : "");
    if (line_send(&bot->line, text, size) != size) tally.short_writes++;
    bot->stage = UPGRADING;
}

static void begin(int id) {
    Bot *bot = &bots[id];
    bot->began_us = now_us();
    int fd = dial(O_NONBLOCK); // never waits: in a storm the system may answer a second late
    bot->line = (Line){.fd = fd}, bot->stage = CONNECTING, bot->kept = 0;
    if (bot->slow) setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &(int){4096}, sizeof(int));
    struct epoll_event event = {.events = EPOLLOUT, .data.u32 = id};
    epoll_ctl(ep, EPOLL_CTL_ADD, fd, &event);
}

static void connected(Bot *bot) {
    struct epoll_event event = {.events = EPOLLIN, .data.u32 = (uint32_t)(bot - bots)};
    epoll_ctl(ep, EPOLL_CTL_MOD, bot->line.fd, &event);
    bot->line = line_on(bot->line.fd), bot->stage = HANDSHAKE;
    if (line_up(&bot->line) > 0) ask_upgrade(bot);
}

// Notes how long it was there while it was measured.
static void leave(Bot *bot) {
    uint64_t since = bot->inside_us > from_us ? bot->inside_us : from_us;
    uint64_t here = measuring ? now_us() - since : 0;
    if (!bot->foe) tally.here_us += here;
    if (counts(bot)) tally.reading_us += here;
}

static void lose(Bot *bot) {
    if (bot->line.fd < 0) return;
    epoll_ctl(ep, EPOLL_CTL_DEL, bot->line.fd, 0);
    line_end(&bot->line);
    if (bot->stage == INSIDE) leave(bot);
    if (bot->foe && bot->stage == INSIDE) tally.cut++;
    else if (bot->stage == INSIDE) tally.lost++;
    else tally.turned_away++, tally.silent += !bot->refused && !bot->foe;
    bot->stage = GONE;
}

// Was told that it cannot come in, and why.
void refused(Bot *bot) {
    uint64_t took = now_us() - bot->began_us;
    if (took > tally.slowest_refusal_us) tally.slowest_refusal_us = took;
    bot->refused = 1;
}

void inside(Bot *bot) {
    if (bot->stage == INSIDE) return;
    bot->stage = INSIDE, tally.inside++;
    bot->inside_us = now_us();
    uint64_t took = bot->inside_us - bot->began_us;
    if (took > tally.slowest_join_us) tally.slowest_join_us = took;
    if (bot->slow) epoll_ctl(ep, EPOLL_CTL_DEL, bot->line.fd, 0);
}

static void on_frame(Bot *bot, int opcode, uint8_t *data, int size) {
    if (opcode == 9) put(bot, 10, data, size < 125 ? size : 125);
    else if (opcode == 8) lose(bot);
    else if (kind == LOOM || kind == BARE) hear_loom(bot, data, size);
    else if (kind == JSON) hear_json(bot, data, size);
    else hear_colyseus(bot, data, size);
    if (counts(bot)) tally.bytes += size;
}

// Takes the whole frames out of what lies at `data`; returns how much of it they were.
static int take_frames(Bot *bot, uint8_t *data, int size) {
    int at = 0;
    while (size - at >= 2 && bot->line.fd >= 0) {
        uint8_t *head = data + at;
        uint64_t length = head[1] & 127;
        int skip = length == 126 ? 4 : length == 127 ? 10 : 2;
        if (size - at < skip) break;
        if (skip > 2) {
            length = 0;
            for (int i = 2; i < skip; i++) length = length << 8 | head[i];
        }
        if ((uint64_t)(size - at) < skip + length) break;
        on_frame(bot, head[0] & 15, head + skip, (int)length);
        at += skip + (int)length;
    }
    return at;
}

static void on_readable(Bot *bot) {
    static uint8_t shared[1 << 22];
    if (bot->stage == CONNECTING) return connected(bot);
    if (bot->stage == HANDSHAKE) {
        int up = line_up(&bot->line);
        if (up < 0) lose(bot);
        if (up <= 0) return;
        ask_upgrade(bot);
    }
    for (;;) {
        if (bot->kept) memcpy(shared, bot->rest, bot->kept);
        int room = (int)sizeof shared - bot->kept;
        ssize_t got = line_read(&bot->line, shared + bot->kept, room > 1 << 18 ? 1 << 18 : room);
        if (got < 0 && errno == EAGAIN) return;
        if (got <= 0) return lose(bot);
        int size = bot->kept + (int)got, at = 0;
        if (bot->stage == UPGRADING) {
            uint8_t *end = memmem(shared, size, "\r\n\r\n", 4);
            if (end && !memmem(shared, end - shared, " 101 ", 5)) return refused(bot), lose(bot);
            if (end) at = (int)(end - shared) + 4, bot->stage = ASKING, greet(bot);
        }
        if (bot->stage != UPGRADING) at += take_frames(bot, shared + at, size - at);
        if (bot->line.fd < 0) return;
        bot->kept = size - at;
        if (bot->kept > bot->room) bot->room = bot->kept * 2, bot->rest = realloc(bot->rest, bot->room);
        if (bot->kept) memcpy(bot->rest, shared + at, bot->kept);
        if (got < 1 << 17 && !with_tls) return;
    }
}

static void wait_us(int64_t most) {
    struct epoll_event events[512];
    struct timespec limit = {0, most < 0 ? 0 : most * 1000};
    int found = epoll_pwait2(ep, events, 512, &limit, 0);
    for (int i = 0; i < found; i++) {
        Bot *bot = &bots[events[i].data.u32];
        if (bot->line.fd >= 0) on_readable(bot);
    }
}

static void place_all(void) {
    // A grid with a circle at each place: the crowd stays uniform, and nobody comes near another.
    int edge = (int)ceil(sqrt(count));
    double gap = side / edge, radius = fmin(gap > 4 ? gap * 0.4 : (gap - 0.62) / 2, 6);
    for (int i = 0; i < count; i++) {
        Bot *bot = &bots[i];
        bot->line.fd = -1, bot->x = (i % edge + 0.5) * gap, bot->z = (i / edge + 0.5) * gap;
        bot->radius = radius < 0.01 ? 0.01 : radius, bot->turn = chance() % 6283 / 1000.0;
        bot->step = fmin(1.4 / bot->radius, 3.0) * 0.05 * (i % 2 ? 1 : -1);
        bot->slow = i < slow_share * count;
        bot->foe = (int)((i + 1) * foe_share) > (int)(i * foe_share);
    }
}

// Lets some more of the first `many` begin, and says whether all are in or know that they are not.
static int come(int *begun, int many) {
    int done = tally.inside + tally.turned_away;
    // Those who come are heard meanwhile: else the last one's beginning is the first one's wait.
    for (int most = 16; most && *begun < many && *begun - done < at_once; most--) begin((*begun)++);
    return *begun >= many && done >= many;
}

static int join(int many) {
    uint64_t before = now_us(), until = before + join_seconds * 1e6;
    int begun = 0;
    while (!come(&begun, many) && now_us() < until) wait_us(begun < many ? 0 : 2000);
    joined_s = (now_us() - before) / 1e6;
    return begun;
}

static void step(Bot *bot) {
    if (bot->foe) return annoy(bot);
    bot->turn += bot->step;
    double x = bot->x + bot->radius * cos(bot->turn), z = bot->z + bot->radius * sin(bot->turn);
    say_pose(bot, x, z);
    if (measuring) tally.sent++;
    if (with_actions && kind == LOOM && chance() % (20 * count) < (uint32_t)with_actions) act(bot);
}

// Once a second: which share of the bots sends just before the tick.
static void look_at_locks(void) {
    int locked = 0, here = 0;
    for (int i = 0; i < count; i++)
        if (bots[i].stage == INSIDE && !bots[i].foe) here++, locked += bots[i].locked;
    double share = here ? (double)locked / here : 0;
    if (share < locked_least) locked_least = share;
    locked_all += share, looks++;
}

// One that does not read does not hear that it was cut: the system knows.
static void find_the_cut(void) {
    for (int i = 0; i < count; i++) {
        struct tcp_info info = {0};
        socklen_t size = sizeof info;
        if (!bots[i].slow || bots[i].foe || bots[i].stage != INSIDE || bots[i].line.fd < 0) continue;
        getsockopt(bots[i].line.fd, IPPROTO_TCP, TCP_INFO, &info, &size);
        if (info.tcpi_state != TCP_ESTABLISHED) lose(&bots[i]);
    }
}

// Of a process, and of those that it started.
static double cpu_of(const char *id) {
    char name[64], text[1024], child[32];
    unsigned long user = 0, system = 0;
    double beside = 0;
    snprintf(name, sizeof name, "/proc/%s/stat", id);
    FILE *file = fopen(name, "r");
    if (!file) return 0;
    text[fread(text, 1, sizeof text - 1, file)] = 0, fclose(file);
    sscanf(strrchr(text, ')') + 2, "%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu",
        &user, &system);
    snprintf(name, sizeof name, "/proc/%s/task/%s/children", id, id);
    for (file = fopen(name, "r"); file && fscanf(file, "%31s", child) == 1;) beside += cpu_of(child);
    if (file) fclose(file);
    return beside + (double)(user + system) / sysconf(_SC_CLK_TCK);
}

// The most that it ever held.
static double peak_of(const char *id) {
    char name[64], row[256];
    double kb = 0;
    snprintf(name, sizeof name, "/proc/%s/status", id);
    FILE *file = fopen(name, "r");
    if (!file) return 0;
    while (fgets(row, sizeof row, file))
        if (sscanf(row, "VmHWM: %lf", &kb) == 1) break;
    fclose(file);
    return kb * 1024 / 1e6;
}

static double memory_of(const char *id) {
    char name[64];
    long pages = 0;
    snprintf(name, sizeof name, "/proc/%s/statm", id);
    FILE *file = fopen(name, "r");
    if (!file) return 0;
    if (fscanf(file, "%*d %ld", &pages) != 1) pages = 0;
    fclose(file);
    return pages * 4096.0 / 1e6;
}

static double own_cpu(void) {
    struct rusage used;
    getrusage(RUSAGE_SELF, &used);
    return used.ru_utime.tv_sec + used.ru_stime.tv_sec
        + (used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
}

// A wheel of 0.25 ms slots: whose next pose is due when, whatever moved it.
static int wheel[WHEEL], after[1 << 16];

static void due_at(int id, uint64_t at) {
    bots[id].due_us = at;
    int slot = at / SLOT_US % WHEEL;
    after[id] = wheel[slot], wheel[slot] = id;
}

static void run(int coming) {
    uint64_t begun = now_us(), slot = begun / SLOT_US;
    double cpu = 0, own = 0;
    int late = coming < count;
    memset(wheel, 0xff, sizeof wheel);
    for (int i = 0; i < count; i++) due_at(i, begun + 1000 + (uint64_t)(i * 50000.0 / count));
    for (;;) {
        uint64_t now = now_us();
        if (!measuring && now - begun > warm * 1e6)
            measuring = 1, from_us = now, cpu = cpu_of(pid), own = own_cpu();
        if (measuring && now - from_us > seconds * 1e6) break;
        if (measuring && lock_wanted && now - from_us > looks * 1000000ull) look_at_locks();
        if (measuring && late) late = !come(&coming, count), joined_s = (now - from_us) / 1e6;
        for (int most = 64; slot <= now / SLOT_US && most; slot++, most--) {
            int id = wheel[slot % WHEEL];
            wheel[slot % WHEEL] = -1;
            while (id >= 0) {
                int next = after[id];
                Bot *bot = &bots[id];
                uint64_t late = now_us() - bot->due_us;
                if (measuring && late < 1000000 && late > tally.late_us) tally.late_us = late;
                if (bot->line.fd >= 0 && bot->stage == INSIDE) step(bot);
                else if (bot->foe && bot->stage == GONE && chance() % 40 == 0) begin(id);
                int64_t shift = lock_wanted ? correction(bot) : 0;
                due_at(id, bot->due_us + TICK_US + shift);
                id = next;
            }
        }
        int64_t rest = (int64_t)(slot * SLOT_US) - (int64_t)now_us();
        wait_us(rest > 2000 ? 2000 : measuring && coming < count ? 0 : rest);
    }
    double took = (now_us() - from_us) / 1e6;
    tally.cpu = (cpu_of(pid) - cpu) / took, tally.own_cpu = (own_cpu() - own) / took;
    tally.seconds = took;
}

static double ms_of(const uint64_t *ages, uint64_t all, double share) {
    uint64_t wanted = all * share, seen = 0;
    for (int i = 0; i < AGES; i++)
        if ((seen += ages[i]) > wanted) return i / 10.0;
    return AGES / 10.0;
}

// Who held the lock: 99 of 100 times that a bot heard of its own pose, it had come as was meant.
static double held_share(int *longest) {
    int held = 0, all = 0;
    for (int i = 0; i < count; i++) {
        const Bot *bot = &bots[i];
        if (!bot->heard || bot->foe || bot->slow) continue;
        all++, held += bot->astray <= bot->heard / 100;
        if (bot->away_most > *longest) *longest = bot->away_most;
    }
    return all ? (double)held / all : 0;
}

static double age_ms(double share) { return ms_of(tally.ages, tally.aged, share); }
static double act_ms(double share) { return ms_of(tally.acts, tally.acted, share); }

static void option(const char *text) {
    sscanf(text, "warm=%lf", &warm), sscanf(text, "seconds=%lf", &seconds);
    sscanf(text, "side=%lf", &side), sscanf(text, "slow=%lf", &slow_share);
    sscanf(text, "at_once=%d", &at_once), sscanf(text, "pid=%31s", pid);
    sscanf(text, "lock=%d", &lock_wanted), sscanf(text, "world=%63s", world);
    sscanf(text, "actions=%d", &with_actions), sscanf(text, "join=%lf", &join_seconds);
    sscanf(text, "foes=%lf", &foe_share), sscanf(text, "tls=%d", &with_tls);
    sscanf(text, "first=%d", &first), sscanf(text, "host=%63s", host);
}

int main(int argc, char **argv) {
    static const char *kinds[] = {"loom", "bare", "json", "colyseus", "quantized"};
    if (argc < 4) return 2;
    for (int i = 0; i < 5; i++)
        if (!strcmp(argv[1], kinds[i])) kind = i;
    port = atoi(argv[2]), count = atoi(argv[3]);
    for (int i = 4; i < argc; i++) option(argv[i]);
    struct rlimit files = {1 << 16, 1 << 16};
    setrlimit(RLIMIT_NOFILE, &files);
    if (count > 60000 || !(bots = calloc(count, sizeof *bots))) return 2;
    start_us = now_us(), ep = epoll_create1(0);
    lines(with_tls, 0, 0);
    place_all();
    if (first <= 0 || first > count) first = count;
    run(first < count ? join(first) : (join(count), count));
    int alive = 0, locked = 0, waiting = 0, longest = 0;
    find_the_cut();
    for (int i = 0; i < count; i++) {
        Bot *bot = &bots[i];
        if (bot->foe || bot->line.fd < 0) continue;
        if (bot->stage == INSIDE) alive++, locked += bot->locked, leave(bot);
        else waiting++, tally.silent += !bot->told;
    }
    double each = tally.here_us / 1e6 + 1e-9, reading = tally.reading_us / 1e6 + 1e-9;
    double held = held_share(&longest);
    printf("{\"people\": %d, \"alive\": %d, \"lost\": %d, \"turned_away\": %d, \"silent\": %d, "
        "\"waiting\": %d, \"join_s\": %.2f, \"slowest_join_ms\": %.0f, \"slowest_refusal_ms\": %.0f, ",
        count, alive, tally.lost, tally.turned_away, tally.silent, waiting, joined_s,
        tally.slowest_join_us / 1e3, tally.slowest_refusal_us / 1e3);
    printf("\"cpu\": %.3f, \"kb_per_s\": %.2f, \"frames_per_s\": %.2f, \"frames\": %.0f, "
        "\"poses_per_s\": %.2f, \"p50_ms\": %.1f, \"p90_ms\": %.1f, \"p99_ms\": %.1f, "
        "\"memory_mb\": %.0f, \"memory_peak_mb\": %.0f, ",
        tally.cpu, tally.bytes / reading / 1e3, tally.frames / reading,
        tally.frames / tally.seconds, tally.sent / each, age_ms(.5), age_ms(.9), age_ms(.99),
        memory_of(pid), peak_of(pid));
    printf("\"bots_cpu\": %.2f, \"bots_late_ms\": %.1f, \"short_writes\": %d, \"seen\": %llu, "
        "\"locked\": %d, \"locked_least\": %.4f, \"locked_mean\": %.4f, \"held_share\": %.4f, "
        "\"astray_longest\": %d, \"foes_cut\": %d, \"acts\": %d, \"act_p50_ms\": %.1f, "
        "\"act_p99_ms\": %.1f}\n",
        tally.own_cpu, tally.late_us / 1e3, tally.short_writes, (unsigned long long)tally.aged,
        locked, looks ? locked_least : 0, looks ? locked_all / looks : 0, held, longest, tally.cut,
        tally.acted, tally.acted ? act_ms(.5) : 0, tally.acted ? act_ms(.99) : 0);
    return 0;
}
