/* src/mining: items, and cutting the event stream into windows. Random logs are held against an oracle elsewhere
 * (tests/oracle); here is one case for each thing that the words of windows.h promise. */
#include "mining_data.h"

#include "mining/item.h"

enum { MOST = 64 };

/* A log with room for MOST events; hosts are 10.0.0.0, 10.0.0.1 ... */
struct small_log {
    struct ks_log log;
    int64_t time[MOST];
    uint32_t source[MOST], target[MOST];
    uint16_t sport[MOST], dport[MOST];
    uint8_t flags[MOST], mark[MOST];
    struct ks_address hosts[8];
};

static void small_log(struct small_log *s)
{
    memset(s, 0, sizeof *s);
    s->log.time = s->time;
    s->log.source = s->source;
    s->log.target = s->target;
    s->log.sport = s->sport;
    s->log.dport = s->dport;
    s->log.flags = s->flags;
    s->log.mark = s->mark;
    s->log.hosts = s->hosts;
    s->log.n_hosts = 8;
    for (uint8_t i = 0; i < 8; i++)
        s->hosts[i] = (struct ks_address){.bytes = {10, 0, 0, i}, .version = 4};
}

static void event(struct small_log *s, int64_t time, uint32_t source, uint32_t target, uint16_t port)
{
    size_t i = s->log.n++;
    assert_true(i < MOST);
    s->time[i] = time;
    s->source[i] = source;
    s->target[i] = target;
    s->dport[i] = port;
    s->flags[i] = KS_SYN;
    s->mark[i] = KS_TCP | KS_MARK_ATTEMPT;
}

static const struct ks_windowing by_count = {.cut = KS_CUT_COUNT, .size = 3, .stride = 3};

static void cut(struct small_log *s, const struct ks_windowing *how, struct ks_window_sets *out)
{
    struct ks_status status = ks_window_sets_make(&s->log, KS_ITEMS_TCP, how, NULL, NULL, out);
    assert_string_equal(status.message, "");
    assert_int_equal(status.code, KS_OK);
}

/* The windows of a port, as text: "0 2 5". */
static const char *windows_of(const struct ks_window_sets *sets, uint16_t port)
{
    static char text[256];
    size_t n = 0;
    uint32_t x = ks_window_sets_find(sets, ks_item_port(KS_TCP, port));
    text[0] = '\0';
    if (x == UINT32_MAX)
        return "-";
    for (size_t i = sets->start[x]; i < sets->start[x + 1]; i++)
        n += (size_t)snprintf(text + n, sizeof text - n, n > 0 ? " %u" : "%u", (unsigned)sets->windows[i]);
    return text;
}

static void items_are_written_and_read(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        ks_item item;
    } cases[] = {{"999", 999},
                 {"0", 0},
                 {"65535", 65535},
                 {"udp/53", (ks_item)1 << 32 | 53},
                 {"icmp/8/0/56", (ks_item)2 << 32 | 0x800u << 16 | 56},
                 {"icmp6/128/0/56", (ks_item)3 << 32 | (ks_item)0x8000u << 16 | 56},
                 {"icmp/255/255/65535", (ks_item)2 << 32 | 0xffffffffu}};
    char out[32];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        ks_item item = 1;
        assert_string_equal(ks_item_format(out, sizeof out, cases[i].item), cases[i].text);
        assert_true(ks_item_parse(cases[i].text, &item));
        assert_true(item == cases[i].item);
    }
    ks_item item = 7;
    assert_true(ks_item_parse("tcp/22", &item));
    assert_int_equal(item, 22);
    static const char *const wrong[] = {"",     "65536", "-1",       " 1",       "1 ",        "udp/",        "udp/1/2",
                                        "sctp/1", "icmp/8", "icmp/8/0", "icmp/256/0/1", "tcp/+1", "1/2", "icmp/8/0/56/1", "/1", "99999999999"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_false(ks_item_parse(wrong[i], &item));
    enum ks_items kind;
    for (int i = 0; i <= KS_ITEMS_ICMP; i++) {
        assert_true(ks_items_parse(ks_items_name((enum ks_items)i), &kind));
        assert_int_equal(kind, i);
    }
    assert_false(ks_items_parse("ports", &kind));
}

static void windowings_are_written_and_read(void **state)
{
    (void)state;
    static const char *const texts[] = {"1", "1000", "30s", "session:30s", "session:1500ms", "2m", "1h", "3d", "7us", "session:1ns"};
    char out[64];
    struct ks_windowing how = {.scope = KS_SCOPE_PAIR};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        assert_int_equal(ks_windowing_parse(texts[i], &how).code, KS_OK);
        assert_string_equal(ks_windowing_format(out, sizeof out, &how), texts[i]);
    }
    assert_int_equal(how.scope, KS_SCOPE_PAIR);
    assert_int_equal(ks_windowing_parse("1000", &how).code, KS_OK);
    assert_int_equal(how.stride, 1000);
    static const char *const wrong[] = {"", "0", "-5", "0s", "session:30", "session:", "30 s", "ten", "1e3", "session:-1s"};
    assert_int_equal(ks_windowing_parse("30s", &how).code, KS_OK);
    assert_int_equal(how.stride, 0); /* the stride of windows by count does not stay behind */
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_int_equal(ks_windowing_parse(wrong[i], &how).code, KS_USAGE);
    enum ks_scope scope;
    assert_true(ks_scope_parse("target", &scope));
    assert_int_equal(scope, KS_SCOPE_TARGET);
    assert_false(ks_scope_parse("host", &scope));
}

static void the_last_short_window_is_kept(void **state)
{
    (void)state;
    struct small_log s;
    struct ks_window_sets sets;
    small_log(&s);
    for (uint16_t i = 0; i < 7; i++)
        event(&s, i, 0, 1, (uint16_t)(i % 2 == 0 ? 80 : 443));
    cut(&s, &by_count, &sets);
    assert_int_equal(sets.t, 7);
    assert_int_equal(sets.u, 2);
    assert_int_equal(sets.l, 3);
    assert_string_equal(windows_of(&sets, 80), "0 1 2");
    assert_string_equal(windows_of(&sets, 443), "0 1");
    assert_int_equal(sets.window[2].events, 1);
    assert_int_equal(sets.window[2].event, 6);
    assert_true(sets.equal_size);
    assert_true(sets.mean_events > 2.33 && sets.mean_events < 2.34);
    ks_window_sets_free(&sets);
}

static void one_short_window_is_not_of_equal_size(void **state)
{
    (void)state;
    struct small_log s;
    struct ks_window_sets sets;
    small_log(&s);
    event(&s, 0, 0, 1, 80);
    cut(&s, &by_count, &sets);
    assert_int_equal(sets.l, 1);
    assert_false(sets.equal_size);
    ks_window_sets_free(&sets);
}

static void nothing_makes_no_windows(void **state)
{
    (void)state;
    struct small_log s;
    struct ks_window_sets sets;
    small_log(&s);
    for (int i = 0; i < 3; i++) {
        struct ks_windowing how = by_count;
        how.cut = (enum ks_cut)i;
        how.ns = 1;
        cut(&s, &how, &sets);
        assert_int_equal(sets.l, 0);
        assert_int_equal(sets.u, 0);
        assert_int_equal(sets.start[0], 0);
        ks_window_sets_free(&sets);
    }
}

static void windows_overlap_by_their_stride(void **state)
{
    (void)state;
    struct small_log s;
    struct ks_window_sets sets;
    small_log(&s);
    for (uint16_t i = 0; i < 5; i++)
        event(&s, i, 0, 1, i);
    struct ks_windowing how = {.cut = KS_CUT_COUNT, .size = 3, .stride = 1};
    cut(&s, &how, &sets);
    assert_int_equal(sets.l, 5);
    assert_string_equal(windows_of(&sets, 0), "0");
    assert_string_equal(windows_of(&sets, 2), "0 1 2");
    assert_string_equal(windows_of(&sets, 4), "2 3 4");
    assert_int_equal(sets.window[2].events, 3);
    assert_int_equal(sets.window[4].events, 1);
    assert_int_equal(sets.window[1].first, 1);
    assert_int_equal(sets.window[1].last, 3);
    ks_window_sets_free(&sets);
}

static void a_stride_beyond_the_size_leaves_events_out_of_windows_but_counts_them(void **state)
{
    (void)state;
    struct small_log s;
    struct ks_window_sets sets;
    small_log(&s);
    for (uint16_t i = 0; i < 6; i++)
        event(&s, i, 0, 1, i);
    struct ks_windowing how = {.cut = KS_CUT_COUNT, .size = 2, .stride = 4};
    cut(&s, &how, &sets);
    assert_int_equal(sets.t, 6);
    assert_int_equal(sets.u, 6);
    assert_int_equal(sets.l, 2);
    assert_string_equal(windows_of(&sets, 1), "0");
    assert_string_equal(windows_of(&sets, 2), "");
    assert_string_equal(windows_of(&sets, 4), "1");
    /* Items in no window are in no pair. */
    struct ks_pairs *pairs;
    size_t n;
    assert_int_equal(ks_pairs_mine(&sets, 1, NULL, &pairs).code, KS_OK);
    ks_pairs_triples(pairs, &n);
    assert_int_equal(n, 1);
    ks_pairs_free(pairs);
    ks_window_sets_free(&sets);
}

static void time_slices_begin_at_the_first_event_and_empty_ones_are_no_windows(void **state)
{
    (void)state;
    struct small_log s;
    struct ks_window_sets sets;
    small_log(&s);
    event(&s, 100, 0, 1, 1);
    event(&s, 109, 0, 1, 2);
    event(&s, 110, 0, 1, 3);
    event(&s, 165, 0, 1, 4);
    event(&s, 99, 0, 1, 5);  /* goes back to before the start: slice -1 */
    event(&s, 119, 0, 1, 6); /* goes back to slice 1 */
    struct ks_windowing how = {.cut = KS_CUT_TIME, .ns = 10};
    cut(&s, &how, &sets);
    assert_int_equal(sets.l, 4);
    assert_string_equal(windows_of(&sets, 2), "0");
    assert_string_equal(windows_of(&sets, 3), "1");
    assert_string_equal(windows_of(&sets, 4), "2");
    assert_string_equal(windows_of(&sets, 5), "3");
    assert_string_equal(windows_of(&sets, 6), "1");
    ks_window_sets_free(&sets);
}

static void times_at_the_ends_of_their_range_do_not_overflow(void **state)
{
    (void)state;
    struct small_log s;
    struct ks_window_sets sets;
    small_log(&s);
    event(&s, INT64_MIN, 0, 1, 1);
    event(&s, INT64_MAX, 0, 1, 2);
    event(&s, INT64_MIN + 1, 0, 1, 3);
    event(&s, 0, 0, 1, 4);
    struct ks_windowing how = {.cut = KS_CUT_TIME, .ns = 2};
    cut(&s, &how, &sets);
    assert_int_equal(sets.l, 3);
    assert_string_equal(windows_of(&sets, 3), "0");
    ks_window_sets_free(&sets);
    how.cut = KS_CUT_SESSION;
    how.ns = INT64_MAX;
    cut(&s, &how, &sets);
    assert_int_equal(sets.l, 2); /* up by 2^64 - 1; down; up by 2^63 - 1, which is not more than the gap */
    ks_window_sets_free(&sets);
}

static void a_session_ends_after_more_than_the_gap(void **state)
{
    (void)state;
    struct small_log s;
    struct ks_window_sets sets;
    small_log(&s);
    event(&s, 0, 0, 1, 1);
    event(&s, 5, 2, 1, 2);  /* another source */
    event(&s, 30, 0, 1, 3); /* exactly the gap: the same session */
    event(&s, 61, 0, 1, 4); /* more */
    event(&s, 62, 1, 0, 5); /* the other way is another pair */
    struct ks_windowing how = {.cut = KS_CUT_SESSION, .ns = 30, .scope = KS_SCOPE_PAIR};
    cut(&s, &how, &sets);
    assert_int_equal(sets.l, 4);
    assert_string_equal(windows_of(&sets, 1), "0");
    assert_string_equal(windows_of(&sets, 2), "1");
    assert_string_equal(windows_of(&sets, 3), "0");
    assert_string_equal(windows_of(&sets, 4), "2");
    assert_string_equal(windows_of(&sets, 5), "3");
    assert_false(sets.equal_size);
    ks_window_sets_free(&sets);
    how.scope = KS_SCOPE_TARGET;
    cut(&s, &how, &sets);
    assert_int_equal(sets.l, 3);
    assert_string_equal(windows_of(&sets, 2), "0");
    ks_window_sets_free(&sets);
}

static void only_the_events_asked_for_take_part(void **state)
{
    (void)state;
    struct small_log s;
    struct ks_window_sets sets;
    small_log(&s);
    for (uint16_t i = 0; i < 6; i++)
        event(&s, i, i % 2u, 2 + i % 3u, (uint16_t)(10 + i));
    s.flags[1] = KS_SYN | KS_ACK;
    s.mark[2] = KS_UDP | KS_MARK_ATTEMPT;
    s.mark[3] = KS_TCP;
    s.mark[4] = KS_ICMP | KS_MARK_REQUEST;
    s.sport[4] = 0x0800;
    static const uint32_t events[] = {4, 4, 3, 1, 1}; /* tcp, attempts, syn, udp, icmp */
    for (int i = 0; i <= KS_ITEMS_ICMP; i++) {
        assert_int_equal(ks_window_sets_make(&s.log, (enum ks_items)i, &by_count, NULL, NULL, &sets).code, KS_OK);
        assert_int_equal(sets.t, events[i]);
        ks_window_sets_free(&sets);
    }
    struct ks_narrow narrow = {.by_host = true, .host = s.hosts[1], .by_time = true, .from = 1, .to = 5};
    assert_int_equal(ks_window_sets_make(&s.log, KS_ITEMS_TCP, &by_count, &narrow, NULL, &sets).code, KS_OK);
    assert_int_equal(sets.t, 2); /* events 1 and 3 */
    assert_int_equal(sets.window[0].event, 1);
    ks_window_sets_free(&sets);
}

static void cancelling_stops_a_cut(void **state)
{
    (void)state;
    struct small_log s;
    struct ks_window_sets sets;
    struct ks_progress progress = {0};
    small_log(&s);
    event(&s, 0, 0, 1, 1);
    atomic_store(&progress.cancel, true);
    assert_int_equal(ks_window_sets_make(&s.log, KS_ITEMS_TCP, &by_count, NULL, &progress, &sets).code, KS_CANCELLED);
    assert_null(sets.window);
}

static void running_out_of_memory_is_a_status(void **state)
{
    (void)state;
    struct small_log s;
    small_log(&s);
    for (uint16_t i = 0; i < 20; i++) {
        event(&s, i, i % 3u, i % 2u, (uint16_t)(i / 2));
        s.mark[i] = i % 5 == 0 ? KS_ICMP | KS_MARK_REQUEST : KS_TCP | KS_MARK_ATTEMPT;
    }
    struct ks_narrow narrow = {.by_host = true, .host = s.hosts[0]};
    for (int kind = 0; kind < 5; kind++) {
        struct ks_windowing how = {.cut = (enum ks_cut)(kind % 3), .size = 3, .stride = kind == 3 ? 1 : 3, .ns = 2, .scope = KS_SCOPE_PAIR};
        size_t failures = 0;
        enum ks_code code = KS_NOMEM;
        for (size_t n = 1; code == KS_NOMEM; n++) {
            struct ks_window_sets sets;
            ks_memory_fail_from(n);
            code = ks_window_sets_make(&s.log, kind == 4 ? KS_ITEMS_ICMP : KS_ITEMS_TCP, &how, &narrow, NULL, &sets).code;
            ks_memory_fail_from(0);
            failures += code == KS_NOMEM;
            ks_window_sets_free(&sets);
        }
        assert_int_equal(code, KS_OK);
        assert_true(failures > 5);
    }
}

static void overlap_that_would_fill_memory_is_refused(void **state)
{
    (void)state;
    enum { N = 70000 };
    struct ks_log log = {.n = N};
    log.time = ks_zalloc(N, sizeof *log.time);
    log.source = ks_zalloc(N, sizeof *log.source);
    log.target = ks_zalloc(N, sizeof *log.target);
    log.sport = ks_zalloc(N, sizeof *log.sport);
    log.dport = ks_zalloc(N, sizeof *log.dport);
    log.flags = ks_zalloc(N, sizeof *log.flags);
    log.mark = ks_zalloc(N, sizeof *log.mark);
    for (size_t i = 0; i < N; i++)
        log.dport[i] = (uint16_t)i;
    struct ks_windowing how = {.cut = KS_CUT_COUNT, .size = N, .stride = 1};
    struct ks_window_sets sets;
    struct ks_status status = ks_window_sets_make(&log, KS_ITEMS_TCP, &how, NULL, NULL, &sets);
    assert_int_equal(status.code, KS_LIMIT);
    assert_non_null(strstr(status.message, "stride"));
    ks_window_sets_free(&sets);
    ks_free(log.time);
    ks_free(log.source);
    ks_free(log.target);
    ks_free(log.sport);
    ks_free(log.dport);
    ks_free(log.flags);
    ks_free(log.mark);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(items_are_written_and_read),
        cmocka_unit_test(windowings_are_written_and_read),
        cmocka_unit_test(the_last_short_window_is_kept),
        cmocka_unit_test(one_short_window_is_not_of_equal_size),
        cmocka_unit_test(nothing_makes_no_windows),
        cmocka_unit_test(windows_overlap_by_their_stride),
        cmocka_unit_test(a_stride_beyond_the_size_leaves_events_out_of_windows_but_counts_them),
        cmocka_unit_test(time_slices_begin_at_the_first_event_and_empty_ones_are_no_windows),
        cmocka_unit_test(times_at_the_ends_of_their_range_do_not_overflow),
        cmocka_unit_test(a_session_ends_after_more_than_the_gap),
        cmocka_unit_test(only_the_events_asked_for_take_part),
        cmocka_unit_test(cancelling_stops_a_cut),
        cmocka_unit_test(running_out_of_memory_is_a_status),
        cmocka_unit_test(overlap_that_would_fill_memory_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
