// A far and lossy way, below TCP: link LEAST_US JITTER_US LOSS
//
// Every packet that is sent to 10.77.0.2 comes back from there as one to 10.77.0.1, later, in order,
// or not at all: whoever connects to the first address reaches who listens at the second. Changing
// places leaves the checksums right. It is what `tc netem` does, for kernels without it: needs
// /dev/net/tun and a network namespace of one's own. On SIGTERM it tells how many packets it lost.
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

enum { MOST = 1 << 15, SIZE = 1600 };
typedef struct { uint64_t due_us; int size; uint8_t data[SIZE]; } Packet;
static Packet line[MOST]; // a ring: what is on its way
static volatile sig_atomic_t over;

static uint64_t now_us(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000ull + t.tv_nsec / 1000;
}

static double chance(void) {
    static uint32_t state = 4711;
    state ^= state << 13, state ^= state >> 17, state ^= state << 5;
    return state / 4294967296.0;
}

static void end(int number) { (void)number, over = 1; }

static void turn(uint8_t *packet) {
    uint8_t from[4];
    memcpy(from, packet + 12, 4), memcpy(packet + 12, packet + 16, 4), memcpy(packet + 16, from, 4);
}

int main(int argc, char **argv) {
    if (argc < 4) return 2;
    double least = atof(argv[1]), jitter = atof(argv[2]), loss = atof(argv[3]);
    int tun = open("/dev/net/tun", O_RDWR | O_NONBLOCK);
    struct ifreq name = {.ifr_name = "far", .ifr_flags = IFF_TUN | IFF_NO_PI};
    if (tun < 0 || ioctl(tun, TUNSETIFF, &name)) return perror("tun"), 1;
    signal(SIGTERM, end);
    puts("ready"), fflush(stdout);
    uint64_t last = 0, went = 0, lost = 0, full = 0, head = 0, tail = 0;
    while (!over) {
        for (int most = 64; most; most--) {
            Packet *one = &line[tail % MOST];
            uint8_t rest[SIZE];
            int no_room = tail - head == MOST;
            ssize_t got = read(tun, no_room ? rest : one->data, SIZE);
            if (got <= 0) break;
            full += no_room;
            if (no_room || chance() < loss) { lost++; continue; }
            if (got < 20 || one->data[0] >> 4 != 4) continue;
            uint64_t due = now_us() + least + jitter * chance();
            last = one->due_us = due > last ? due : last; // nobody overtakes
            one->size = (int)got, turn(one->data), tail++, went++;
        }
        uint64_t now = now_us();
        for (; head < tail && line[head % MOST].due_us <= now; head++)
            if (write(tun, line[head % MOST].data, line[head % MOST].size) < 0) lost++;
        int64_t rest = head < tail ? (int64_t)(line[head % MOST].due_us - now_us()) : 100000;
        if (rest < 0) rest = 0;
        struct pollfd come = {.fd = tun, .events = POLLIN};
        ppoll(&come, 1, &(struct timespec){0, rest * 1000}, 0);
    }
    printf("{\"packets\": %llu, \"packets_lost\": %llu, \"packets_no_room\": %llu}\n", (unsigned long long)went,
        (unsigned long long)lost, (unsigned long long)full);
    return 0;
}
