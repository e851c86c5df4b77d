/* The frame decoder: every link type and header chain, built byte by byte, whole and cut at every length. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>
#include <pcap/dlt.h>

#include "capture/decode.h"
#include "capture/plain.h"
#include "frame.h"

/* 192.0.2.1:40000 > 198.51.100.2:999, SYN, sequence 0x01020304, acknowledges 0x05060708, three bytes of payload. */
#define TCP "9c40 03e7 01020304 05060708 5002 2000 0000 0000 616263"
#define TCP4 "4500 002b 0001 0000 40 06 0000 c0000201 c6336402 " TCP
#define A6 "20010db8 00000000 00000000 00000001"
#define B6 "20010db8 00000000 00000000 00000002"
#define TCP6 "60000000 0017 06 40 " A6 B6 TCP
#define MACS "020000000001 020000000002 "

/* Decodes from a copy of exactly this size, so that a read beyond it is seen by the address sanitiser. */
static enum ks_skip decode(int link_type, const uint8_t *bytes, size_t n, struct ks_packet *out)
{
    uint8_t *copy = malloc(n != 0 ? n : 1);
    if (copy == NULL)
        abort();
    memcpy(copy, bytes, n);
    memset(out, 0xee, sizeof *out);
    enum ks_skip skip = ks_decode(link_type, copy, n, out);
    free(copy);
    return skip;
}

static enum ks_skip decode_hex(int link_type, const char *hex, struct ks_packet *out)
{
    struct frame frame = frame_of(hex);
    return decode(link_type, frame.at, frame.n, out);
}

static void assert_address(const struct ks_address *address, const char *text)
{
    char formatted[64];
    assert_string_equal(ks_format_address(formatted, sizeof formatted, address), text);
}

static void an_address_without_room_is_empty(void **state)
{
    (void)state;
    char small[4] = "xyz";
    struct ks_address address = {.bytes = {10, 20, 30, 40}, .version = 4};
    assert_string_equal(ks_format_address(small, sizeof small, &address), "");
}

static void assert_tcp(const struct ks_packet *packet, bool v6, uint32_t payload)
{
    assert_address(&packet->source, v6 ? "2001:db8::1" : "192.0.2.1");
    assert_address(&packet->target, v6 ? "2001:db8::2" : "198.51.100.2");
    assert_int_equal(packet->proto, KS_TCP);
    assert_int_equal(packet->sport, 40000);
    assert_int_equal(packet->dport, 999);
    assert_int_equal(packet->seq, 0x01020304);
    assert_int_equal(packet->ack, 0x05060708);
    assert_int_equal(packet->flags, KS_SYN);
    assert_int_equal(packet->payload, payload);
    assert_false(packet->request);
    assert_false(packet->quotes);
}

/* What stands before an IP packet on a link. */
struct link {
    const char *name;
    int link_type;
    const char *before;
    bool v6;
};

static const struct link links[] = {
    {"Ethernet", DLT_EN10MB, MACS "0800", false},
    {"Ethernet, IPv6", DLT_EN10MB, MACS "86dd", true},
    {"802.1Q", DLT_EN10MB, MACS "8100 0064 0800", false},
    {"802.1Q, IPv6", DLT_EN10MB, MACS "8100 0064 86dd", true},
    {"802.1ad", DLT_EN10MB, MACS "88a8 0064 8100 0065 0800", false},
    {"QinQ 0x9100", DLT_EN10MB, MACS "9100 0064 8100 0065 0800", false},
    {"QinQ 0x9200", DLT_EN10MB, MACS "9200 0064 9300 0065 0800", false},
    {"eight tags", DLT_EN10MB,
     MACS "8100 0001 8100 0002 8100 0003 8100 0004 8100 0005 8100 0006 8100 0007 8100 0008 0800", false},
    {"MPLS", DLT_EN10MB, MACS "8847 00010140", false},
    {"MPLS, three labels, IPv6", DLT_EN10MB, MACS "8847 00010040 00020040 00002140", true},
    {"MPLS multicast in a VLAN", DLT_EN10MB, MACS "8100 0001 8848 00010140", false},
    {"PPPoE", DLT_EN10MB, MACS "8864 11 00 0001 002d 0021", false},
    {"PPPoE, IPv6, compressed protocol field", DLT_EN10MB, MACS "8864 11 00 0001 0041 57", true},
    {"PPP on Ethernet", DLT_EN10MB, MACS "880b 0021", false},
    {"802.3 and SNAP", DLT_EN10MB, MACS "0033 aaaa03 000000 0800", false},
    {"802.3 and SNAP of bridges", DLT_EN10MB, MACS "0033 aaaa03 0000f8 86dd", true},
    {"802.3, IP as a service access point", DLT_EN10MB, MACS "002e 060603", false},
    {"802.3 in a VLAN", DLT_EN10MB, MACS "8100 0064 0033 aaaa03 000000 0800", false},
    {"jumbo LLC", DLT_EN10MB, MACS "8870 aaaa03 000000 0800", false},
    {"bridged Ethernet in SNAP", DLT_EN10MB, MACS "0050 aaaa03 0080c2 0007 0000 " MACS "0800", false},
    {"802.1ah", DLT_EN10MB, MACS "88e7 00000001 " MACS "0800", false},
    {"VN-Tag", DLT_EN10MB, MACS "8926 00000001 0800", false},
    {"802.1BR", DLT_EN10MB, MACS "893f 000000000001 0800", false},
    {"Cisco metadata", DLT_EN10MB, MACS "8909 010100010000 0800", false},
    {"MACsec, only authenticated", DLT_EN10MB, MACS "88e5 2000 00000001 0200000000010001 0800", false},
    {"MACsec, only authenticated, no channel, a tag behind", DLT_EN10MB, MACS "88e5 4000 00000001 8100 0064 86dd", true},
    {"service chain", DLT_EN10MB, MACS "894f 0fc6 0101 00000aff 00000000 00000000 00000000 00000000", false},
    {"service chain, IPv6", DLT_EN10MB, MACS "894f 0fc2 0202 00000aff", true},
    {"service chain, Ethernet", DLT_EN10MB, MACS "894f 0fc2 0203 00000aff " MACS "0800", false},
    {"service chain, MPLS", DLT_EN10MB, MACS "894f 0fc2 0205 00000aff 00010140", false},
    {"Linux cooked", DLT_LINUX_SLL, "0000 0001 0006 0200000000010000 0800", false},
    {"Linux cooked, IPv6", DLT_LINUX_SLL, "0004 0304 0006 0000000000000000 86dd", true},
    {"Linux cooked, VLAN", DLT_LINUX_SLL, "0000 0001 0006 0200000000010000 8100 0064 0800", false},
    {"Linux cooked, LLC", DLT_LINUX_SLL, "0000 0001 0006 0200000000010000 0004 aaaa03 000000 0800", false},
    {"Linux cooked 2", DLT_LINUX_SLL2, "0800 0000 00000002 0001 00 06 0200000000010000", false},
    {"Linux cooked 2, IPv6", DLT_LINUX_SLL2, "86dd 0000 00000002 0001 04 06 0200000000010000", true},
    {"raw", DLT_RAW, "", false},
    {"raw, IPv6", DLT_RAW, "", true},
    {"raw by its file number", 101, "", false},
    {"raw as OpenBSD numbers it", 14, "", true},
    {"raw IPv4", DLT_IPV4, "", false},
    {"raw IPv6", DLT_IPV6, "", true},
    {"BSD loopback, little endian", DLT_NULL, "02000000", false},
    {"BSD loopback, big endian", DLT_NULL, "00000002", false},
    {"BSD loopback, IPv6 of FreeBSD", DLT_NULL, "1c000000", true},
    {"BSD loopback, IPv6 of Darwin", DLT_NULL, "1e000000", true},
    {"BSD loopback, IPv6 of OpenBSD, big endian", DLT_LOOP, "00000018", true},
    {"BSD loopback, IPv6 of Linux", DLT_NULL, "0a000000", true},
    {"PPP", DLT_PPP, "0021", false},
    {"PPP, IPv6", DLT_PPP, "0057", true},
    {"PPP in HDLC framing", DLT_PPP, "ff03 0021", false},
    {"PPP, MPLS", DLT_PPP, "0281 00010140", false},
    {"PPP on a serial line", DLT_PPP_SERIAL, "ff03 0057", true},
    {"Cisco HDLC on a serial line", DLT_PPP_SERIAL, "0f00 0800", false},
    {"PPP of BSD/OS's number", 16, "ff03 0021", false},
    {"PPP with direction", DLT_PPP_WITH_DIR, "00 ff03 0021", false},
    {"PPP of pppd", DLT_PPP_PPPD, "01 0021", false},
    {"PPPoE alone", DLT_PPP_ETHER, "11 00 0001 002d 0021", false},
    {"Cisco HDLC", DLT_C_HDLC, "0f00 86dd", true},
    {"Cisco HDLC with direction", DLT_C_HDLC_WITH_DIR, "01 8f00 0800", false},
    {"frame relay", DLT_FRELAY, "1841 03 cc", false},
    {"frame relay, padded, IPv6", DLT_FRELAY, "1841 03 00 8e", true},
    {"frame relay, SNAP", DLT_FRELAY, "1841 03 00 80 000000 0800", false},
    {"frame relay of Cisco", DLT_FRELAY, "1841 0800", false},
    {"frame relay, four bytes of address, direction", DLT_FRELAY_WITH_DIR, "00 18400041 03 cc", false},
    {"802.11", DLT_IEEE802_11, "0801 0000 " MACS "020000000003 1000 aaaa03 000000 0800", false},
    {"802.11, quality of service", DLT_IEEE802_11, "8801 0000 " MACS "020000000003 1000 0000 aaaa03 000000 86dd", true},
    {"802.11 between access points, quality of service, HT control", DLT_IEEE802_11,
     "8883 0000 " MACS "020000000003 1000 020000000004 0000 00000000 aaaa03 000000 0800", false},
    {"radiotap", DLT_IEEE802_11_RADIO, "0000 0800 00000000 0801 0000 " MACS "020000000003 1000 aaaa03 000000 0800", false},
    {"radiotap, time, flags say padded", DLT_IEEE802_11_RADIO,
     "0000 1100 03000000 0000000000000000 20 8801 0000 " MACS "020000000003 1000 0000 0000 aaaa03 000000 0800", false},
    {"radiotap, two words of fields, aligned", DLT_IEEE802_11_RADIO,
     "0000 1900 03000080 00000000 00000000 0000000000000000 20 "
     "8801 0000 " MACS "020000000003 1000 0000 0000 aaaa03 000000 0800",
     false},
    {"AVS", DLT_IEEE802_11_RADIO_AVS, "80211001 0000000c 00000000 0801 0000 " MACS "020000000003 1000 aaaa03 000000 0800",
     false},
    {"AVS under Prism's number", DLT_PRISM_HEADER,
     "80211001 0000000c 00000000 0801 0000 " MACS "020000000003 1000 aaaa03 000000 0800", false},
    {"PPI", DLT_PPI, "00 00 0c00 69000000 00000000 0801 0000 " MACS "020000000003 1000 aaaa03 000000 0800", false},
    {"pktap", DLT_PKTAP, "10000000 01000000 01000000 00000000 " MACS "0800", false},
    {"token ring", DLT_IEEE802, "1040 " MACS "aaaa03 000000 0800", false},
    {"token ring, source routes", DLT_IEEE802, "1040 020000000001 820000000002 0430 0010 aaaa03 000000 0800", false},
    {"FDDI", DLT_FDDI, "50 " MACS "aaaa03 000000 0800", false},
    {"IP over fibre channel", DLT_IP_OVER_FC, "1000020000000001 1000020000000002 aaaa03 000000 0800", false},
    {"ATM, LLC", DLT_ATM_RFC1483, "aaaa03 000000 0800", false},
    {"ATM, IP itself", DLT_ATM_CLIP, "", false},
    {"SunATM", DLT_SUNATM, "02 01 0020 aaaa03 000000 0800", false},
    {"SLIP", DLT_SLIP, "00 45000000 00000000 00000000 000000", false},
    {"IP over FireWire", DLT_APPLE_IP_OVER_IEEE1394, "0200000000000001 0200000000000002 0800", false},
    {"MPLS alone", DLT_MPLS, "00010140", true},
    {"OpenBSD's packet filter log", DLT_PFLOG,
     "3d 02 0000 656d3000 00000000 00000000 00000000 00000000 00000000 00000000 "
     "00000000 00000000 00000000 00000000 00000000 00000000 00000000 00000000",
     false},
    {"IPsec encapsulation", DLT_ENC, "02000000 00001000 00000c00", false},
    {"IPsec encapsulation, big endian, IPv6", DLT_ENC, "00000018 00001000 00000c00", true},
    {"Solaris", DLT_IPNET, "01 02 0000 00000000 0000000000000000 0000000000000000", false},
    {"Solaris, IPv6", DLT_IPNET, "01 1a 0000 00000000 0000000000000000 0000000000000000", true},
    {"netfilter log", DLT_NFLOG, "02 00 0000 0800 0100 08000100 0500 0a00 00000000 2f00 0900", false},
    {"netANALYZER", DLT_NETANALYZER, "00000000 " MACS "0800", false},
    {"netANALYZER, transparent", DLT_NETANALYZER_TRANSPARENT, "00000000 55555555555555d5 " MACS "0800", false},
};

static void every_link_type_leads_to_the_ports(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof links / sizeof *links; i++) {
        struct frame frame = frame_of(links[i].before);
        frame_hex(&frame, links[i].v6 ? TCP6 : TCP4);
        struct ks_packet packet;
        enum ks_skip skip = decode(links[i].link_type, frame.at, frame.n, &packet);
        if (skip != KS_SKIP_NONE)
            fail_msg("%s: %s", links[i].name, ks_skip_name(skip));
        assert_tcp(&packet, links[i].v6, 3);
        assert_true(ks_decode_knows(links[i].link_type));
    }
}

static void prism_and_infiniband_have_long_headers(void **state)
{
    (void)state;
    struct ks_packet packet;
    struct frame frame = frame_of("00000044 00000090");
    frame_zeros(&frame, 136);
    frame_hex(&frame, "0801 0000 " MACS "020000000003 1000 aaaa03 000000 0800" TCP4);
    assert_int_equal(decode(DLT_PRISM_HEADER, frame.at, frame.n, &packet), KS_SKIP_NONE);
    assert_tcp(&packet, false, 3);
    frame.n = 0;
    frame_zeros(&frame, 40);
    frame_hex(&frame, "86dd 0000" TCP6);
    assert_int_equal(decode(DLT_IPOIB, frame.at, frame.n, &packet), KS_SKIP_NONE);
    assert_tcp(&packet, true, 3);
}

/* A frame cut before the fourteenth byte of TCP is truncated; cut after it, the same packet. */
static void every_link_type_cut_at_every_length_is_truncated_or_the_same(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof links / sizeof *links; i++) {
        struct frame frame = frame_of(links[i].before);
        size_t needed = frame.n + (links[i].v6 ? 40 : 20) + 14;
        frame_hex(&frame, links[i].v6 ? TCP6 : TCP4);
        for (size_t n = 0; n < frame.n; n++) {
            struct ks_packet packet;
            enum ks_skip skip = decode(links[i].link_type, frame.at, n, &packet);
            enum ks_skip want = n < needed ? KS_SKIP_TRUNCATED : KS_SKIP_NONE;
            if (skip != want)
                fail_msg("%s cut to %zu bytes: %s", links[i].name, n, ks_skip_name(skip));
            if (skip == KS_SKIP_NONE)
                assert_tcp(&packet, links[i].v6, 3);
        }
    }
}

static void what_is_not_ip_is_told_by_its_reason(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        int link_type;
        const char *hex;
        enum ks_skip skip;
    } cases[] = {
        {"ARP", DLT_EN10MB, MACS "0806 0001 0800 06 04 0001", KS_SKIP_NOT_IP},
        {"spanning tree", DLT_EN10MB, MACS "0026 424203 0000000000", KS_SKIP_NOT_IP},
        {"LLDP", DLT_EN10MB, MACS "88cc 0207 04", KS_SKIP_NOT_IP},
        {"IPX in raw 802.3", DLT_EN10MB, MACS "0022 ffff 0022", KS_SKIP_NOT_IP},
        {"AppleTalk in SNAP", DLT_EN10MB, MACS "0022 aaaa03 080007 809b 00", KS_SKIP_NOT_IP},
        {"PPPoE discovery", DLT_EN10MB, MACS "8863 11 09 0000 0004 01010000", KS_SKIP_NOT_IP},
        {"PPPoE, code of discovery", DLT_EN10MB, MACS "8864 11 a7 0001 0000 c021", KS_SKIP_NOT_IP},
        {"PPPoE, wrong version", DLT_EN10MB, MACS "8864 21 00 0001 002d 0021" TCP4, KS_SKIP_MALFORMED},
        {"PPP link control", DLT_PPP, "ff03 c021 0101", KS_SKIP_NOT_IP},
        {"PPP encrypted", DLT_PPP, "0053 00000000", KS_SKIP_ENCRYPTED},
        {"MACsec", DLT_EN10MB, MACS "88e5 2c00 00000001", KS_SKIP_ENCRYPTED},
        {"MACsec, changed but not encrypted", DLT_EN10MB, MACS "88e5 0400 00000001", KS_SKIP_ENCRYPTED},
        {"service chain, experiment", DLT_EN10MB, MACS "894f 0fc2 02fe 00000aff 00", KS_SKIP_NOT_IP},
        {"service chain shorter than itself", DLT_EN10MB, MACS "894f 0fc1 0201 00000aff 00", KS_SKIP_MALFORMED},
        {"MPLS pseudowire", DLT_EN10MB, MACS "8847 00010140 00000000 " MACS "0800", KS_SKIP_NOT_IP},
        {"BSD loopback, AppleTalk", DLT_NULL, "10000000 00", KS_SKIP_NOT_IP},
        {"netlink cooked", DLT_LINUX_SLL, "0004 0338 0000 0000000000000000 0000 00", KS_SKIP_NOT_IP},
        {"CAN cooked", DLT_LINUX_SLL, "0001 0118 0000 0000000000000000 000c 00", KS_SKIP_NOT_IP},
        {"ARP cooked", DLT_LINUX_SLL, "0001 0001 0006 0200000000010000 0806 0001", KS_SKIP_NOT_IP},
        {"802.11 beacon", DLT_IEEE802_11, "8000 0000 " MACS "020000000003 1000 00", KS_SKIP_NOT_IP},
        {"802.11 acknowledgement", DLT_IEEE802_11, "d400 0000 020000000001", KS_SKIP_NOT_IP},
        {"802.11 null function", DLT_IEEE802_11, "4801 0000 " MACS "020000000003 1000", KS_SKIP_NOT_IP},
        {"802.11 protected", DLT_IEEE802_11, "0841 0000 " MACS "020000000003 1000 00000020 00000000", KS_SKIP_ENCRYPTED},
        {"802.11 several in one", DLT_IEEE802_11, "8801 0000 " MACS "020000000003 1000 8000 00", KS_SKIP_TUNNEL},
        {"radiotap shorter than itself", DLT_IEEE802_11_RADIO, "0000 0700 00000000 0801", KS_SKIP_MALFORMED},
        {"radiotap, fields beyond its length", DLT_IEEE802_11_RADIO, "0000 0800 00000080 00000000", KS_SKIP_MALFORMED},
        {"token ring, control", DLT_IEEE802, "1000 " MACS "0000", KS_SKIP_NOT_IP},
        {"token ring, routes of no length", DLT_IEEE802, "1040 020000000001 820000000002 0030", KS_SKIP_MALFORMED},
        {"FDDI, station management", DLT_FDDI, "41 " MACS "0000", KS_SKIP_NOT_IP},
        {"frame relay, address without end", DLT_FRELAY, "1840404040 03cc", KS_SKIP_MALFORMED},
        {"frame relay, management", DLT_FRELAY, "0001 03 08 00", KS_SKIP_NOT_IP},
        {"Cisco keep-alive", DLT_C_HDLC, "8f00 8035 00000002", KS_SKIP_NOT_IP},
        {"netfilter log, attribute without length", DLT_NFLOG, "02 00 0000 0000 0100", KS_SKIP_MALFORMED},
        {"packet filter log without length", DLT_PFLOG, "00 02 00 00", KS_SKIP_MALFORMED},
        {"PPI in PPI", DLT_PPI, "00 00 0800 c0000000 00 00 0800 01000000 " MACS "0800" TCP4, KS_SKIP_LINK_TYPE},
        {"PPI, unknown inside", DLT_PPI, "00 00 0800 93000000 00", KS_SKIP_LINK_TYPE},
        {"PPI shorter than itself", DLT_PPI, "00 00 0700 69000000 00", KS_SKIP_MALFORMED},
        {"pktap shorter than itself", DLT_PKTAP, "0b000000 01000000 01000000", KS_SKIP_MALFORMED},
        {"USB", DLT_USB_LINUX, "00000000", KS_SKIP_LINK_TYPE},
        {"IPv4 in an IPv6 EtherType", DLT_EN10MB, MACS "86dd" TCP4, KS_SKIP_MALFORMED},
        {"IPv6 in an IPv4 EtherType", DLT_EN10MB, MACS "0800" TCP6, KS_SKIP_MALFORMED},
        {"raw, version 5", DLT_RAW, "55000000", KS_SKIP_MALFORMED},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct ks_packet packet;
        enum ks_skip skip = decode_hex(cases[i].link_type, cases[i].hex, &packet);
        if (skip != cases[i].skip)
            fail_msg("%s: %s, not %s", cases[i].name, ks_skip_name(skip), ks_skip_name(cases[i].skip));
    }
}

static void endless_tags_and_labels_end(void **state)
{
    (void)state;
    struct ks_packet packet;
    struct frame frame = frame_of(MACS);
    for (int i = 0; i < 400; i++)
        frame_hex(&frame, "8100 0001");
    assert_int_equal(decode(DLT_EN10MB, frame.at, frame.n, &packet), KS_SKIP_MALFORMED);
    frame = frame_of(MACS "8847");
    for (int i = 0; i < 400; i++)
        frame_hex(&frame, "00010040");
    assert_int_equal(decode(DLT_EN10MB, frame.at, frame.n, &packet), KS_SKIP_MALFORMED);
    frame = frame_of(MACS); /* bridged Ethernet in SNAP in bridged Ethernet ... */
    for (int i = 0; i < 80; i++)
        frame_hex(&frame, "0050 aaaa03 0080c2 0007 0000 " MACS);
    assert_int_equal(decode(DLT_EN10MB, frame.at, frame.n, &packet), KS_SKIP_MALFORMED);
}

static void ipv4_options_padding_and_lengths(void **state)
{
    (void)state;
    struct ks_packet packet;
    /* Eight bytes of options. */
    assert_int_equal(decode_hex(DLT_RAW, "4700 0033 0001 0000 40 06 0000 c0000201 c6336402 01010101 01010100" TCP, &packet),
                     KS_SKIP_NONE);
    assert_tcp(&packet, false, 3);
    /* Padding of the link behind the packet is no payload. */
    assert_int_equal(decode_hex(DLT_RAW, "4500 0028 0001 0000 40 06 0000 c0000201 c6336402" TCP, &packet), KS_SKIP_NONE);
    assert_tcp(&packet, false, 0);
    /* Segmentation offload: total length 0 means all that there is. */
    assert_int_equal(decode_hex(DLT_RAW, "4500 0000 0001 0000 40 06 0000 c0000201 c6336402" TCP, &packet), KS_SKIP_NONE);
    assert_tcp(&packet, false, 3);
    assert_int_equal(decode_hex(DLT_RAW, "4500 0000 0001 0000 40 06 0000 c0000201 c6336402 9c40", &packet), KS_SKIP_TRUNCATED);
    assert_int_equal(decode_hex(DLT_RAW, "4700 0000 0001 0000 40 06 0000 c0000201 c6336402 9c40", &packet), KS_SKIP_TRUNCATED);
    /* Longer than what was captured: the length on the wire counts. */
    assert_int_equal(decode_hex(DLT_RAW, "4500 05dc 0001 0000 40 06 0000 c0000201 c6336402" TCP, &packet), KS_SKIP_NONE);
    assert_tcp(&packet, false, 1460);
    /* Impossible ones. */
    assert_int_equal(decode_hex(DLT_RAW, "4500 0013 0001 0000 40 06 0000 c0000201 c6336402" TCP, &packet), KS_SKIP_MALFORMED);
    assert_int_equal(decode_hex(DLT_RAW, "4400 002b 0001 0000 40 06 0000 c0000201 c6336402" TCP, &packet), KS_SKIP_MALFORMED);
    assert_int_equal(decode_hex(DLT_RAW, "4600 0016 0001 0000 40 06 0000 c0000201 c6336402" TCP, &packet), KS_SKIP_MALFORMED);
    /* Not enough of TCP by the IP length. */
    assert_int_equal(decode_hex(DLT_RAW, "4500 0021 0001 0000 40 06 0000 c0000201 c6336402" TCP, &packet), KS_SKIP_MALFORMED);
    assert_int_equal(decode_hex(DLT_RAW, "4500 0022 0001 0000 40 06 0000 c0000201 c6336402" TCP, &packet), KS_SKIP_NONE);
    assert_tcp(&packet, false, 0);
}

static void a_wrong_data_offset_does_not_hide_the_ports(void **state)
{
    (void)state;
    struct ks_packet packet;
    static const char *const offsets[] = {"0002", "1002", "4002", "f002"};
    static const uint32_t payloads[] = {3, 3, 3, 0};
    for (size_t i = 0; i < 4; i++) {
        struct frame frame = frame_of("4500 002b 0001 0000 40 06 0000 c0000201 c6336402 9c40 03e7 01020304 05060708");
        frame_hex(&frame, offsets[i]);
        frame_hex(&frame, "2000 dead 0000 616263");
        assert_int_equal(decode(DLT_RAW, frame.at, frame.n, &packet), KS_SKIP_NONE);
        assert_tcp(&packet, false, payloads[i]);
    }
    /* Options count as header. */
    assert_int_equal(decode_hex(DLT_RAW, "4500 002f 0001 0000 40 06 0000 c0000201 c6336402 "
                                         "9c40 03e7 01020304 05060708 6002 2000 0000 0000 020405b4 616263",
                                &packet),
                     KS_SKIP_NONE);
    assert_tcp(&packet, false, 3);
}

static void fragments_and_protocols_of_ipv4(void **state)
{
    (void)state;
    struct ks_packet packet;
    /* The first fragment has the ports. */
    assert_int_equal(decode_hex(DLT_RAW, "4500 002b 0001 2000 40 06 0000 c0000201 c6336402" TCP, &packet), KS_SKIP_NONE);
    assert_tcp(&packet, false, 3);
    assert_int_equal(decode_hex(DLT_RAW, "4500 002b 0001 0001 40 06 0000 c0000201 c6336402" TCP, &packet), KS_SKIP_FRAGMENT);
    assert_int_equal(decode_hex(DLT_RAW, "4500 002b 0001 3fff 40 11 0000 c0000201 c6336402" TCP, &packet), KS_SKIP_FRAGMENT);
    /* A first fragment of eight bytes of TCP. */
    assert_int_equal(decode_hex(DLT_RAW, "4500 001c 0001 2000 40 06 0000 c0000201 c6336402" TCP, &packet), KS_SKIP_FRAGMENT);
    static const struct {
        unsigned protocol;
        enum ks_skip skip;
    } protocols[] = {{2, KS_SKIP_PROTOCOL},   {4, KS_SKIP_TUNNEL},    {41, KS_SKIP_TUNNEL},   {47, KS_SKIP_TUNNEL},
                     {50, KS_SKIP_ENCRYPTED}, {89, KS_SKIP_PROTOCOL}, {97, KS_SKIP_TUNNEL},   {115, KS_SKIP_TUNNEL},
                     {132, KS_SKIP_PROTOCOL}, {137, KS_SKIP_TUNNEL},  {58, KS_SKIP_PROTOCOL}, {0, KS_SKIP_PROTOCOL},
                     {44, KS_SKIP_PROTOCOL},  {255, KS_SKIP_PROTOCOL}};
    for (size_t i = 0; i < sizeof protocols / sizeof *protocols; i++) {
        struct frame frame = frame_of(TCP4);
        frame.at[9] = (uint8_t)protocols[i].protocol;
        assert_int_equal(decode(DLT_RAW, frame.at, frame.n, &packet), protocols[i].skip);
    }
    /* An authentication header is passed over (RFC 4302). */
    assert_int_equal(decode_hex(DLT_RAW, "4500 0043 0001 0000 40 33 0000 c0000201 c6336402 "
                                         "06 04 0000 00000001 00000001 000102030405060708090a0b" TCP,
                                &packet),
                     KS_SKIP_NONE);
    assert_tcp(&packet, false, 3);
}

#define IP6(length, next) "60000000 " length next " 40 " A6 B6
#define HOP(next) next " 00 0502 0000 0100 "
#define ROUTE(next) next " 02 00 01 00000000 " A6
#define DEST(next) next " 01 0102 0000 0000 0000 0000 0000 0000 "
#define FRAG(next, at) next " 00 " at " 00000001 "

static void ipv6_extension_headers_are_followed(void **state)
{
    (void)state;
    struct ks_packet packet;
    static const char *const chains[] = {
        IP6("001f", "00") HOP("06") TCP,
        IP6("002f", "2b") ROUTE("06") TCP,
        IP6("0027", "3c") DEST("06") TCP,
        IP6("001f", "2c") FRAG("06", "0001") TCP,
        IP6("002f", "33") "06 04 0000 00000001 00000001 000102030405060708090a0b" TCP,
        IP6("004f", "00") HOP("2b") ROUTE("2c") FRAG("3c", "0000") DEST("06") TCP,
        IP6("001f", "87") "06 00 0000 0000 0000" TCP,
        IP6("0000", "06") TCP,
    };
    for (size_t i = 0; i < sizeof chains / sizeof *chains; i++) {
        assert_int_equal(decode_hex(DLT_RAW, chains[i], &packet), KS_SKIP_NONE);
        assert_tcp(&packet, true, 3);
        struct frame frame = frame_of(chains[i]);
        for (size_t n = 0; n < frame.n - 9; n++) /* fourteen of the 23 bytes of TCP and payload are needed */
            assert_int_equal(decode(DLT_RAW, frame.at, n, &packet), KS_SKIP_TRUNCATED);
    }
}

static void ipv6_that_has_no_ports(void **state)
{
    (void)state;
    struct ks_packet packet;
    static const struct {
        const char *hex;
        enum ks_skip skip;
    } cases[] = {
        {IP6("001f", "2c") FRAG("06", "0008") TCP, KS_SKIP_FRAGMENT},
        {IP6("001f", "2c") FRAG("06", "fff9") TCP, KS_SKIP_FRAGMENT},
        {IP6("0010", "2c") FRAG("06", "0001") TCP, KS_SKIP_FRAGMENT},
        {IP6("0010", "2c") FRAG("06", "0000") TCP, KS_SKIP_MALFORMED},
        {IP6("0008", "3b") "0000000000000000", KS_SKIP_PROTOCOL},
        {IP6("0017", "04") TCP, KS_SKIP_TUNNEL},
        {IP6("0017", "29") TCP, KS_SKIP_TUNNEL},
        {IP6("0017", "2f") TCP, KS_SKIP_TUNNEL},
        {IP6("0017", "32") TCP, KS_SKIP_ENCRYPTED},
        {IP6("0017", "01") TCP, KS_SKIP_PROTOCOL}, /* ICMP of IPv4 */
        {IP6("0004", "00") HOP("06") TCP, KS_SKIP_MALFORMED},
        {IP6("000d", "06") TCP, KS_SKIP_MALFORMED},
        {IP6("0010", "00") "06 05 0502 0000 0100 " TCP, KS_SKIP_MALFORMED},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_int_equal(decode_hex(DLT_RAW, cases[i].hex, &packet), cases[i].skip);
    struct frame frame = frame_of(IP6("0648", "00"));
    for (int i = 0; i < 200; i++)
        frame_hex(&frame, HOP("00"));
    assert_int_equal(decode(DLT_RAW, frame.at, frame.n, &packet), KS_SKIP_MALFORMED);
}

static void udp_needs_its_eight_bytes(void **state)
{
    (void)state;
    struct ks_packet packet;
    struct frame frame = frame_of("4500 0020 0001 0000 40 11 0000 c0000201 c6336402 d903 0035 000c beef 61626364");
    for (size_t n = 0; n <= frame.n; n++) {
        enum ks_skip skip = decode(DLT_RAW, frame.at, n, &packet);
        assert_int_equal(skip, n < 28 ? KS_SKIP_TRUNCATED : KS_SKIP_NONE);
        if (skip != KS_SKIP_NONE)
            continue;
        assert_int_equal(packet.proto, KS_UDP);
        assert_int_equal(packet.sport, 55555);
        assert_int_equal(packet.dport, 53);
        assert_int_equal(packet.payload, 4);
        assert_int_equal(packet.flags, 0);
        assert_false(packet.quotes);
    }
    frame.at[3] = 27;
    assert_int_equal(decode(DLT_RAW, frame.at, frame.n, &packet), KS_SKIP_MALFORMED);
    assert_int_equal(decode_hex(DLT_RAW, IP6("000c", "11") "d903 0035 000c beef 61626364", &packet), KS_SKIP_NONE);
    assert_int_equal(packet.proto, KS_UDP);
    assert_int_equal(packet.payload, 4);
}

static void icmp_gives_type_code_and_payload_length(void **state)
{
    (void)state;
    struct ks_packet packet;
    /* ping -s 56, of which the capture has 8 bytes. */
    assert_int_equal(decode_hex(DLT_RAW, "4500 0054 0001 0000 40 01 0000 c0000201 c6336402 08 00 0000 00010001", &packet),
                     KS_SKIP_NONE);
    assert_int_equal(packet.proto, KS_ICMP);
    assert_int_equal(packet.sport, 0x0800);
    assert_int_equal(packet.dport, 56);
    assert_int_equal(packet.payload, 56);
    assert_true(packet.request);
    assert_int_equal(decode_hex(DLT_RAW, "4500 0054 0001 0000 40 01 0000 c0000201 c6336402 08 00 0000 000100", &packet),
                     KS_SKIP_TRUNCATED);
    assert_int_equal(decode_hex(DLT_RAW, "4500 001a 0001 0000 40 01 0000 c0000201 c6336402 08 00 0000 00010001", &packet),
                     KS_SKIP_MALFORMED);
    static const struct {
        bool v6;
        unsigned type;
        bool request;
    } types[] = {{false, 8, true},  {false, 13, true}, {false, 15, true}, {false, 17, true},  {false, 42, true},
                 {false, 0, false}, {false, 3, false}, {false, 5, false}, {false, 11, false}, {false, 14, false},
                 {true, 128, true}, {true, 139, true}, {true, 160, true}, {true, 129, false}, {true, 1, false},
                 {true, 135, false}, {true, 8, false}};
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        struct frame frame = frame_of(types[i].v6 ? IP6("000a", "3a") "00 07 0000 00000000 6162"
                                                  : "4500 001e 0001 0000 40 01 0000 c0000201 c6336402 00 07 0000 00000000 6162");
        frame.at[types[i].v6 ? 40 : 20] = (uint8_t)types[i].type;
        assert_int_equal(decode(DLT_RAW, frame.at, frame.n, &packet), KS_SKIP_NONE);
        assert_int_equal(packet.proto, types[i].v6 ? KS_ICMP6 : KS_ICMP);
        assert_int_equal(packet.sport, types[i].type << 8 | 7);
        assert_int_equal(packet.dport, 2);
        assert_int_equal(packet.request, types[i].request);
        assert_false(packet.quotes);
    }
    /* Others need only type, code and checksum. */
    assert_int_equal(decode_hex(DLT_RAW, "4500 0018 0001 0000 40 01 0000 c0000201 c6336402 05 00 0000", &packet), KS_SKIP_NONE);
    assert_int_equal(packet.dport, 0);
}

static void destination_unreachable_quotes_what_it_refuses(void **state)
{
    (void)state;
    struct ks_packet packet;
    struct frame frame = frame_of("4500 0040 0001 0000 40 01 0000 c6336402 c0000201 03 03 0000 00000000 "
                                  "4500 05dc 0001 0000 40 06 0000 c0000201 c6336402 9c40 03e7 01020304 05060708");
    for (size_t n = 28; n <= frame.n; n++) {
        assert_int_equal(decode(DLT_RAW, frame.at, n, &packet), KS_SKIP_NONE);
        assert_int_equal(packet.quotes, n >= 52);
        if (!packet.quotes)
            continue;
        assert_address(&packet.quoted.source, "192.0.2.1");
        assert_address(&packet.quoted.target, "198.51.100.2");
        assert_int_equal(packet.quoted.proto, KS_TCP);
        assert_int_equal(packet.quoted.sport, 40000);
        assert_int_equal(packet.quoted.dport, 999);
        assert_int_equal(packet.quoted.has_seq, n >= 56);
        assert_int_equal(packet.quoted.seq, n >= 56 ? 0x01020304 : 0);
    }
    /* UDP, IPv6, behind a hop-by-hop header. */
    assert_int_equal(decode_hex(DLT_RAW, IP6("0040", "3a") "01 04 0000 00000000 " IP6("0100", "00") HOP("11") "d903 0035 0020 0000",
                                &packet),
                     KS_SKIP_NONE);
    assert_true(packet.quotes);
    assert_int_equal(packet.quoted.proto, KS_UDP);
    assert_int_equal(packet.quoted.dport, 53);
    assert_false(packet.quoted.has_seq);
    assert_address(&packet.quoted.target, "2001:db8::2");
    /* A request, by its identifier and number. */
    assert_int_equal(decode_hex(DLT_RAW,
                                "4500 0038 0001 0000 40 01 0000 c6336402 c0000201 03 01 0000 00000000 "
                                "4500 05dc 0001 0000 40 01 0000 c0000201 c6336402 0800 03e7 01020304",
                                &packet),
                     KS_SKIP_NONE);
    assert_true(packet.quotes);
    assert_int_equal(packet.quoted.proto, KS_ICMP);
    assert_int_equal(packet.quoted.sport, 0x0800);
    assert_int_equal(packet.quoted.seq, 0x01020304);
    /* No ports in what is quoted: a later fragment, an ICMP reply; and a time exceeded is no refusal. */
    static const char *const without[] = {
        "4500 0038 0001 0000 40 01 0000 c6336402 c0000201 03 03 0000 00000000 "
        "4500 05dc 0001 0010 40 06 0000 c0000201 c6336402 9c40 03e7 01020304",
        "4500 0038 0001 0000 40 01 0000 c6336402 c0000201 03 03 0000 00000000 "
        "4500 05dc 0001 0000 40 01 0000 c0000201 c6336402 0000 03e7 01020304",
        "4500 0038 0001 0000 40 01 0000 c6336402 c0000201 03 03 0000 00000000 "
        "4500 05dc 0001 0000 40 01 0000 c0000201 c6336402 0800 03e7",
        "4500 0038 0001 0000 40 01 0000 c6336402 c0000201 0b 00 0000 00000000 "
        "4500 05dc 0001 0000 40 06 0000 c0000201 c6336402 9c40 03e7 01020304",
        "4500 0038 0001 0000 40 01 0000 c6336402 c0000201 03 03 0000 00000000 "
        "6500 05dc 0001 0000 40 06 0000 c0000201 c6336402 9c40 03e7 01020304",
    };
    for (size_t i = 0; i < sizeof without / sizeof *without; i++) {
        assert_int_equal(decode_hex(DLT_RAW, without[i], &packet), KS_SKIP_NONE);
        assert_false(packet.quotes);
    }
}

/* Changed frames of every link type: no read beyond the end, and always one of the reasons. */
static void random_changes_never_read_beyond_the_end(void **state)
{
    (void)state;
    uint64_t x = 42;
    for (unsigned round = 0; round < 60000; round++) {
        const struct link *link = &links[round % (sizeof links / sizeof *links)];
        struct frame frame = frame_of(link->before);
        frame_hex(&frame, link->v6 ? TCP6 : TCP4);
        for (unsigned change = 0; change < 4; change++) {
            x = x * 6364136223846793005U + 1442695040888963407U;
            frame.at[(x >> 33) % frame.n] = (uint8_t)(x >> 56);
        }
        struct ks_packet packet;
        enum ks_skip skip = decode(link->link_type, frame.at, (size_t)((x >> 20) % (frame.n + 1)), &packet);
        assert_true(skip < KS_SKIP_N);
        assert_int_not_equal(skip, KS_SKIP_LIMIT);
    }
}

/* The short way of plain.h over a frame of exactly this size: whether it takes it; and then it must give what the long way gives. */
static bool plain(const struct frame *frame, size_t n)
{
    static struct ks_batch batch;
    struct ks_staged staged;
    struct ks_packet packet;
    uint8_t *copy = malloc(n != 0 ? n : 1);
    if (copy == NULL)
        abort();
    memcpy(copy, frame->at, n);
    bool taken = ks_plain(copy, n, &staged);
    free(copy);
    if (!taken)
        return false;
    assert_int_equal(decode(DLT_EN10MB, frame->at, n, &packet), KS_SKIP_NONE);
    ks_batch_clear(&batch);
    ks_batch_add(&batch, &packet, 7, 9);
    staged.time = 7;
    staged.number = 9;
    assert_memory_equal(&staged, &batch.at[0], sizeof staged);
    return true;
}

static void the_short_way_gives_what_the_long_one_gives(void **state)
{
    (void)state;
    static const struct {
        const char *hex;
        bool taken;
    } cases[] = {
        {MACS "0800" TCP4, true},
        {MACS "0800" "4500 0028 0001 4000 40 06 0000 c0000201 c6336402 9c40 03e7 01020304 05060708 5012 2000 0000 0000", true},
        {MACS "0800" "4500 0029 0001 4000 40 06 0000 c0000201 c6336402 9c40 03e7 01020304 05060708 5014 2000 0000 0000 00", true},
        {MACS "0800" "4500 0030 0001 4000 40 06 0000 c0000201 c6336402 9c40 03e7 01020304 05060708 f004 2000 0000 0000 00", true},
        {MACS "0800" "4500 0022 0001 4000 40 06 0000 c0000201 c6336402 9c40 03e7 01020304 05060708 0002", true},
        {MACS "0800" "4500 0021 0001 4000 40 06 0000 c0000201 c6336402 9c40 03e7 01020304 05060708 0002", false},
        {MACS "0800" "4500 0000 0001 4000 40 06 0000 c0000201 c6336402 9c40 03e7 01020304 05060708 5002", false},
        {MACS "0800" "4500 0028 0001 2000 40 06 0000 c0000201 c6336402 9c40 03e7 01020304 05060708 5012 2000 0000 0000", false},
        {MACS "0800" "4500 0028 0001 0001 40 06 0000 c0000201 c6336402 9c40 03e7 01020304 05060708 5012 2000 0000 0000", false},
        {MACS "0800" "4600 002c 0001 0000 40 06 0000 c0000201 c6336402 01010101 9c40 03e7 01020304 05060708 5002 2000 0000 0000", false},
        {MACS "0800" "4500 0028 0001 4000 40 11 0000 c0000201 c6336402 9c40 03e7 0014 0000 05060708 5012 2000 0000 0000", false},
        {MACS "8100 0001 0800" TCP4, false},
        {MACS "86dd" TCP6, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct frame frame = frame_of(cases[i].hex);
        assert_int_equal(plain(&frame, frame.n), cases[i].taken);
        for (size_t n = 0; n < frame.n; n++)
            assert_int_equal(plain(&frame, n), cases[i].taken && n >= 48);
    }
    uint64_t x = 7;
    unsigned taken = 0;
    for (unsigned round = 0; round < 60000; round++) {
        struct frame frame = frame_of(cases[round % 4].hex);
        for (unsigned change = 0; change < 3; change++) {
            x = x * 6364136223846793005U + 1442695040888963407U;
            frame.at[12 + (x >> 33) % (frame.n - 12)] = (uint8_t)(x >> 56);
        }
        taken += plain(&frame, frame.n);
    }
    assert_in_range(taken, 10000, 59999);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_address_without_room_is_empty),
        cmocka_unit_test(every_link_type_leads_to_the_ports),
        cmocka_unit_test(prism_and_infiniband_have_long_headers),
        cmocka_unit_test(every_link_type_cut_at_every_length_is_truncated_or_the_same),
        cmocka_unit_test(what_is_not_ip_is_told_by_its_reason),
        cmocka_unit_test(endless_tags_and_labels_end),
        cmocka_unit_test(ipv4_options_padding_and_lengths),
        cmocka_unit_test(a_wrong_data_offset_does_not_hide_the_ports),
        cmocka_unit_test(fragments_and_protocols_of_ipv4),
        cmocka_unit_test(ipv6_extension_headers_are_followed),
        cmocka_unit_test(ipv6_that_has_no_ports),
        cmocka_unit_test(udp_needs_its_eight_bytes),
        cmocka_unit_test(icmp_gives_type_code_and_payload_length),
        cmocka_unit_test(destination_unreachable_quotes_what_it_refuses),
        cmocka_unit_test(random_changes_never_read_beyond_the_end),
        cmocka_unit_test(the_short_way_gives_what_the_long_one_gives),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
