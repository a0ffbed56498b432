// How a bot talks with each kind of server: ours, a JSON relay, Colyseus.
#define _GNU_SOURCE
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bots.h"

enum { MESSAGE = 0, POSE = 1, MOTION = 2, RECORD = 12 };
static const double CELL_M = 32;

static int u16(const uint8_t *at) { return at[0] | at[1] << 8; }

static void put_u16(uint8_t *at, int value) { at[0] = value & 255, at[1] = value >> 8 & 255; }

// Ours

static int says(const uint8_t *data, int size, const char *word) {
    int most = size < 4096 ? size : 4096;
    return memmem(data, most, word, strlen(word)) != 0;
}

void greet(Bot *bot) {
    if (kind == LOOM) put(bot, 2, (uint8_t *)"\0\x82\xa4type\xa5hello\xa7version\x02", 22);
    else if (kind < COLYSEUS) inside(bot);
}

static void go(Bot *bot) {
    uint8_t out[128] = "\0\x84\xa4type\xa2" "do\xa2id\x01\xa6" "action\xa2go\xa4" "args\x81\xa8position\x93";
    int at = 40;
    double place[3] = {bot->x + bot->radius * cos(bot->turn), 0,
        bot->z + bot->radius * sin(bot->turn)};
    for (int i = 0; i < 3; i++) {
        uint64_t bits;
        memcpy(&bits, &place[i], 8);
        out[at++] = 0xcb;
        for (int b = 7; b >= 0; b--) out[at++] = bits >> 8 * b & 255;
    }
    put(bot, 2, out, at);
}

// Says the moment of saying it, so that whoever hears it knows how long it took to be kept and heard.
void act(Bot *bot) {
    char ask[] = "\0\x84\xa4type\xa2" "do\xa2id\x02\xa6" "action\xa3say\xa4" "args\x81\xa4text\xaa" "act:000000";
    snprintf(ask + sizeof ask - 7, 7, "%06x", stamp());
    put(bot, 2, (const uint8_t *)ask, sizeof ask - 1);
}

// One bot in sixteen listens: all hear the same, and looking costs.
static void hear_acts(Bot *bot, uint8_t *data, int size) {
    if ((bot - bots) % 16) return;
    for (uint8_t *at = data; (at = memmem(at, data + size - at, "act:", 4)); at += 4) {
        char text[7] = {0};
        if (data + size - at < 10) return;
        memcpy(text, at + 4, 6);
        note_act((uint32_t)strtoul(text, 0, 16));
    }
}

// What a malicious socket does: each time something else that no client of ours would.
void annoy(Bot *bot) {
    static uint8_t junk[1500];
    uint8_t head[14] = {0x82, 0xff, 0, 0, 0, 0, 0x40};
    switch (chance() % 64) {
    case 0: for (int i = 0; i < 1500; i++) junk[i] = chance(); put(bot, 2, junk, 1500); break;
    case 1: put(bot, 1, (uint8_t *)"{\"type\":\"hello\"}", 16); break;
    case 2: line_send(&bot->line, head, sizeof head); break;  // a frame of a gigabyte begins
    case 3: put(bot, 2, (uint8_t *)"\0\x82\xa4type\xa5hello\xa7version\x02", 22); break;
    case 4: for (int i = 0; i < 400; i++) act(bot); break;
    case 5: put(bot, 2, (uint8_t *)"\x03\x07garbage", 9); break;
    default:
        for (int i = 0; i < 8; i++) say_pose(bot, chance() % 20000, chance() % 20000);
    }
}

static void hear_message(Bot *bot, uint8_t *data, int size) {
    if (bot->stage == INSIDE && measuring) hear_acts(bot, data, size);
    if (bot->stage != ASKING) return;
    if (says(data, size, "welcome")) {
        uint8_t *slot = memmem(data, size, "\xa4slot", 5);
        bot->slot = !slot ? -1 : slot[5] < 128 ? slot[5] : slot[5] == 0xcc ? slot[6]
            : slot[6] << 8 | slot[7];
        go(bot);
    } else if (says(data, size, "\xa6placed")) inside(bot); // place 100 of a queue looks like it
    else if (says(data, size, "\xa6queued")) bot->told = 1;
    else if (says(data, size, "bye")) refused(bot);
}

// As client/src/net/phase-lock.ts: the moment at which a pose has to leave to come just as a tick
// begins is followed by bounded steps, and found anew after three poses far off.
enum { LEAST_US = 4000, MOST_US = 20000, STEP_US = 2000, LOST_US = 12000, LOST_TIMES = 3 };
enum { NEAR_US = 5000 }; // a pose that came within this of when it was meant to counts as locked

static double nearest(double us) { return us - round(us / TICK_US) * TICK_US; }

static double lead_us(const Bot *bot) {
    return fmin(MOST_US, LEAST_US + 2 * bot->jitter_us);
}

// The phase in our own record says when in its tick the pose came that left at `sent`.
static void hear_phase(Bot *bot, uint32_t sent, int phase) {
    if (sent == bot->heard_of) return; // told once more of the same pose
    bot->heard_of = sent;
    double seen = (double)when_us(sent) + TICK_US - phase * 250;
    if (!bot->edge_us) bot->edge_us = seen, bot->jitter_us = LEAST_US;
    double error = nearest(seen - bot->edge_us), step = fmin(STEP_US, fabs(0.2 * error));
    bot->locked = fabs(error) <= NEAR_US, bot->away = bot->locked ? 0 : bot->away + 1;
    if (measuring) bot->heard++, bot->astray += !bot->locked;
    if (bot->away > bot->away_most && measuring) bot->away_most = bot->away;
    if (fabs(error) <= LOST_US) {
        bot->jitter_us += 0.1 * (fabs(error) - bot->jitter_us);
        bot->edge_us += copysign(step, error), bot->off = 0;
    } else if (++bot->off == LOST_TIMES) bot->edge_us = seen, bot->off = 0;
}

// How much later the next pose shall leave than a tick after the last one.
int64_t correction(Bot *bot) {
    return bot->edge_us ? (int64_t)nearest(bot->edge_us - lead_us(bot) - (double)bot->due_us) : 0;
}

static int slot_in(Bot *bot, const uint8_t *records, int found) {
    for (int low = 0, high = found - 1; low <= high;) {
        int middle = (low + high) / 2, slot = u16(records + RECORD * middle);
        if (slot == bot->slot) return middle;
        if (slot < bot->slot) low = middle + 1;
        else high = middle - 1;
    }
    return -1;
}

static uint32_t sent_in(const uint8_t *one) {
    return u16(one + 8) | (one[2] & 15) << 16 | (one[6] & 15) << 20;
}

static void sample(const uint8_t *records, int found) {
    for (int i = 0; i < 2 && found; i++) {
        const uint8_t *one = records + RECORD * (chance() % found);
        note_age(sent_in(one));
    }
}

void hear_loom(Bot *bot, uint8_t *data, int size) {
    if (size < 8) return;
    if (data[0] == MESSAGE) hear_message(bot, data, size);
    if (data[0] != MOTION) return;
    if (counts(bot)) tally.frames++;
    int sections = u16(data + 2), at = 8;
    // Who is far is told of rarely by ours: a pose is as old as it gets in one's own cell. Others,
    // who are told nothing of their own slot, look anywhere.
    int wanted = kind == BARE && sections ? (int)(chance() % sections) : -1;
    for (int i = 0; i < sections && at + 8 <= size; i++) {
        int found = u16(data + at + 4);
        const uint8_t *records = data + at + 8;
        at += 8 + RECORD * found;
        if (at > size) return;
        int mine = kind == LOOM ? slot_in(bot, records, found) : -1;
        if (mine >= 0) hear_phase(bot, sent_in(records + RECORD * mine), records[RECORD * mine + 11]);
        if (measuring && (mine >= 0 || i == wanted)) sample(records, found);
    }
}

static void say_ours(Bot *bot, double x, double z) {
    uint8_t out[16] = {POSE, bot->sequence++};
    double column = floor(x / CELL_M), row = floor(z / CELL_M);
    uint32_t sent = stamp();
    // The lowest bits of x and z are 8 mm of the way: nobody sees them, and time has room there.
    int in_x = ((int)((x / CELL_M - column) * 65536) & 0xfff0) | (sent >> 16 & 15);
    int in_z = ((int)((z / CELL_M - row) * 65536) & 0xfff0) | (sent >> 20 & 15);
    put_u16(out + 2, (int)column), put_u16(out + 4, (int)row), put_u16(out + 6, in_x);
    put_u16(out + 8, 128 * 128), put_u16(out + 10, in_z), put_u16(out + 12, sent & 0xffff);
    put_u16(out + 14, 1);
    put(bot, 2, out, sizeof out);
}

// A relay of JSON, as networked-aframe has it

static void say_json(Bot *bot, double x, double z) {
    char text[400];
    int id = (int)(bot - bots);
    int size = snprintf(text, sizeof text,
        "{\"ts\":%u,\"dataType\":\"u\",\"data\":{\"networkId\":\"n%07d\",\"owner\":\"c%07d\","
        "\"components\":{\"0\":{\"x\":%.5f,\"y\":%.5f,\"z\":%.5f},\"1\":{\"x\":0,\"y\":%.5f,"
        "\"z\":0}}}}", stamp(), id, id, x, 1.6, z, bot->turn);
    put(bot, 1, (uint8_t *)text, size);
}

void hear_json(Bot *bot, uint8_t *data, int size) {
    if (counts(bot)) tally.frames++;
    if (size > 20 && chance() % 8 == 0) note_age((uint32_t)strtoul((char *)data + 6, 0, 10));
}

// Colyseus 0.18: seats by HTTP, then binary messages (10 join, 13 room data, 15 patch)

static int value_of(const char *text, const char *name, char *out, int room) {
    char pattern[64];
    snprintf(pattern, sizeof pattern, "\"%s\":\"", name);
    const char *at = strstr(text, pattern);
    int size = 0;
    if (!at) return 0;
    for (at += strlen(pattern); *at && *at != '"' && size < room - 1;) out[size++] = *at++;
    out[size] = 0;
    return size;
}

void seat(char *path, int room) {
    static Line line = {.fd = -1};
    static const char ask[] = "POST /matchmake/joinOrCreate/world HTTP/1.1\r\nHost: x\r\n"
                              "Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}";
    char text[4096], session[64], id[64], process[64], *body;
    if (line.fd < 0) {
        line = line_on(dial_server());
        if (line_up(&line) < 1) die("matchmake");
    }
    if (line_send(&line, ask, sizeof ask - 1) < 0) die("matchmake");
    for (int size = 0;;) {
        ssize_t got = line_read(&line, text + size, (int)sizeof text - 1 - size);
        if (got <= 0) die("matchmake");
        text[size += (int)got] = 0;
        if ((body = strstr(text, "\r\n\r\n")) && strstr(body, "}")) break;
    }
    if (!value_of(text, "sessionId", session, 64) || !value_of(text, "roomId", id, 64)
        || !value_of(text, "processId", process, 64)) {
        fprintf(stderr, "%s\n", text);
        exit(1);
    }
    snprintf(path, room, "/%s/%s?sessionId=%s", process, id, session);
}

// Counts in the range where a float32 holds every whole number; the second repeats the first,
// turned by a pattern, so that it is found among other bytes.
static void say_colyseus(Bot *bot, double x, double z) {
    uint8_t out[64] = {13, 0xa1, 'p', 0x94};
    int at = 4;
    uint32_t sent = stamp() & 0x7fffff;
    // Some millimetres more or less: all four fields are others each time.
    float rest[2];
    rest[0] = (float)z + 0.0001f * (chance() % 100);
    rest[1] = (float)x + 0.0001f * (chance() % 100);
    if (kind == COLYSEUS) {
        uint32_t words[2] = {0x800000 + sent, 0x800000 + (sent ^ 0x2aaaaa)};
        for (int i = 0; i < 2; i++) {
            out[at++] = 0xce;
            for (int b = 3; b >= 0; b--) out[at++] = words[i] >> 8 * b & 255;
        }
    } else {
        uint32_t words[2] = {sent & 0xffff, (sent & 0xffff) ^ 0x5555};
        for (int i = 0; i < 2; i++) out[at++] = 0xcd, out[at++] = words[i] >> 8, out[at++] = words[i];
        rest[0] = chance() % 60000, rest[1] = chance() % 60000;
    }
    for (int i = 0; i < 2; i++) {
        uint32_t bits;
        memcpy(&bits, &rest[i], 4), out[at++] = 0xca;
        for (int b = 3; b >= 0; b--) out[at++] = bits >> 8 * b & 255;
    }
    put(bot, 2, out, at);
}

static int stamp_at(const uint8_t *at, uint32_t *sent) {
    if (kind == QUANTIZED) {
        *sent = u16(at + 1);
        return at[0] == 0x80 && at[3] == 0x81 && (*sent ^ 0x5555) == (uint32_t)u16(at + 4);
    }
    uint32_t again = at[6] | at[7] << 8 | (at[8] & 127) << 16;
    *sent = at[1] | at[2] << 8 | (at[3] & 127) << 16;
    return at[0] == 0x80 && at[4] == 0x4b && at[5] == 0x81 && (*sent ^ 0x2aaaaa) == again;
}

void hear_colyseus(Bot *bot, uint8_t *data, int size) {
    if (size && data[0] == 10 && bot->stage == ASKING) {
        put(bot, 2, (uint8_t *)"\x0a", 1);
        return inside(bot);
    }
    if (size < 24 || data[0] != 15) return;
    if (counts(bot)) tally.frames++;
    int from = (int)(chance() % size);
    for (int i = 0; i < size && measuring; i++) {
        int at = (from + i) % size;
        uint32_t sent, mask = kind == QUANTIZED ? 0xffff : 0x7fffff;
        if (at + 10 > size || !stamp_at(data + at, &sent)) continue;
        return note_age((stamp() & 0xffffff) - (((stamp() & mask) - sent) & mask));
    }
}

void say_pose(Bot *bot, double x, double z) {
    if (kind == LOOM || kind == BARE) say_ours(bot, x, z);
    else if (kind == JSON) say_json(bot, x, z);
    else say_colyseus(bot, x, z);
}
