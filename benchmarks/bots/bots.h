// What bots.c shares with talks.c: a bot, the tally, and how each server is talked to.
#pragma once
#include <stdint.h>

#include "line.h"

typedef enum { LOOM, BARE, JSON, COLYSEUS, QUANTIZED } Kind;
typedef enum { CONNECTING, HANDSHAKE, UPGRADING, ASKING, INSIDE, GONE } Stage;

enum { AGES = 100000, WHEEL = 1024, SLOT_US = 250, TICK_US = 50000 };

typedef struct {
    Line line;
    int kept, room, slow, foe, slot, refused, told;
    int locked, off, heard, astray, away, away_most;
    Stage stage;
    uint8_t *rest, sequence;
    double x, z, radius, turn, step, jitter_us, edge_us;
    uint64_t began_us, inside_us, due_us;
    uint32_t heard_of;
} Bot;

typedef struct {
    int inside, lost, turned_away, silent, short_writes, cut, acted;
    uint64_t acts[AGES];
    uint64_t ages[AGES], aged, frames, bytes, sent, late_us, slowest_join_us, slowest_refusal_us;
    uint64_t here_us, reading_us;
    double cpu, own_cpu, seconds;
} Tally;

extern Kind kind;
extern Bot *bots;
extern int count, measuring;
extern Tally tally;

uint64_t now_us(void);
uint32_t stamp(void);
uint32_t chance(void);
void die(const char *what);
void note_age(uint32_t sent);
uint64_t when_us(uint32_t sent);
void note_act(uint32_t sent);
void annoy(Bot *bot);
void put(Bot *bot, int opcode, const uint8_t *data, int size);
void inside(Bot *bot);
void refused(Bot *bot);
int dial_server(void);
int counts(const Bot *bot);

void seat(char *path, int room);
void greet(Bot *bot);
void act(Bot *bot);
void say_pose(Bot *bot, double x, double z);
void hear_loom(Bot *bot, uint8_t *data, int size);
void hear_json(Bot *bot, uint8_t *data, int size);
void hear_colyseus(Bot *bot, uint8_t *data, int size);
int64_t correction(Bot *bot);
