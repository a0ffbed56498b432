// What bots.c shares with talks.c: a bot, the tally, and how each server is talked to.
#pragma once
#include <stdint.h>

#include "line.h"

typedef enum { LOOM, BARE, JSON, COLYSEUS, QUANTIZED } Kind;
typedef enum { CONNECTING, HANDSHAKE, UPGRADING, ASKING, INSIDE, GONE } Stage;

enum { AGES = 100000, WHEEL = 1024, SLOT_US = 250, LEAD_US = 8000 };

typedef struct {
    Line line;
    int kept, room, slow, foe, slot, locked, hold, refused;
    Stage stage;
    uint8_t *rest, sequence;
    double x, z, radius, turn, step, jitter_us;
    uint64_t began_us, due_us;
    int64_t shift_us, lead_us;
    uint32_t asked;
} Bot;

typedef struct {
    int inside, lost, turned_away, short_writes, cut, acted;
    uint64_t acts[AGES];
    uint64_t ages[AGES], aged, frames, bytes, sent, late_us, slowest_join_us, slowest_refusal_us;
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
void note_act(uint32_t sent);
void annoy(Bot *bot);
void put(Bot *bot, int opcode, const uint8_t *data, int size);
void inside(Bot *bot);

void seat(char *path, int room, int port);
void greet(Bot *bot);
void act(Bot *bot);
void say_pose(Bot *bot, double x, double z);
void hear_loom(Bot *bot, uint8_t *data, int size);
void hear_json(Bot *bot, uint8_t *data, int size);
void hear_colyseus(Bot *bot, uint8_t *data, int size);
int64_t correction(Bot *bot);
