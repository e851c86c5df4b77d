/* src/export: which packets are evidence, and what each format makes of two activations made by hand (export_fixture.h). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include <jansson.h>

#include "base/memory.h"
#include "export/evidence.h"
#include "export/export.h"
#include "export/groups.h"
#include "export/markdown.h"
#include "export/signature.h"
#include "export/writers.h"
#include "unit/export_fixture.h"

/* The export as text; freed by the caller. */
static char *exported(enum ks_format format, const struct ks_selection *selection, const struct ks_export_options *options)
{
    struct ks_text text = {0};
    struct ks_out *out;
    assert_true(ks_is_ok(ks_out_open_text(&text, 0, NULL, &out)));
    struct ks_status status = ks_export_write(format, selection, options, out);
    if (!ks_is_ok(status))
        print_message("%s\n", status.message);
    assert_true(ks_is_ok(status));
    assert_true(ks_is_ok(ks_out_close(out)));
    assert_non_null(text.at);
    return text.at;
}

static struct ks_status export_status(enum ks_format format, const struct ks_selection *selection,
                                      const struct ks_export_options *options)
{
    struct ks_text text = {0};
    struct ks_out *out;
    struct ks_status status = ks_out_open_text(&text, 0, NULL, &out);
    if (ks_is_ok(status)) {
        status = ks_export_write(format, selection, options, out);
        ks_out_discard(out);
    }
    ks_text_free(&text);
    return status;
}

static void has(const char *text, const char *part)
{
    if (strstr(text, part) == NULL)
        fail_msg("\"%s\" is not in:\n%s", part, text);
}

static void has_not(const char *text, const char *part)
{
    if (strstr(text, part) != NULL)
        fail_msg("\"%s\" is in:\n%s", part, text);
}

static bool two_rules(void *context, uint64_t row, struct ks_rule_row *out)
{
    (void)context;
    *out = (struct ks_rule_row){.n_if = 1, .n_then = 1, .counts = {6, 6, 5, 20}, .ln_p = -7.25, .ln_q = -3.5};
    out->items[0] = ks_item_port(KS_TCP, row == 0 ? 999 : 888);
    out->items[1] = ks_item_port(row == 0 ? KS_TCP : KS_UDP, row == 0 ? 888 : 53);
    return row < 2;
}

static void add_rules(struct fixture *f, bool knocks_too)
{
    f->selection.rule_at = two_rules;
    f->selection.n_rules = 2;
    f->selection.total_rules = ks_count_of(7);
    f->selection.items = KS_ITEMS_ATTEMPTS;
    if (!knocks_too)
        f->selection.n_knocks = 0;
}

static void evidence_is_attempts_answers_and_what_was_opened(void **state)
{
    (void)state;
    static const struct {
        uint32_t event;
        enum ks_role role;
    } expected[] = {{0, KS_PACKET_ATTEMPT}, {1, KS_PACKET_ANSWER},  {3, KS_PACKET_ATTEMPT}, {4, KS_PACKET_ANSWER},  {5, KS_PACKET_ATTEMPT},
                    {6, KS_PACKET_ANSWER},  {8, KS_PACKET_OPENED},  {9, KS_PACKET_OPENED},  {10, KS_PACKET_OPENED}, {11, KS_PACKET_OPENED}};
    struct fixture f;
    struct ks_evidence_list list;
    fixture_make(&f);
    assert_true(ks_is_ok(ks_evidence_gather(&f.selection, NULL, &list)));
    assert_int_equal(list.n_packets, 20);
    for (size_t i = 0; i < 20; i++) {
        uint32_t event = expected[i % 10].event + (i < 10 ? 0 : 13);
        assert_int_equal(list.packets[i].event, event);
        assert_int_equal(list.packets[i].packet, event + 11);
        assert_int_equal(list.packets[i].role, expected[i % 10].role);
        assert_int_equal(list.packets[i].trace, i / 10);
    }
    assert_int_equal(list.n_traces, 2);
    assert_true(list.traces[0].to == FIXTURE_T0 + 1001 * MS); /* the ICMP message ends the knocking */
    assert_true(list.traces[0].unreachable);
    ks_evidence_list_free(&list);
}

static void a_refused_datagram_was_answered_by_icmp(void **state)
{
    (void)state;
    struct fixture f;
    struct ks_evidence_list list;
    fixture_make(&f);
    f.mark[5] = f.mark[18] = (uint8_t)fixture_mark(KS_UDP, KS_REFUSED);
    assert_true(ks_is_ok(ks_evidence_gather(&f.selection, NULL, &list)));
    assert_int_equal(list.n_packets, 20);
    ks_evidence_list_free(&list);
    f.mark[5] = f.mark[18] = (uint8_t)fixture_mark(KS_UDP, KS_SILENT); /* then the message is not about it */
    assert_true(ks_is_ok(ks_evidence_gather(&f.selection, NULL, &list)));
    assert_int_equal(list.n_packets, 18);
    ks_evidence_list_free(&list);
}

static void a_retransmission_is_evidence_too(void **state)
{
    (void)state;
    struct fixture f;
    struct ks_evidence_list list;
    fixture_make(&f);
    f.mark[12] = KS_TCP; /* the SYN to 999 that came too late comes within the tail and is no attempt */
    f.time[12] = FIXTURE_T0 + 1000 * MS + KS_TRACE_TAIL;
    assert_true(ks_is_ok(ks_evidence_gather(&f.selection, NULL, &list)));
    assert_int_equal(list.n_packets, 21);
    assert_int_equal(list.packets[10].event, 12);
    assert_int_equal(list.packets[10].role, KS_PACKET_REPEAT);
    assert_true(list.traces[0].to == f.time[12]);
    ks_evidence_list_free(&list);
}

static void evidence_gives_up_when_cancelled(void **state)
{
    (void)state;
    struct fixture f;
    struct ks_evidence_list list;
    struct ks_progress progress = {0};
    fixture_make(&f);
    atomic_store(&progress.cancel, true);
    assert_int_equal(ks_evidence_gather(&f.selection, &progress, &list).code, KS_CANCELLED);
    ks_evidence_list_free(&list);
}

static void activations_between_the_same_hosts_are_one_clause(void **state)
{
    (void)state;
    struct fixture f;
    struct ks_evidence_list list;
    struct ks_groups groups;
    fixture_make(&f);
    assert_true(ks_is_ok(ks_evidence_gather(&f.selection, NULL, &list)));
    assert_true(ks_is_ok(ks_groups_make(&list, &groups)));
    assert_int_equal(groups.n, 1);
    assert_int_equal(groups.start[1], 2);
    ks_groups_free(&groups);
    list.traces[1].unreachable = false;
    assert_true(ks_is_ok(ks_groups_make(&list, &groups)));
    assert_int_equal(groups.n, 2);
    ks_groups_free(&groups);
    ks_evidence_list_free(&list);
}

static void the_display_filter_says_hosts_ports_flags_and_times(void **state)
{
    (void)state;
    struct fixture f;
    fixture_make(&f);
    char *text = exported(KS_FORMAT_WIRESHARK, &f.selection, NULL);
    has(text, "(((ip.src == 10.0.0.1 && ip.dst == 10.0.0.2 && tcp.dstport in {888, 999}) || (ip.src == 10.0.0.2 && ip.dst == 10.0.0.1 && "
              "tcp.srcport in {888, 999})) && (tcp.flags.syn == 1 || tcp.flags.reset == 1) && !icmp && !icmpv6 && "
              "((frame.time_epoch >= 1337604807.104233 && frame.time_epoch <= 1337604808.105233) || "
              "(frame.time_epoch >= 1337605407.104233 && frame.time_epoch <= 1337605408.105233)))");
    has(text, "udp.dstport in {777}");
    has(text, "(icmp.type == 3 && ip.dst == 10.0.0.1");
    has(text, "tcp.srcport == 40003 && tcp.dstport == 1234");
    assert_ptr_equal(strchr(text, '\n'), text + strlen(text) - 1); /* one line */
    ks_free(text);
    text = exported(KS_FORMAT_WIRESHARK, &f.selection, &(struct ks_export_options){.frames = true});
    assert_string_equal(text, "frame.number in {11..12, 14..17, 19..22, 24..25, 27..30, 32..35}\n");
    ks_free(text);
    text = exported(KS_FORMAT_WIRESHARK, &f.selection, &(struct ks_export_options){.any_host = true});
    assert_string_equal(text, "(tcp.dstport in {999, 888} && tcp.flags.syn == 1 && tcp.flags.ack == 0 && !icmp && !icmpv6) || "
                              "(udp.dstport in {777} && !icmp && !icmpv6)\n");
    ks_free(text);
}

static void frame_numbers_are_those_of_one_file(void **state)
{
    (void)state;
    struct fixture f;
    struct ks_file_info files[2];
    size_t file;
    uint32_t number;
    fixture_make(&f);
    files[0] = files[1] = f.file;
    files[0].packets = 10;
    files[1].packets = 26;
    f.info.files = files;
    f.info.n_files = 2;
    assert_true(ks_packet_in_file(&f.provenance, 10, &file, &number));
    assert_int_equal(file, 0);
    assert_int_equal(number, 10);
    assert_true(ks_packet_in_file(&f.provenance, 11, &file, &number));
    assert_int_equal(file, 1);
    assert_int_equal(number, 1);
    assert_false(ks_packet_in_file(&f.provenance, 37, &file, &number));
    assert_false(ks_packet_in_file(&f.provenance, 0, &file, &number));
    char *text = exported(KS_FORMAT_WIRESHARK, &f.selection, &(struct ks_export_options){.frames = true});
    assert_string_equal(text, "frame.number in {1..2, 4..7, 9..12, 14..15, 17..20, 22..25}\n");
    ks_free(text);
    files[0].packets = 20;
    struct ks_status status = export_status(KS_FORMAT_WIRESHARK, &f.selection, &(struct ks_export_options){.frames = true});
    assert_int_equal(status.code, KS_USAGE);
    has(status.message, "lies in several");
}

static void bpf_has_a_branch_for_ipv6(void **state)
{
    (void)state;
    struct fixture f;
    fixture_make(&f);
    char *text = exported(KS_FORMAT_BPF, &f.selection, NULL);
    has(text, "(ip and tcp[13] & 0x06 != 0 and ((src host 10.0.0.1 and dst host 10.0.0.2 and (dst port 888 or dst port 999)) or");
    has(text, "(icmp and icmp[0] == 3 and dst host 10.0.0.1)");
    has_not(text, "ip6");
    ks_free(text);
    ks_parse_address("2001:db8::1", &f.hosts[0]);
    ks_parse_address("2001:db8::2", &f.hosts[1]);
    text = exported(KS_FORMAT_BPF, &f.selection, NULL);
    has(text, "(ip6 and ip6[6] == 6 and ip6[53] & 0x06 != 0 and ((src host 2001:db8::1");
    has(text, "(ip6 and ip6[6] == 58 and ip6[40] == 1 and dst host 2001:db8::1)");
    ks_free(text);
    text = exported(KS_FORMAT_BPF, &f.selection, &(struct ks_export_options){.any_host = true, .vlan = true});
    has(text, "(ip and tcp[13] & 0x12 == 0x02 and (dst port 999 or dst port 888))\nor "
              "(ip6 and ip6[6] == 6 and ip6[53] & 0x12 == 0x02 and (dst port 999 or dst port 888))\nor "
              "(udp and (dst port 777))\n) or (vlan and (\n");
    has_not(text, "host 2001");
    ks_free(text);
}

static void knockd_gets_the_sequence_and_time_enough(void **state)
{
    (void)state;
    struct fixture f;
    fixture_make(&f);
    char *text = exported(KS_FORMAT_KNOCKD, &f.selection, NULL);
    has(text, "[knock-1]\n    target        = 10.0.0.2\n    sequence      = 999,888,777:udp\n    seq_timeout   = 7\n"
              "    tcpflags      = syn,!ack\n");
    ks_free(text);
    text = exported(KS_FORMAT_KNOCKD, &f.selection, &(struct ks_export_options){.any_host = true, .command = "/bin/true\nx"});
    has_not(text, "target");
    has(text, "command       = /bin/true?x\n"); /* no second line slips in */
    ks_free(text);
    f.activations[1].target = 2;
    text = exported(KS_FORMAT_KNOCKD, &f.selection, NULL);
    has(text, "[knock-1-1]\n    target        = 10.0.0.2");
    has(text, "[knock-1-2]\n    target        = 10.0.0.9");
    ks_free(text);
}

static void suricata_gets_a_chain_and_a_coarse_rule(void **state)
{
    (void)state;
    struct fixture f;
    fixture_make(&f);
    char *text = exported(KS_FORMAT_SURICATA, &f.selection, NULL);
    has(text, "alert tcp any any -> 10.0.0.2 999 (msg:\"knockscope: knock 1, step 1 of 3\"; flow:stateless; flags:S,12; "
              "xbits:set,ks9120501.1,track ip_pair,expire 7; noalert; sid:9120501; rev:1;)\n");
    has(text, "xbits:isset,ks9120501.1,track ip_pair; xbits:set,ks9120501.2,track ip_pair,expire 7; noalert; sid:9120502;");
    has(text, "alert udp any any -> 10.0.0.2 777 (msg:\"knockscope: port knock 999 888 udp/777\"; flow:stateless; "
              "xbits:isset,ks9120501.2,track ip_pair; xbits:set,ks9120501.3,track ip_pair,expire 300; classtype:trojan-activity;");
    has(text, "alert tcp any any -> 10.0.0.2 1234 (");
    has(text, "alert tcp any any -> 10.0.0.2 [999,888] (");
    has(text, "threshold:type both,track by_both,count 2,seconds 7;");
    ks_free(text);
}

static void a_port_that_follows_itself_is_one_step_for_suricata(void **state)
{
    (void)state;
    struct fixture f;
    fixture_make(&f);
    f.ports[1] = f.ports[0];
    char *text = exported(KS_FORMAT_SURICATA, &f.selection, &(struct ks_export_options){.sid = 100, .any_host = true});
    has(text, "alert tcp any any -> any 999 (msg:\"knockscope: knock 1, step 1 of 2\"");
    has(text, "sid:100;");
    has_not(text, "step 2 of 3");
    ks_free(text);
}

static void zeek_gets_a_machine_and_the_sequence(void **state)
{
    (void)state;
    struct fixture f;
    fixture_make(&f);
    char *text = exported(KS_FORMAT_ZEEK, &f.selection, NULL);
    has(text, "[\"knock 1\"] = [$steps=vector(\"999/tcp\", \"888/tcp\", \"777/udp\")");
    has(text, "$targets=set(10.0.0.2)");
    has(text, "$opens=set(\"1234/tcp\")");
    has(text, "$span=7sec, $follow=300sec, $distributed=F");
    has_not(text, "icmp_echo_request");
    ks_free(text);
    ks_parse_address("2001:db8::2", &f.hosts[1]);
    f.ports[2] = (ks_item)KS_ICMP6 << 32 | (ks_item)128 << 24 | 56;
    text = exported(KS_FORMAT_ZEEK, &f.selection, NULL);
    has(text, "$targets=set([2001:db8::2])");
    has(text, "icmp_echo_request");
    has(text, "\"icmp6/128/0/56\"");
    ks_free(text);
}

static void what_a_language_cannot_say_is_refused_or_said(void **state)
{
    (void)state;
    struct fixture f;
    fixture_make(&f);
    f.ports[2] = (ks_item)KS_ICMP << 32 | (ks_item)8 << 24 | 56;
    struct ks_status status = export_status(KS_FORMAT_KNOCKD, &f.selection, NULL);
    assert_int_equal(status.code, KS_USAGE);
    has(status.message, "has ICMP steps");
    struct fixture other;
    fixture_make(&other);
    struct ks_picked both[2] = {{.knock = &f.knock, .rank = 1}, {.knock = &other.knock, .rank = 2}};
    other.selection.knocks = both;
    other.selection.n_knocks = 2;
    char *text = exported(KS_FORMAT_KNOCKD, &other.selection, NULL);
    has(text, "# knock 1 is left out: it has ICMP steps, which knockd configuration cannot express\n");
    has(text, "[knock-2]");
    ks_free(text);
    other.knock.one_time = true;
    other.selection.knocks = &other.picked;
    other.selection.n_knocks = 1;
    assert_int_equal(export_status(KS_FORMAT_ZEEK, &other.selection, NULL).code, KS_USAGE);
    assert_int_equal(export_status(KS_FORMAT_SURICATA, &other.selection, NULL).code, KS_USAGE);
    add_rules(&other, false);
    assert_int_equal(export_status(KS_FORMAT_SURICATA, &other.selection, NULL).code, KS_USAGE);
    assert_int_equal(export_status(KS_FORMAT_PCAP, &other.selection, NULL).code, KS_USAGE);
    other.selection.n_knocks = 1;
    status = export_status(KS_FORMAT_CSV, &other.selection, NULL);
    assert_int_equal(status.code, KS_USAGE);
    has(status.message, "one table");
}

static void json_holds_everything(void **state)
{
    (void)state;
    struct fixture f;
    fixture_make(&f);
    add_rules(&f, true);
    char *text = exported(KS_FORMAT_JSON, &f.selection, NULL);
    json_t *root = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(root);
    assert_string_equal(json_string_value(json_object_get(root, "schema")), "knockscope.export/1");
    json_t *params = json_object_get(root, "params"), *knock = json_array_get(json_object_get(root, "knocks"), 0);
    assert_true(json_number_value(json_object_get(params, "min_supp")) == 0.3);
    assert_string_equal(json_string_value(json_object_get(params, "filter")), "tcp or udp");
    json_t *file = json_array_get(json_object_get(json_object_get(root, "capture"), "files"), 0);
    assert_int_equal(strlen(json_string_value(json_object_get(file, "sha256"))), 64);
    assert_int_equal(json_array_size(json_object_get(knock, "activations")), 2);
    assert_string_equal(json_string_value(json_array_get(json_object_get(knock, "ports"), 2)), "udp/777");
    assert_string_equal(json_string_value(json_array_get(json_object_get(knock, "opened"), 0)), "1234");
    json_t *activation = json_array_get(json_object_get(knock, "activations"), 1);
    assert_true(json_number_value(json_array_get(json_object_get(activation, "delays"), 0)) == 0.5);
    assert_string_equal(json_string_value(json_array_get(json_object_get(activation, "outcomes"), 2)), "unreachable");
    assert_int_equal(json_integer_value(json_array_get(json_object_get(activation, "packets"), 0)), 24);
    assert_true(json_number_value(json_object_get(knock, "q")) == exp(-69.0));
    json_t *rule = json_array_get(json_object_get(root, "rules"), 1);
    assert_string_equal(json_string_value(json_array_get(json_object_get(rule, "then"), 0)), "udp/53");
    assert_int_equal(json_integer_value(json_object_get(root, "total")), 7);
    has(text, "\"time\": 1337604807.104233,");
    json_decref(root);
    ks_free(text);
}

static void csv_has_one_line_for_each_activation(void **state)
{
    (void)state;
    struct fixture f;
    fixture_make(&f);
    char *text = exported(KS_FORMAT_CSV, &f.selection, &(struct ks_export_options){.no_title = true});
    assert_string_equal(
        text,
        "rank,knock,kind,activation,time,time_utc,source,target,ports,delays,outcomes,packets,exact,opened,opened_after,opened_packet,"
        "score,ln_p,q,set_aside\n"
        "1,999 888 udp/777,recurring,1,1337604807.104233,2012-05-21 12:53:27.104233000,10.0.0.1,10.0.0.2,999 888 udp/777,0.5 0.5,"
        "refused refused unreachable,11 14 16,yes,1234,2,19,12.5,-70.5,1.0806392777072785e-30,\n"
        "1,999 888 udp/777,recurring,2,1337605407.104233,2012-05-21 13:03:27.104233000,10.0.0.1,10.0.0.2,999 888 udp/777,0.5 0.5,"
        "refused refused unreachable,24 27 29,yes,1234,2,32,12.5,-70.5,1.0806392777072785e-30,\n");
    ks_free(text);
    text = exported(KS_FORMAT_CSV, &f.selection, NULL);
    has(text, "# sha256: aaaaaaaa");
    has(text, "# skipped: not-ip 10\n");
    has(text, "# parameters: preset=hunt min_supp=0.3\n");
    ks_free(text);
}

static void csv_of_rules_has_all_measures(void **state)
{
    (void)state;
    struct fixture f;
    fixture_make(&f);
    add_rules(&f, false);
    char *text = exported(KS_FORMAT_CSV, &f.selection, &(struct ks_export_options){.no_title = true});
    has(text, "if,then,count,count_if,count_then,windows,support,confidence,cpir,interest,correlation,ln_p,q\n"
              "999,888,5,6,6,20,0.25,0.8333333333333334,0.7619047619047619,0.16,2.7777777777777777,-7.25,");
    ks_free(text);
}

static void rules_make_filters_of_their_ports(void **state)
{
    (void)state;
    struct fixture f;
    fixture_make(&f);
    add_rules(&f, false);
    char *text = exported(KS_FORMAT_WIRESHARK, &f.selection, NULL);
    assert_string_equal(text, "(tcp.dstport in {888, 999} && tcp.flags.syn == 1 && tcp.flags.ack == 0 && !icmp && !icmpv6) || "
                              "(udp.dstport in {53} && !icmp && !icmpv6)\n");
    ks_free(text);
    f.selection.items = KS_ITEMS_TCP;
    text = exported(KS_FORMAT_BPF, &f.selection, NULL);
    has(text, "(tcp and (dst port 888 or dst port 999))\nor (udp and (dst port 53))");
    ks_free(text);
}

static void nothing_selected_makes_a_report_but_no_filter(void **state)
{
    (void)state;
    struct fixture f;
    fixture_make(&f);
    f.selection.n_knocks = 0;
    for (int i = 0; i < KS_FORMAT_N; i++) {
        bool report = i == KS_FORMAT_TEXT || i == KS_FORMAT_CSV || i == KS_FORMAT_JSON || i == KS_FORMAT_MARKDOWN;
        assert_int_equal(export_status((enum ks_format)i, &f.selection, NULL).code, report ? KS_OK : KS_FAILED);
    }
}

static bool many_ports(void *context, uint64_t row, struct ks_rule_row *out)
{
    (void)context;
    *out = (struct ks_rule_row){.n_if = 1, .n_then = 1, .counts = {1, 1, 1, 2}};
    out->items[0] = ks_item_port(KS_TCP, (uint16_t)row);
    out->items[1] = ks_item_port(KS_TCP, (uint16_t)(row + 1));
    return true;
}

static void a_filter_of_too_many_ports_is_refused(void **state)
{
    (void)state;
    struct fixture f;
    fixture_make(&f);
    add_rules(&f, false);
    f.selection.rule_at = many_ports;
    f.selection.n_rules = UINT64_MAX; /* a list that nobody walks to its end */
    struct ks_status status = export_status(KS_FORMAT_BPF, &f.selection, NULL);
    assert_int_equal(status.code, KS_USAGE);
    has(status.message, "more than 1000 ports");
}

static bool same_ports(void *context, uint64_t row, struct ks_rule_row *out)
{
    return many_ports(context, row & 1, out);
}

static void a_filter_of_too_many_rules_is_refused(void **state)
{
    (void)state;
    struct fixture f;
    fixture_make(&f);
    add_rules(&f, false);
    f.selection.rule_at = same_ports;
    f.selection.n_rules = 1000000;
    assert_int_equal(export_status(KS_FORMAT_BPF, &f.selection, NULL).code, KS_OK);
    f.selection.n_rules++;
    struct ks_status status = export_status(KS_FORMAT_BPF, &f.selection, NULL);
    assert_int_equal(status.code, KS_USAGE);
    has(status.message, "more than 1,000,000 rules are selected");
}

static void a_filter_of_too_many_activations_is_refused(void **state)
{
    (void)state;
    enum { MOST = 2000 };
    static struct ks_activation activations[MOST + 1];
    struct fixture f;
    fixture_make(&f);
    for (size_t i = 0; i <= MOST; i++)
        activations[i] = f.activations[0];
    f.knock.activations = activations;
    static const enum ks_format filters[] = {KS_FORMAT_BPF, KS_FORMAT_WIRESHARK};
    for (size_t i = 0; i < 2; i++) {
        f.knock.n_activations = MOST;
        assert_int_equal(export_status(filters[i], &f.selection, NULL).code, KS_OK);
        f.knock.n_activations++;
        struct ks_status status = export_status(filters[i], &f.selection, NULL);
        assert_int_equal(status.code, KS_USAGE);
        has(status.message, "2001 activations are too many for a filter (2000 at most): choose fewer knocks");
    }
    assert_int_equal(export_status(KS_FORMAT_SURICATA, &f.selection, NULL).code, KS_OK); /* names what fires, not each activation */
}

static void the_report_says_what_to_do(void **state)
{
    (void)state;
    struct fixture f;
    fixture_make(&f);
    f.knock.why = (char[]){"a|b <script> \x1b[31m"};
    char *text = exported(KS_FORMAT_MARKDOWN, &f.selection, NULL);
    has(text, "# Port knocking: 1 finding\n");
    has(text, "## Finding: knock 1, 999, 888, udp/777");
    has(text, "in this order, 2 times between 2012-05-21 12:53:27 and 2012-05-21 13:03:27 UTC. 6 of 6 attempts met a closed port. "
              "**After 2 of 2 a port opened: 1234.**");
    has(text, "T1205.001");
    has(text, "DET0302");
    has(text, "| MinSequenceLen | 3 (999, 888, udp/777) |");
    has(text, "| TimeWindow | 307 s (the longest sequence took 1.0 s) |");
    has(text, "| WatchedPorts (opened) | 1234 |\n| ServicePort (opened) | 1234 |");
    has(text, "999 (11), 888 (14), udp/777 (16) | refused, refused, unreachable | opened 1234 after 2.0 s (packet 19, 4 packets in 1.0 s) |");
    has(text, "- [ ] Which process owns or owned port 1234");
    has(text, "a\\|b &lt;script&gt; ?\\[31m");
    has(text, "| a.pcap | aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa | 36 |");
    ks_free(text);
}

static void text_reads_well(void **state)
{
    (void)state;
    struct fixture f;
    fixture_make(&f);
    char *text = exported(KS_FORMAT_TEXT, &f.selection, &(struct ks_export_options){.no_title = true});
    has(text, "  1  999 888 udp/777  opens 1234  (recurring, 2 activations)\n");
    has(text, "2012-05-21 12:53:27.104233 UTC  10.0.0.1 -> 10.0.0.2\n      999 +500 ms 888 +500 ms udp/777  refused, refused, unreachable; "
              "packets 11 14 16\n      opened 1234 after 2.0 s, 4 packets\n");
    ks_free(text);
    f.selection.n_knocks = 0;
    text = exported(KS_FORMAT_TEXT, &f.selection, &(struct ks_export_options){.no_title = true});
    has(text, "0 knocks\n");
    ks_free(text);
}

static void provenance_cannot_break_out_of_a_comment(void **state)
{
    (void)state;
    struct fixture f;
    fixture_make(&f);
    memcpy(f.file.name, "x\nalert tcp", 12);
    f.provenance.filter = "tcp\r\n[options]";
    static const enum ks_format formats[] = {KS_FORMAT_BPF, KS_FORMAT_SURICATA, KS_FORMAT_ZEEK, KS_FORMAT_KNOCKD};
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
        char *text = exported(formats[i], &f.selection, NULL);
        has(text, "# capture: x?alert tcp\n");
        has(text, "# filter: tcp??[options]\n");
        ks_free(text);
    }
}

static void an_export_is_the_same_every_time(void **state)
{
    (void)state;
    struct fixture f;
    fixture_make(&f);
    for (int i = 0; i < KS_FORMAT_N; i++) {
        if (i == KS_FORMAT_PCAP)
            continue;
        char *one = exported((enum ks_format)i, &f.selection, NULL), *two = exported((enum ks_format)i, &f.selection, NULL);
        assert_string_equal(one, two);
        has_not(one, "\x1b");
        ks_free(one);
        ks_free(two);
    }
}

static void the_table_knows_names_and_extensions(void **state)
{
    (void)state;
    enum ks_format format;
    for (int i = 0; i < KS_FORMAT_N; i++) {
        const struct ks_format_info *info = ks_format_info((enum ks_format)i);
        char path[64];
        assert_true(info->knocks || info->rules);
        assert_true(ks_format_parse(info->name, &format));
        assert_int_equal(format, i);
        snprintf(path, sizeof path, "a.b/c.%s", info->extension);
        assert_true(ks_format_of_path(path, &format));
        assert_int_equal(format, i);
    }
    assert_false(ks_format_parse("pdf", &format));
    assert_false(ks_format_of_path("a.csv/c", &format));
    assert_false(ks_format_of_path("csv", &format));
}

/* Every allocation of every format fails once: no crash, no leak, and the failure is told. */
static void memory_may_run_out_anywhere(void **state)
{
    (void)state;
    struct fixture f;
    fixture_make(&f);
    for (int i = 0; i < KS_FORMAT_N; i++) {
        if (i == KS_FORMAT_PCAP)
            continue;
        add_rules(&f, true);
        if (i == KS_FORMAT_CSV)
            f.selection.n_rules = 0;
        bool done = false;
        for (size_t n = 1; !done && n < 5000; n++) {
            ks_memory_fail_from(n);
            struct ks_status status = export_status((enum ks_format)i, &f.selection, NULL);
            done = ks_memory_asked() < n;
            ks_memory_fail_from(0);
            assert_int_equal(status.code, done ? KS_OK : KS_NOMEM);
        }
        assert_true(done);
    }
}

static void both_files_or_none(void **state)
{
    (void)state;
    struct fixture f;
    char folder[] = "/tmp/ks-export-XXXXXX", path[64], beside[64];
    fixture_make(&f);
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/a.dfilter", folder);
    snprintf(beside, sizeof beside, "%s/a.dfilter.json", folder);
    FILE *file = fopen(beside, "w");
    assert_non_null(file);
    fclose(file);
    struct ks_status status = ks_export_file(KS_FORMAT_WIRESHARK, &f.selection, NULL, path, false);
    assert_int_equal(status.code, KS_IO);
    has(status.message, "exists already");
    assert_null(fopen(path, "r"));
    assert_true(ks_is_ok(ks_export_file(KS_FORMAT_WIRESHARK, &f.selection, NULL, path, true)));
    json_t *root = json_load_file(beside, 0, NULL);
    assert_non_null(root);
    assert_string_equal(json_string_value(json_object_get(root, "schema")), "knockscope.evidence/1");
    assert_int_equal(json_array_size(json_object_get(root, "packets")), 20);
    json_decref(root);
    assert_int_equal(remove(path), 0);
    assert_int_equal(remove(beside), 0);
    assert_int_equal(remove(folder), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(evidence_is_attempts_answers_and_what_was_opened),
        cmocka_unit_test(a_refused_datagram_was_answered_by_icmp),
        cmocka_unit_test(a_retransmission_is_evidence_too),
        cmocka_unit_test(evidence_gives_up_when_cancelled),
        cmocka_unit_test(activations_between_the_same_hosts_are_one_clause),
        cmocka_unit_test(the_display_filter_says_hosts_ports_flags_and_times),
        cmocka_unit_test(frame_numbers_are_those_of_one_file),
        cmocka_unit_test(bpf_has_a_branch_for_ipv6),
        cmocka_unit_test(knockd_gets_the_sequence_and_time_enough),
        cmocka_unit_test(suricata_gets_a_chain_and_a_coarse_rule),
        cmocka_unit_test(a_port_that_follows_itself_is_one_step_for_suricata),
        cmocka_unit_test(zeek_gets_a_machine_and_the_sequence),
        cmocka_unit_test(what_a_language_cannot_say_is_refused_or_said),
        cmocka_unit_test(json_holds_everything),
        cmocka_unit_test(csv_has_one_line_for_each_activation),
        cmocka_unit_test(csv_of_rules_has_all_measures),
        cmocka_unit_test(rules_make_filters_of_their_ports),
        cmocka_unit_test(nothing_selected_makes_a_report_but_no_filter),
        cmocka_unit_test(a_filter_of_too_many_ports_is_refused),
        cmocka_unit_test(a_filter_of_too_many_rules_is_refused),
        cmocka_unit_test(a_filter_of_too_many_activations_is_refused),
        cmocka_unit_test(the_report_says_what_to_do),
        cmocka_unit_test(text_reads_well),
        cmocka_unit_test(provenance_cannot_break_out_of_a_comment),
        cmocka_unit_test(an_export_is_the_same_every_time),
        cmocka_unit_test(the_table_knows_names_and_extensions),
        cmocka_unit_test(memory_may_run_out_anywhere),
        cmocka_unit_test(both_files_or_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
