/* Attempts and their outcomes: what opens a connection, what only repeats, and what answered. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "capture/load.h"
#include "packets.h"

enum { A = 1, B = 2, ROUTER = 9 };

static void load(struct packets *packets, struct ks_log *log)
{
    struct ks_load_options options = {0};
    struct ks_capture_info info;
    struct ks_status status = ks_load_bytes(packets->at, packets->n, &options, log, &info);
    assert_string_equal(status.message, "");
    assert_int_equal(status.code, KS_OK);
    assert_int_equal(log->n, packets->count);
    assert_int_equal(info.packets, packets->count);
    ks_capture_info_free(&info);
    packets_free(packets);
}

/* Each event as a letter: '.' no attempt, 's' silent, 'o' open, 'r' refused, 'u' unreachable; in capitals where it is one again. */
static const char *marks(const struct ks_log *log)
{
    static char text[256];
    size_t attempts = 0;
    assert_true(log->n < sizeof text);
    for (size_t i = 0; i < log->n; i++) {
        bool attempt = (log->mark[i] & KS_MARK_ATTEMPT) != 0, again = (log->mark[i] & KS_MARK_AGAIN) != 0;
        assert_false(attempt && again);
        const char *outcomes = attempt ? "soru" : "SORU";
        text[i] = attempt || again ? outcomes[ks_log_outcome(log, i)] : '.';
        if (attempt || again) {
            assert_true(attempts < log->n_attempts);
            assert_int_equal(log->attempts[attempts++], i);
        }
    }
    assert_int_equal(attempts, log->n_attempts);
    text[log->n] = '\0';
    return text;
}

static void assert_marks(struct packets *packets, const char *want)
{
    struct ks_log log;
    load(packets, &log);
    assert_string_equal(marks(&log), want);
    ks_log_free(&log);
}

static void syn(struct packets *packets, int64_t time, unsigned sport, unsigned dport, uint32_t isn)
{
    packets_tcp(packets, time, A, sport, B, dport, KS_SYN, isn, 0);
}

static void syn_ack(struct packets *packets, int64_t time, unsigned sport, unsigned dport, uint32_t ack)
{
    packets_tcp(packets, time, B, dport, A, sport, KS_SYN | KS_ACK, 77, ack);
}

static void rst(struct packets *packets, int64_t time, unsigned sport, unsigned dport, uint32_t ack)
{
    packets_tcp(packets, time, B, dport, A, sport, KS_RST | KS_ACK, 0, ack);
}

static void a_syn_is_an_attempt_once_for_its_tuple_and_number(void **state)
{
    (void)state;
    struct packets p = {0};
    syn(&p, 0, 1000, 80, 5);
    syn(&p, 1 * SECOND, 1000, 80, 5);  /* retransmissions */
    syn(&p, 3 * SECOND, 1000, 80, 5);
    syn(&p, 4 * SECOND, 1001, 80, 5);  /* another source port */
    syn(&p, 5 * SECOND, 1000, 81, 5);  /* another port */
    syn(&p, 6 * SECOND, 1000, 80, 6);  /* another initial number */
    packets_tcp(&p, 7 * SECOND, A, 1000, 3, 80, KS_SYN, 5, 0);  /* another target */
    packets_tcp(&p, 8 * SECOND, 3, 1000, B, 80, KS_SYN, 5, 0);  /* another source */
    packets_tcp(&p, 9 * SECOND, B, 80, A, 1000, KS_SYN, 5, 0);  /* the other direction */
    packets_tcp(&p, 10 * SECOND, A, 1000, B, 80, KS_ACK, 5, 1);
    packets_tcp(&p, 10 * SECOND, A, 1000, B, 80, 0, 99, 0);
    packets_tcp(&p, 10 * SECOND, A, 1002, B, 80, KS_SYN | KS_FIN | KS_URG, 5, 0);
    packets_tcp(&p, 10 * SECOND, A, 1003, B, 80, KS_SYN | KS_RST, 5, 0);
    assert_marks(&p, "s..ssssss..ss");
}

static void an_older_number_of_a_tuple_is_remembered(void **state)
{
    (void)state;
    struct packets p = {0};
    for (uint32_t isn = 0; isn < 40; isn++)
        syn(&p, isn * MS, 1000, 80, isn);
    syn(&p, 50 * MS, 1000, 80, 0);
    syn(&p, 51 * MS, 1000, 80, 38);
    syn(&p, 52 * MS, 1000, 80, 39);
    syn_ack(&p, 53 * MS, 1000, 80, 1);  /* answers number 0 */
    rst(&p, 54 * MS, 1000, 80, 40);     /* answers number 39 */
    assert_marks(&p, "ossssssssssssssssssssssssssssssssssssssr.....");
}

static void what_comes_back_is_the_outcome(void **state)
{
    (void)state;
    struct packets p = {0};
    syn(&p, 0, 1000, 1, 5);
    syn(&p, 0, 1000, 2, 5);
    syn(&p, 0, 1000, 3, 5);
    syn(&p, 0, 1000, 4, 5);
    syn_ack(&p, MS, 1000, 1, 6);
    rst(&p, MS, 1000, 2, 6);
    packets_unreachable(&p, MS, ROUTER, 1, 6, A, 1000, B, 3, 5, 8);
    assert_marks(&p, "orus...");
}

static void the_first_answer_counts_but_open_beats_the_others(void **state)
{
    (void)state;
    struct packets p = {0};
    syn(&p, 0, 1000, 1, 5);
    syn(&p, 0, 1000, 2, 5);
    syn(&p, 0, 1000, 3, 5);
    syn(&p, 0, 1000, 4, 5);
    syn_ack(&p, MS, 1000, 1, 6);
    rst(&p, 2 * MS, 1000, 1, 6);
    rst(&p, MS, 1000, 2, 6);
    syn_ack(&p, 2 * MS, 1000, 2, 6);
    rst(&p, MS, 1000, 3, 6);
    packets_unreachable(&p, 2 * MS, B, 3, 6, A, 1000, B, 3, 5, 8);
    packets_unreachable(&p, MS, B, 3, 6, A, 1000, B, 4, 5, 8);
    rst(&p, 2 * MS, 1000, 4, 6);
    assert_marks(&p, "ooru........");
}

static void an_answer_that_acknowledges_no_known_number_goes_to_the_latest(void **state)
{
    (void)state;
    struct packets p = {0};
    syn(&p, 0, 1000, 1, 5);
    syn(&p, 1 * MS, 1000, 1, 500);
    syn_ack(&p, 2 * MS, 1000, 1, 520); /* took in data with the SYN */
    packets_tcp(&p, 3 * MS, A, 1000, B, 2, KS_SYN, 5, 0);
    packets_tcp(&p, 4 * MS, B, 2, A, 1000, KS_RST, 0, 0); /* a firewall's reset without acknowledgement */
    assert_marks(&p, "so.r.");
}

static void what_the_source_sends_itself_is_no_answer(void **state)
{
    (void)state;
    struct packets p = {0};
    syn(&p, 0, 1000, 1, 5);
    packets_tcp(&p, MS, A, 1000, B, 1, KS_RST, 6, 0);
    packets_tcp(&p, MS, A, 1000, B, 1, KS_RST | KS_ACK, 6, 6);
    packets_tcp(&p, MS, A, 1000, B, 1, KS_SYN | KS_ACK, 6, 6);
    packets_tcp(&p, MS, B, 1, A, 1000, KS_ACK, 6, 6);  /* a challenge, neither open nor refused */
    packets_tcp(&p, MS, B, 2, A, 1000, KS_RST, 6, 6);  /* another port */
    packets_tcp(&p, MS, 3, 1, A, 1000, KS_RST, 6, 6);  /* another host */
    assert_marks(&p, "s......");
}

static void a_reset_with_syn_and_ack_refuses(void **state)
{
    (void)state;
    struct packets p = {0};
    syn(&p, 0, 1000, 1, 5);
    packets_tcp(&p, MS, B, 1, A, 1000, KS_SYN | KS_ACK | KS_RST, 7, 6);
    assert_marks(&p, "r.");
}

static void an_error_about_a_later_segment_does_not_touch_the_attempt(void **state)
{
    (void)state;
    struct packets p = {0};
    syn(&p, 0, 1000, 1, 5);
    packets_unreachable(&p, MS, ROUTER, 1, 6, A, 1000, B, 1, 6, 8);
    syn(&p, 2 * MS, 1000, 2, 5);
    packets_unreachable(&p, 3 * MS, ROUTER, 1, 6, A, 1000, B, 2, 0, 4); /* cut before the number: by the ports alone */
    syn(&p, 4 * MS, 1000, 3, 5);
    syn(&p, 4 * MS, 1000, 3, 6);
    packets_unreachable(&p, 5 * MS, ROUTER, 13, 6, A, 1000, B, 3, 5, 8); /* the older of the two */
    assert_marks(&p, "s.u.us.");
}

static void errors_about_hosts_never_seen_are_harmless(void **state)
{
    (void)state;
    struct packets p = {0};
    struct ks_log log;
    packets_unreachable(&p, 0, ROUTER, 1, 6, 50, 1000, 51, 1, 6, 8);
    packets_unreachable(&p, 0, ROUTER, 1, 17, ROUTER, 1000, 50, 1, 6, 8);
    load(&p, &log);
    assert_int_equal(log.n_hosts, 2);
    assert_string_equal(marks(&log), "..");
    ks_log_free(&log);
}

static void the_first_datagram_of_a_flow_is_an_attempt(void **state)
{
    (void)state;
    struct packets p = {0};
    packets_udp(&p, 0, A, 1000, B, 53);
    packets_udp(&p, MS, B, 53, A, 1000);
    packets_udp(&p, 2 * MS, A, 1000, B, 53);
    packets_udp(&p, 3 * MS, A, 1001, B, 53);
    packets_udp(&p, 4 * MS, A, 1000, B, 54);
    packets_udp(&p, 5 * MS, A, 1001, B, 53);
    packets_udp(&p, 6 * MS, A, 7, A, 7); /* to itself */
    packets_udp(&p, 7 * MS, A, 7, A, 7);
    packets_tcp(&p, 8 * MS, A, 1000, B, 53, KS_SYN, 5, 0); /* TCP ports are others */
    assert_marks(&p, "o..ss.s.s");
}

static void errors_refuse_or_fail_to_reach_a_datagram(void **state)
{
    (void)state;
    struct packets p = {0};
    packets_udp(&p, 0, A, 1000, B, 1);
    packets_unreachable(&p, MS, B, 3, 17, A, 1000, B, 1, 0, 8);
    packets_udp(&p, 0, A, 1000, B, 2);
    packets_unreachable(&p, MS, ROUTER, 13, 17, A, 1000, B, 2, 0, 8);
    packets_udp(&p, 0, A, 1000, B, 3);
    packets_unreachable(&p, MS, ROUTER, 1, 17, A, 1000, B, 3, 0, 4);
    packets_udp(&p, 0, A, 1000, B, 4); /* it is the answer that was refused */
    packets_udp(&p, MS, B, 4, A, 1000);
    packets_unreachable(&p, 2 * MS, A, 3, 17, B, 4, A, 1000, 0, 8);
    packets_udp(&p, 0, A, 1000, B, 5);
    packets_unreachable(&p, 2 * MS, A, 3, 17, B, 5, A, 1000, 0, 8);
    assert_marks(&p, "r.u.u.o..s.");
}

static void icmp(struct packets *packets, int64_t time, unsigned a, unsigned b, unsigned type, uint32_t number, size_t n)
{
    struct frame frame = {0};
    frame_ipv4(&frame, a, b, 1, 8 + n);
    frame_byte(&frame, type);
    frame_byte(&frame, 0);
    frame_be16(&frame, 0);
    frame_be32(&frame, number);
    frame_zeros(&frame, n);
    packets_add(packets, time, &frame);
}

/* The outcome of a request is what came back with its own identifier and number; requests are no attempts. */
static void replies_answer_the_request_of_their_number(void **state)
{
    (void)state;
    struct packets p = {0};
    struct ks_log log;
    icmp(&p, 0, A, B, 8, 0x70001, 100);
    icmp(&p, 1 * MS, A, B, 8, 0x70002, 100);
    icmp(&p, 2 * MS, A, B, 8, 0x70003, 100);
    icmp(&p, 3 * MS, A, B, 13, 0x70003, 12);
    icmp(&p, 4 * MS, B, A, 0, 0x70002, 100);
    icmp(&p, 5 * MS, A, B, 0, 0x70001, 100); /* from the wrong side */
    icmp(&p, 6 * MS, B, A, 14, 0x70003, 12);
    icmp(&p, 7 * MS, A, B, 8, 0x80001, 100);
    struct frame error = {0};
    frame_ipv4(&error, ROUTER, A, 1, 8 + 20 + 8);
    frame_hex(&error, "03 0d 0000 00000000");
    frame_ipv4(&error, A, B, 1, 108);
    frame_hex(&error, "08 00 0000 00080001");
    packets_add(&p, 8 * MS, &error);
    load(&p, &log);
    assert_int_equal(log.n_attempts, 0);
    enum ks_outcome want[] = {KS_SILENT, KS_OPEN, KS_SILENT, KS_OPEN, 0, 0, 0, KS_UNREACHABLE};
    for (size_t i = 0; i < 8; i++)
        if (i < 4 || i == 7)
            assert_int_equal(ks_log_outcome(&log, i), want[i]);
    ks_log_free(&log);
}

static void a_syn_that_comes_too_late_is_one_again(void **state)
{
    (void)state;
    struct packets p = {0};
    syn(&p, 0, 1000, 1, 5); /* silent: pauses double up to 64 s */
    syn(&p, 8 * SECOND, 1000, 1, 5);
    syn(&p, 32 * SECOND, 1000, 1, 5); /* 8 + 2 * 8 s after it */
    syn(&p, 102 * SECOND, 1000, 1, 5);
    syn(&p, 172 * SECOND + 1, 1000, 1, 5);
    rst(&p, 173 * SECOND, 1000, 1, 6);
    assert_marks(&p, "s...R.");
    syn(&p, 0, 1000, 1, 5);
    syn(&p, SECOND, 1000, 1, 5);
    syn(&p, 11 * SECOND + 1, 1000, 1, 5); /* more than 8 + 2 * 1 s after it */
    assert_marks(&p, "s.S");
    syn(&p, 0, 1000, 1, 5); /* answered: 3 s */
    rst(&p, MS, 1000, 1, 6);
    syn(&p, 3 * SECOND, 1000, 1, 5);
    syn(&p, 6 * SECOND, 1000, 1, 5);
    syn(&p, 9 * SECOND + 1, 1000, 1, 5);
    syn(&p, 17 * SECOND, 1000, 1, 5); /* that one is silent so far */
    syn_ack(&p, 71 * SECOND, 1000, 1, 6);
    syn(&p, 74 * SECOND, 1000, 1, 5);
    assert_marks(&p, "r...O..S");
}

static void a_syn_is_one_again_after_its_port_went_elsewhere(void **state)
{
    (void)state;
    struct packets p = {0};
    syn(&p, 0, 20, 7000, 0); /* a tool with one source port and number for all: 7000 8000 7000 */
    rst(&p, MS, 20, 7000, 1);
    syn(&p, 500 * MS, 20, 8000, 0);
    rst(&p, 501 * MS, 20, 8000, 1);
    syn(&p, SECOND, 20, 7000, 0);
    rst(&p, 1001 * MS, 20, 7000, 1);
    assert_marks(&p, "r.r.R.");
    syn(&p, 0, 20, 7000, 0); /* copies of the whole capture, a millisecond later */
    rst(&p, MS / 10, 20, 7000, 1);
    syn(&p, MS / 2, 20, 8000, 0);
    syn(&p, MS, 20, 7000, 0);
    assert_marks(&p, "r.s.");
    syn(&p, 0, 20, 7000, 0); /* nobody answered; who waits for one to be sent again tries no other from there */
    syn(&p, 500 * MS, 20, 8000, 0);
    syn(&p, SECOND, 20, 7000, 0);
    assert_marks(&p, "ssS");
    syn(&p, 0, 1000, 7000, 5); /* another socket in between, or another number */
    rst(&p, MS, 1000, 7000, 6);
    syn(&p, 500 * MS, 1001, 8000, 9);
    syn(&p, 600 * MS, 1000, 7000, 8);
    syn(&p, SECOND, 1000, 7000, 5);
    assert_marks(&p, "r.ss.");
}

static void an_older_number_may_come_again(void **state)
{
    (void)state;
    struct packets p = {0};
    syn(&p, 0, 1000, 1, 5);
    rst(&p, 0, 1000, 1, 6);
    syn(&p, SECOND, 1000, 1, 6);
    syn(&p, 4 * SECOND, 1000, 1, 5);
    syn_ack(&p, 4 * SECOND, 1000, 1, 6);
    assert_marks(&p, "r.sO.");
}

static void a_datagram_after_a_minute_of_silence_is_one_again(void **state)
{
    (void)state;
    struct packets p = {0};
    packets_udp(&p, 0, A, 1000, B, 53);
    packets_udp(&p, 60 * SECOND - 1, A, 1000, B, 53);
    packets_udp(&p, 120 * SECOND - 1, A, 1000, B, 53);
    packets_udp(&p, 170 * SECOND, B, 53, A, 1000);
    packets_udp(&p, 229 * SECOND, A, 1000, B, 53); /* the silence is of both directions */
    packets_udp(&p, 300 * SECOND, B, 53, A, 1000); /* not in the attempt's direction */
    packets_udp(&p, 400 * SECOND, A, 1000, B, 53);
    packets_unreachable(&p, 401 * SECOND, B, 3, 17, A, 1000, B, 53, 0, 8);
    assert_marks(&p, "s.O...R.");
}

static void a_refused_datagram_is_one_again_after_some_seconds(void **state)
{
    (void)state;
    struct packets p = {0};
    packets_udp(&p, 0, A, 53, B, 9876);
    packets_unreachable(&p, SECOND, B, 3, 17, A, 53, B, 9876, 0, 8);
    packets_udp(&p, 3 * SECOND, A, 53, B, 9876);
    packets_udp(&p, 6 * SECOND, A, 53, B, 9876); /* not longer than the pause */
    packets_udp(&p, 38 * SECOND, A, 53, B, 9876);
    packets_udp(&p, 50 * SECOND, A, 53, B, 9876); /* silent as far as is known: part of it */
    packets_udp(&p, 0, A, 53, B, 9877);
    packets_unreachable(&p, SECOND, B, 1, 17, A, 53, B, 9877, 0, 8);
    packets_udp(&p, 4 * SECOND, A, 53, B, 9877);
    assert_marks(&p, "r...S.u.S");
}

static void an_empty_datagram_that_nobody_answers_is_one_again_after_some_seconds(void **state)
{
    (void)state;
    struct packets p = {0};
    packets_udp_empty(&p, 0, A, 53, B, 9876);
    packets_udp_empty(&p, 8 * SECOND, A, 53, B, 9876);
    packets_udp_empty(&p, 17 * SECOND, A, 53, B, 9876);
    packets_udp(&p, 30 * SECOND, A, 53, B, 9876); /* with something in it: the exchange goes on */
    packets_udp_empty(&p, 40 * SECOND, A, 53, B, 9876);
    packets_udp(&p, 0, A, 53, B, 9877);
    packets_udp_empty(&p, 20 * SECOND, A, 53, B, 9877);
    packets_udp_empty(&p, 0, A, 53, B, 9878);
    packets_udp(&p, SECOND, B, 9878, A, 53);
    packets_udp_empty(&p, 20 * SECOND, A, 53, B, 9878);
    assert_marks(&p, "s.S.Ss.o..");
}

static void a_clock_that_goes_back_makes_nothing_new(void **state)
{
    (void)state;
    struct packets p = {0};
    syn(&p, 4000 * SECOND, 1000, 1, 5);
    syn(&p, 1 * SECOND, 1000, 1, 5);
    packets_udp(&p, 4000 * SECOND, A, 1000, B, 53);
    packets_udp(&p, 1 * SECOND, A, 1000, B, 53);
    assert_marks(&p, "s.s.");
}

static void rows_say_what_the_packets_say(void **state)
{
    (void)state;
    struct packets p = {0};
    struct ks_log log;
    syn(&p, 1700000000 * SECOND + 123456789, 1000, 80, 5);
    packets_udp(&p, 1700000001 * SECOND, B, 53, A, 1000);
    struct frame ping = {0};
    frame_ipv4(&ping, A, 3, 1, 12);
    frame_hex(&ping, "08 00 0000 0001 0001 61626364");
    packets_add(&p, 1700000002 * SECOND, &ping);
    struct frame six = frame_of("60000000 000c 11 40 20010db8000000000000000000000001 20010db8000000000000000000000002 "
                                "d903 0035 000c 0000 61626364");
    packets_add(&p, 1700000003 * SECOND, &six);
    load(&p, &log);
    char text[64];
    assert_int_equal(log.time[0], 1700000000 * SECOND + 123456789);
    assert_string_equal(ks_format_address(text, sizeof text, &log.hosts[log.source[0]]), "10.0.0.1");
    assert_string_equal(ks_format_address(text, sizeof text, &log.hosts[log.target[0]]), "10.0.0.2");
    assert_int_equal(log.sport[0], 1000);
    assert_int_equal(log.dport[0], 80);
    assert_int_equal(log.flags[0], KS_SYN);
    assert_int_equal(log.mark[0], KS_TCP | KS_MARK_ATTEMPT | KS_MARK_EMPTY);
    assert_int_equal(log.packet[0], 1);
    assert_int_equal(log.source[1], log.target[0]);
    assert_int_equal(log.target[1], log.source[0]);
    assert_int_equal(log.mark[1], KS_UDP | KS_MARK_ATTEMPT);
    assert_int_equal(log.mark[2], KS_ICMP | KS_MARK_REQUEST);
    assert_int_equal(log.sport[2], 0x0800);
    assert_int_equal(log.dport[2], 4);
    assert_string_equal(ks_format_address(text, sizeof text, &log.hosts[log.target[3]]), "2001:db8::2");
    assert_int_equal(log.n_hosts, 5);
    assert_int_equal(log.packet[3], 4);
    ks_log_free(&log);
}

/* The same rules written down a second time, as plainly as they can be: everything before is searched from the beginning. */
struct seen {
    int64_t time;
    unsigned a, b, sport, dport, flags;
    uint32_t seq, ack;
    char mark;   /* as in marks() */
    int state;   /* the event that carries the outcome of this attempt now; -1: no attempt */
    int64_t last;
};

static void settle(struct seen *at, int state, char outcome)
{
    char had = at[state].mark;
    bool again = had >= 'A' && had <= 'Z';
    char low = again ? (char)(had + 32) : had;
    if (low == 's' || (outcome == 'o' && low != 'o'))
        at[state].mark = again ? (char)(outcome - 32) : outcome;
}

/* Whether the same source port tried another port of the same host since event `from`, as far as 64 attempts before event n tell. */
static bool plainly_elsewhere(const struct seen *at, int from, int n)
{
    for (int k = n - 1, attempts = 0; k > from && attempts < 64; k--) {
        attempts += at[k].mark != '.';
        if (at[k].mark != '.' && at[k].a == at[n].a && at[k].b == at[n].b && at[k].sport == at[n].sport && at[k].dport != at[n].dport)
            return true;
    }
    return false;
}

static void plain_rules(struct seen *at, int n)
{
    for (int i = 0; i < n; i++) {
        struct seen *e = &at[i];
        e->mark = '.';
        e->state = -1;
        if (e->flags == KS_SYN) {
            int same = -1;
            for (int k = 0; k < i && same < 0; k++)
                if (at[k].state >= 0 && at[k].mark >= 'a' && at[k].a == e->a && at[k].b == e->b && at[k].sport == e->sport &&
                    at[k].dport == e->dport && at[k].seq == e->seq)
                    same = k;
            if (same < 0) {
                e->mark = 's';
                e->state = i;
                e->last = e->time;
                continue;
            }
            char now = at[at[same].state].mark;
            bool silent = now == 's' || now == 'S';
            int64_t most = 8 * SECOND + 2 * (at[same].last - at[at[same].state].time);
            if (e->time - at[same].last > (!silent ? 3 * SECOND : most < 70 * SECOND ? most : 70 * SECOND) ||
                (e->time - at[same].last > 2 * MS && plainly_elsewhere(at, at[same].state, i))) {
                e->mark = 'S';
                at[same].state = i;
            }
            at[same].last = e->time;
            continue;
        }
        int exact = -1, latest = -1;
        for (int k = 0; k < i; k++)
            if (at[k].state >= 0 && at[k].a == e->b && at[k].b == e->a && at[k].sport == e->dport && at[k].dport == e->sport) {
                latest = k;
                if (at[k].seq == e->ack - 1)
                    exact = k;
            }
        int to = exact >= 0 ? exact : latest;
        if (to >= 0)
            settle(at, at[to].state, (e->flags & KS_RST) != 0 ? 'r' : 'o');
    }
}

static void random_traffic_agrees_with_the_plain_rules(void **state)
{
    (void)state;
    enum { N = 250 };
    uint64_t x = 7;
    for (int round = 0; round < 120; round++) {
        struct seen at[N];
        struct packets p = {0};
        int64_t time = 0;
        for (int i = 0; i < N; i++) {
            struct seen *e = &at[i];
            x = x * 6364136223846793005U + 1442695040888963407U;
            unsigned r = (unsigned)(x >> 33);
            time += (int64_t)(r % 7) * (r % 31 == 0 ? 20 : 1) * SECOND / 2;
            e->time = time;
            e->a = 1 + (r >> 4) % 2;
            e->b = 3 - e->a;
            e->sport = 1000 + (r >> 6) % 2;
            e->dport = 1000 + (r >> 7) % 2;
            e->seq = (r >> 9) % 4;
            e->ack = 1 + (r >> 11) % 5;
            static const unsigned flags[] = {KS_SYN, KS_SYN, KS_SYN, KS_SYN | KS_ACK, KS_RST | KS_ACK, KS_RST};
            e->flags = flags[(r >> 14) % 6];
            packets_tcp(&p, e->time, e->a, e->sport, e->b, e->dport, e->flags, e->seq, e->ack);
        }
        plain_rules(at, N);
        char want[N + 1];
        for (int i = 0; i < N; i++)
            want[i] = at[i].mark;
        want[N] = '\0';
        assert_marks(&p, want);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_syn_is_an_attempt_once_for_its_tuple_and_number),
        cmocka_unit_test(an_older_number_of_a_tuple_is_remembered),
        cmocka_unit_test(what_comes_back_is_the_outcome),
        cmocka_unit_test(the_first_answer_counts_but_open_beats_the_others),
        cmocka_unit_test(an_answer_that_acknowledges_no_known_number_goes_to_the_latest),
        cmocka_unit_test(what_the_source_sends_itself_is_no_answer),
        cmocka_unit_test(a_reset_with_syn_and_ack_refuses),
        cmocka_unit_test(an_error_about_a_later_segment_does_not_touch_the_attempt),
        cmocka_unit_test(errors_about_hosts_never_seen_are_harmless),
        cmocka_unit_test(the_first_datagram_of_a_flow_is_an_attempt),
        cmocka_unit_test(errors_refuse_or_fail_to_reach_a_datagram),
        cmocka_unit_test(replies_answer_the_request_of_their_number),
        cmocka_unit_test(a_syn_that_comes_too_late_is_one_again),
        cmocka_unit_test(a_syn_is_one_again_after_its_port_went_elsewhere),
        cmocka_unit_test(an_older_number_may_come_again),
        cmocka_unit_test(a_datagram_after_a_minute_of_silence_is_one_again),
        cmocka_unit_test(a_refused_datagram_is_one_again_after_some_seconds),
        cmocka_unit_test(an_empty_datagram_that_nobody_answers_is_one_again_after_some_seconds),
        cmocka_unit_test(a_clock_that_goes_back_makes_nothing_new),
        cmocka_unit_test(rows_say_what_the_packets_say),
        cmocka_unit_test(random_traffic_agrees_with_the_plain_rules),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
