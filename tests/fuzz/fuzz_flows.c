/* The event log and what is an attempt in it: packets of few hosts, ports and sequence numbers, held against the rules of capture/flows.h applied
 * the slow way: a list of everything that was ever opened, searched from its end.
 *
 * Six bytes a packet: what it is and its flags, hosts, ports, sequence number, time, and whether the batch ends here. */
#include <string.h>

#include "base/memory.h"
#include "capture/build.h"
#include "fuzz.h"

enum { MOST_PACKETS = 400 };

/* Whatever was opened: the last event that counts as an attempt, and when it was last heard of. */
struct opened {
    unsigned source, target, sport, dport, proto;
    uint32_t isn, event;
    int64_t last;
};

static struct opened opened[MOST_PACKETS];
static size_t n_opened;
static uint8_t expected[MOST_PACKETS]; /* attempt, again and outcome */
static int64_t times[MOST_PACKETS];
static struct opened sent[MOST_PACKETS]; /* by event: hosts and ports */
static bool empty[MOST_PACKETS];         /* datagrams */

static struct opened *look(const struct opened *like, bool isn)
{
    for (size_t i = n_opened; i-- > 0;) {
        struct opened *o = &opened[i];
        if (o->proto == like->proto && o->source == like->source && o->target == like->target && o->sport == like->sport &&
            o->dport == like->dport && (!isn || o->isn == like->isn))
            return o;
    }
    return NULL;
}

static struct opened turned(const struct opened *o)
{
    return (struct opened){.source = o->target, .target = o->source, .sport = o->dport, .dport = o->sport, .proto = o->proto,
                           .isn = o->isn};
}

static void answer(const struct opened *o, enum ks_outcome outcome)
{
    if (o == NULL)
        return;
    unsigned had = expected[o->event] >> 2 & 3;
    if (had == KS_SILENT || outcome == KS_OPEN)
        expected[o->event] = (uint8_t)((expected[o->event] & ~(unsigned)KS_MARK_OUTCOME) | (unsigned)outcome << 2);
}

static void open_new(const struct opened *like, uint32_t event)
{
    opened[n_opened] = *like;
    opened[n_opened].event = event;
    opened[n_opened++].last = times[event];
    expected[event] = KS_MARK_ATTEMPT;
}

/* How long a sender that nobody answered may wait: 8 s and twice what it has tried for already, 70 s at most. */
static int64_t patience(const struct opened *o)
{
    __int128 tried = (__int128)o->last - times[o->event], most = 8000000000 + 2 * (tried > 0 ? tried : 0);
    return most > 70000000000 ? 70000000000 : (int64_t)most;
}

/* Longer than a number of nanoseconds, in numbers that hold any difference. */
static bool pause_over(const struct opened *o, uint32_t event, int64_t most)
{
    return (__int128)times[event] - o->last > most;
}

/* Whether the source port tried another port of the same host since the last attempt, as the 64 before this event tell. */
static bool went_elsewhere(const struct opened *o, uint32_t event)
{
    unsigned attempts = 0;
    for (uint32_t e = event; e-- > o->event + 1 && attempts < 64;) {
        if ((expected[e] & (KS_MARK_ATTEMPT | KS_MARK_AGAIN)) == 0)
            continue;
        attempts++;
        if (sent[e].proto == KS_TCP && sent[e].source == o->source && sent[e].target == o->target && sent[e].sport == o->sport &&
            sent[e].dport != o->dport)
            return true;
    }
    return false;
}

static void expect_syn(const struct opened *like, uint32_t event)
{
    struct opened *o = look(like, true);
    if (o == NULL) {
        open_new(like, event);
        return;
    }
    bool answered = (expected[o->event] & KS_MARK_OUTCOME) != 0;
    bool anew = pause_over(o, event, answered ? 3000000000 : patience(o)) ||
                (pause_over(o, event, 2000000) && went_elsewhere(o, event));
    o->last = times[event];
    if (anew) {
        expected[event] = KS_MARK_AGAIN;
        o->event = event;
    }
}

static void expect_udp(const struct opened *like, uint32_t event)
{
    struct opened back = turned(like), *o = look(like, false);
    bool forth = o != NULL;
    if (!forth && (o = look(&back, false)) == NULL) {
        open_new(like, event);
        return;
    }
    unsigned outcome = expected[o->event] >> 2 & 3;
    int64_t most = 60000000000 - 1;
    if (outcome != KS_OPEN && outcome != KS_SILENT)
        most = 3000000000;
    else if (outcome == KS_SILENT && empty[o->event] && empty[event])
        most = 8000000000;
    bool anew = pause_over(o, event, most);
    o->last = times[event];
    if (!forth) {
        answer(o, KS_OPEN);
    } else if (anew) {
        expected[event] = KS_MARK_AGAIN;
        o->event = event;
    }
}

static void expect(const struct opened *like, unsigned flags, uint32_t event)
{
    bool rst = (flags & KS_RST) != 0, syn = (flags & KS_SYN) != 0, ack = (flags & KS_ACK) != 0;
    if (like->proto == KS_UDP) {
        expect_udp(like, event);
    } else if (syn && !ack) {
        expect_syn(like, event);
    } else if (rst || (syn && ack)) { /* the attempt that it acknowledges, else the one opened last */
        struct opened back = turned(like), *o = look(&back, true);
        answer(o != NULL ? o : look(&back, false), rst ? KS_REFUSED : KS_OPEN);
    }
}

static void expect_quote(const struct opened *like, bool port, bool has_seq)
{
    struct opened *o = look(like, like->proto == KS_TCP);
    if (o == NULL && like->proto == KS_TCP && !has_seq)
        o = look(like, false);
    answer(o, like->proto == KS_UDP && port ? KS_REFUSED : KS_UNREACHABLE);
}

/* Hosts 4 to 7 are IPv6, with the bytes of 0 to 3. */
static struct ks_address host(unsigned number)
{
    return (struct ks_address){.bytes = {10, 0, 0, (uint8_t)(number & 3)}, .version = number < 4 ? 4 : 6};
}

static void add(struct fuzz_input *input, struct ks_batch *batch, uint32_t event)
{
    static const uint16_t ports[] = {1, 53, 999, 65535};
    static const uint32_t isns[] = {0, 1, 77, UINT32_MAX};
    static const int64_t steps[] = {0, 3000000000, 3000000001, 8000000000, 8000000001, 59999999999, 60000000000, 70000000001};
    unsigned what = fuzz_byte(input), hosts = fuzz_byte(input), port = fuzz_byte(input), isn = fuzz_byte(input), time = fuzz_byte(input);
    unsigned six = hosts & 4;
    int64_t before = event != 0 ? times[event - 1] : 0, gap = steps[time & 7];
    gap += (time & 8) != 0 ? 1000001 : 0;
    if ((time & 0x30) == 0x30)
        gap = -gap;
    times[event] = (time & 0xc0) == 0xc0 ? (time & 1 ? INT64_MAX : INT64_MIN) : before;
    if ((time & 0xc0) != 0xc0 && __builtin_add_overflow(before, gap, &times[event]))
        times[event] = before;
    struct opened like = {.source = (hosts & 3) | six, .target = (hosts >> 3 & 3) | six, .sport = ports[port & 3],
                          .dport = ports[port >> 2 & 3], .proto = (what & 1) != 0 ? KS_UDP : KS_TCP, .isn = isns[isn & 3]};
    bool quote = (what & 0xc0) == 0xc0;
    sent[event] = like;
    empty[event] = like.proto == KS_UDP && (what & 0x20) != 0;
    struct ks_address source = host(like.source), target = host(like.target);
    struct ks_staged *s = &batch->at[batch->n++];
    *s = (struct ks_staged){.time = times[event], .number = event + 1, .isn = like.isn, .sport = (uint16_t)like.sport,
                            .dport = (uint16_t)like.dport, .flags = like.proto == KS_TCP ? what >> 1 & 0x1f : 0,
                            .mark = (uint8_t)(like.proto | (empty[event] ? KS_MARK_EMPTY : 0)), .version = source.version};
    expected[event] = 0;
    memcpy(s->source, source.bytes, 16);
    memcpy(s->target, target.bytes, 16);
    if (!quote) {
        if (like.proto == KS_UDP)
            like.isn = 0;
        expect(&like, s->flags, event);
        return;
    }
    /* An ICMP error, from the target back to the source, about the packet. */
    bool is_port = (what & 2) != 0, has_seq = like.proto == KS_UDP || (what & 4) == 0;
    struct ks_quoted *q = &batch->quotes[batch->n_quotes++];
    *q = (struct ks_quoted){.source = source, .target = target, .isn = like.isn, .sport = (uint16_t)like.sport,
                            .dport = (uint16_t)like.dport, .proto = (enum ks_proto)like.proto, .has_seq = has_seq, .port = is_port};
    s->quoted = (uint8_t)batch->n_quotes;
    s->mark = source.version == 4 ? KS_ICMP : KS_ICMP6;
    s->flags = 0;
    memcpy(s->source, target.bytes, 16);
    memcpy(s->target, source.bytes, 16);
    if (like.proto == KS_UDP)
        like.isn = 0;
    expect_quote(&like, is_port, has_seq);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    static struct ks_batch batch;
    struct fuzz_input input = {bytes, bytes + n};
    struct ks_log log;
    struct ks_builder builder;
    uint32_t events = 0;
    n_opened = 0;
    ks_builder_start(&builder, &log);
    ks_batch_clear(&batch);
    while (input.at < input.end && events < MOST_PACKETS) {
        add(&input, &batch, events++);
        if ((fuzz_byte(&input) & 3) == 3 || ks_batch_near_full(&batch)) {
            FUZZ_CHECK(ks_is_ok(ks_builder_take(&builder, &batch)));
            ks_batch_clear(&batch);
        }
    }
    FUZZ_CHECK(ks_is_ok(ks_builder_take(&builder, &batch)));
    ks_builder_finish(&builder);
    FUZZ_CHECK(log.n == events);
    size_t attempts = 0;
    for (uint32_t i = 0; i < events; i++) {
        FUZZ_CHECK((log.mark[i] & (KS_MARK_ATTEMPT | KS_MARK_AGAIN | KS_MARK_OUTCOME)) == expected[i]);
        FUZZ_CHECK(log.time[i] == times[i] && log.source[i] < log.n_hosts && log.target[i] < log.n_hosts);
        if ((expected[i] & (KS_MARK_ATTEMPT | KS_MARK_AGAIN)) != 0)
            FUZZ_CHECK(attempts < log.n_attempts && log.attempts[attempts++] == i);
    }
    FUZZ_CHECK(attempts == log.n_attempts && log.n_hosts <= 8);
    ks_log_free(&log);
    return 0;
}
