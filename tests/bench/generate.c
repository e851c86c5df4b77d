/* Writes a pcap file of so many TCP packets as clients and servers exchange them: generate PACKETS FILE [SEED]. Handshakes, data both ways, acknowledgements,
 * ends, refused connections, retransmitted attempts; a thousand connections at a time, a few thousand hosts. The same seed gives the same file. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ACTIVE = 1000, CLIENTS = 3000, SERVERS = 200 };
enum { FIN = 1, SYN = 2, RST = 4, PSH = 8, ACK = 16 };

struct connection {
    uint32_t client, server, client_seq, server_seq;
    uint16_t sport, dport;
    unsigned step, steps;
    int fate; /* 0: served, 1: refused, 2: silent */
};

static uint64_t state;

static uint32_t draw(uint32_t below)
{
    state = state * 6364136223846793005U + 1442695040888963407U;
    return (uint32_t)((state >> 33) % below);
}

static void begin(struct connection *c)
{
    static const uint16_t served[] = {80, 443, 443, 443, 22, 25, 53, 993, 8080, 5432};
    c->client = 0x0a000000U + draw(CLIENTS);
    c->server = 0xc0a80000U + draw(SERVERS);
    c->sport = (uint16_t)(32768 + draw(28000));
    c->dport = draw(20) != 0 ? served[draw(10)] : (uint16_t)(1 + draw(60000));
    c->client_seq = draw(UINT32_MAX);
    c->server_seq = draw(UINT32_MAX);
    c->step = 0;
    c->fate = draw(10) == 0 ? 1 + (int)draw(2) : 0;
    c->steps = c->fate == 0 ? 8 + draw(60) : c->fate == 1 ? 2 : 3;
}

static void put16(uint8_t *at, unsigned value)
{
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
}

static void put32(uint8_t *at, uint32_t value)
{
    put16(at, value >> 16);
    put16(at + 2, value & 0xffff);
}

static void put_le(uint8_t *at, uint32_t value)
{
    for (int i = 0; i < 4; i++)
        at[i] = (uint8_t)(value >> 8 * i);
}

/* One packet of the connection; `forth` is from client to server. Returns the record's length. */
static size_t packet(uint8_t *out, uint64_t time, struct connection *c, int forth, unsigned flags, unsigned payload)
{
    uint8_t *eth = out + 16, *ip = eth + 14, *tcp = ip + 20;
    unsigned length = 14 + 40 + payload;
    memset(out, 0, 16 + 54);
    memset(tcp + 20, 'x', payload);
    put_le(out, (uint32_t)(time / 1000000));
    put_le(out + 4, (uint32_t)(time % 1000000));
    put_le(out + 8, length);
    put_le(out + 12, length);
    eth[0] = eth[6] = 2;
    eth[5] = (uint8_t)(forth ? 1 : 2);
    eth[11] = (uint8_t)(forth ? 2 : 1);
    put16(eth + 12, 0x0800);
    ip[0] = 0x45;
    put16(ip + 2, 40 + payload);
    ip[8] = 64;
    ip[9] = 6;
    put32(ip + 12, forth ? c->client : c->server);
    put32(ip + 16, forth ? c->server : c->client);
    put16(tcp, forth ? c->sport : c->dport);
    put16(tcp + 2, forth ? c->dport : c->sport);
    put32(tcp + 4, forth ? c->client_seq : c->server_seq);
    put32(tcp + 8, (flags & ACK) == 0 ? 0 : forth ? c->server_seq : c->client_seq);
    tcp[12] = 0x50;
    tcp[13] = (uint8_t)flags;
    put16(tcp + 14, 8192);
    *(forth ? &c->client_seq : &c->server_seq) += payload + ((flags & (SYN | FIN)) != 0);
    return 16 + length;
}

static size_t advance(uint8_t *out, uint64_t time, struct connection *c)
{
    unsigned step = c->step++;
    if (c->fate == 2) { /* the same attempt over and over */
        size_t n = packet(out, time, c, 1, SYN, 0);
        c->client_seq--;
        return n;
    }
    if (step == 0)
        return packet(out, time, c, 1, SYN, 0);
    if (step == 1)
        return packet(out, time, c, 0, c->fate == 1 ? RST | ACK : SYN | ACK, 0);
    if (step == 2)
        return packet(out, time, c, 1, ACK, 0);
    if (step + 2 >= c->steps)
        return packet(out, time, c, step + 2 == c->steps, FIN | ACK, 0);
    int forth = draw(3) == 0;
    unsigned payload = draw(2) == 0 ? 0 : draw(4) == 0 ? 300 + draw(200) : draw(100);
    return packet(out, time, c, forth, payload != 0 ? PSH | ACK : ACK, payload);
}

int main(int argc, char **argv)
{
    static struct connection active[ACTIVE];
    static uint8_t record[2048];
    if (argc < 3) {
        fprintf(stderr, "usage: %s PACKETS FILE [SEED]\n", argv[0]);
        return 2;
    }
    unsigned long packets = strtoul(argv[1], NULL, 10);
    FILE *file = fopen(argv[2], "wb");
    if (file == NULL) {
        perror(argv[2]);
        return 1;
    }
    state = argc > 3 ? strtoul(argv[3], NULL, 10) : 1;
    setvbuf(file, NULL, _IOFBF, 1 << 20);
    uint8_t header[24] = {0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0, [18] = 4, [20] = 1};
    fwrite(header, 1, sizeof header, file);
    for (size_t i = 0; i < ACTIVE; i++)
        begin(&active[i]);
    uint64_t time = (uint64_t)1300000000 * 1000000;
    for (unsigned long i = 0; i < packets; i++) {
        struct connection *c = &active[draw(ACTIVE)];
        time += draw(200);
        fwrite(record, 1, advance(record, time, c), file);
        if (c->step == c->steps)
            begin(c);
    }
    if (ferror(file) || fclose(file) != 0) {
        perror(argv[2]);
        return 1;
    }
    return 0;
}
