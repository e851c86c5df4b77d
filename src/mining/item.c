#include "mining/item.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

static const char *const proto_names[] = {
    [KS_TCP] = "tcp", [KS_UDP] = "udp", [KS_ICMP] = "icmp", [KS_ICMP6] = "icmp6"};

static const char *const items_names[] = {[KS_ITEMS_TCP] = "tcp",
                                          [KS_ITEMS_ATTEMPTS] = "attempts",
                                          [KS_ITEMS_SYN] = "syn",
                                          [KS_ITEMS_UDP] = "udp",
                                          [KS_ITEMS_ICMP] = "icmp"};

char *ks_item_format(char *out, size_t cap, ks_item item)
{
    unsigned proto = (unsigned)(item >> 32) & 3, low = (unsigned)item & 0xffff, high = (unsigned)(item >> 16) & 0xffff;
    if (proto == KS_TCP)
        snprintf(out, cap, "%u", low);
    else if (proto == KS_UDP)
        snprintf(out, cap, "udp/%u", low);
    else
        snprintf(out, cap, "%s/%u/%u/%u", proto_names[proto], high >> 8, high & 0xff, low);
    return out;
}

/* Reads up to three numbers parted by slashes; how many there were, 0 where the text is anything else. */
static size_t numbers(const char *text, uint64_t out[3])
{
    size_t n = 0;
    while (n < 3) {
        size_t digits = strspn(text, "0123456789");
        char copy[8];
        if (digits == 0 || digits >= sizeof copy)
            return 0;
        memcpy(copy, text, digits);
        copy[digits] = '\0';
        if (!ks_parse_u64(copy, 0, UINT16_MAX, &out[n++]))
            return 0;
        text += digits;
        if (*text == '\0')
            return n;
        if (*text++ != '/')
            return 0;
    }
    return 0;
}

bool ks_item_parse(const char *text, ks_item *out)
{
    enum ks_proto proto = KS_TCP;
    size_t letters = strcspn(text, "/");
    if (text[letters] == '/') {
        size_t p = 0;
        while (p < 4 && (strlen(proto_names[p]) != letters || memcmp(proto_names[p], text, letters) != 0))
            p++;
        if (p == 4)
            return false;
        proto = (enum ks_proto)p;
        text += letters + 1;
    }
    uint64_t v[3];
    size_t n = numbers(text, v);
    if (proto >= KS_ICMP) {
        if (n != 3 || v[0] > 255 || v[1] > 255)
            return false;
        *out = (ks_item)proto << 32 | v[0] << 24 | v[1] << 16 | v[2];
        return true;
    }
    if (n != 1)
        return false;
    *out = ks_item_port(proto, (uint16_t)v[0]);
    return true;
}

const char *ks_items_name(enum ks_items items)
{
    return items_names[items];
}

bool ks_items_parse(const char *text, enum ks_items *out)
{
    for (size_t i = 0; i < sizeof items_names / sizeof *items_names; i++)
        if (strcmp(text, items_names[i]) == 0) {
            *out = (enum ks_items)i;
            return true;
        }
    return false;
}
