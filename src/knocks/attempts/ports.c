#include "knocks/attempts/ports.h"

#include <string.h>

/* Services that clients of a network look for without being told a secret: the IANA registry's well-known
 * ports that are in real use, and the registered ones that scanners, agents and fallback lists try most.
 * A knock may use them; it then has to show more. Ascending. */
static const uint16_t tcp[] = {
    7,     9,     13,    17,    19,    20,    21,    22,    23,    25,    26,    37,    42,    43,    53,
    70,    79,    80,    81,    82,    88,    102,   110,   111,   113,   119,   135,   137,   138,   139,
    143,   179,   389,   443,   444,   445,   464,   465,   500,   502,   512,   513,   514,   515,   548,
    554,   587,   593,   623,   631,   636,   646,   853,   860,   873,   902,   989,   990,   991,   992,
    993,   994,   995,   1025,  1026,  1027,  1080,  1099,  1194,  1352,  1433,  1434,  1521,  1701,  1723,
    1755,  1812,  1813,  1883,  1900,  1935,  2000,  2022,  2049,  2082,  2083,  2086,  2087,  2095,  2096,
    2121,  2181,  2195,  2196,  2197,  2222,  2323,  2375,  2376,  2379,  2380,  2404,  2483,  2484,  2525,
    2869,  3000,  3050,  3128,  3260,  3268,  3269,  3283,  3300,  3306,  3389,  3478,  3479,  3544,  3689,
    3690,  4190,  4369,  4443,  4444,  4500,  4505,  4506,  4567,  4662,  4786,  4840,  4848,  4899,  5000,
    5001,  5003,  5038,  5050,  5060,  5061,  5190,  5222,  5223,  5228,  5229,  5230,  5269,  5353,  5357,
    5431,  5432,  5433,  5500,  5555,  5601,  5631,  5632,  5666,  5671,  5672,  5800,  5900,  5901,  5902,
    5903,  5938,  5984,  5985,  5986,  6379,  6380,  6443,  6666,  6667,  6697,  6881,  6882,  6883,  7001,
    7002,  7443,  7474,  7547,  7680,  8000,  8001,  8002,  8006,  8008,  8009,  8022,  8060,  8069,  8080,
    8081,  8082,  8083,  8084,  8085,  8086,  8087,  8088,  8089,  8090,  8091,  8096,  8123,  8140,  8161,
    8180,  8181,  8222,  8291,  8300,  8301,  8333,  8443,  8444,  8500,  8530,  8531,  8545,  8546,  8600,
    8728,  8834,  8880,  8883,  8888,  8983,  9000,  9001,  9002,  9042,  9043,  9080,  9090,  9091,  9092,
    9093,  9100,  9101,  9102,  9115,  9121,  9160,  9200,  9220,  9300,  9389,  9418,  9443,  9600,  10000,
    10050, 10051, 10243, 10250, 10255, 10443, 11211, 12489, 15672, 16992, 16993, 17500, 18080, 22222, 23023,
    25565, 27017, 27018, 28017, 30303, 32400, 37215, 44818, 47808, 49152, 49153, 49154, 49155, 49156, 49157,
    50000, 52869, 60023, 62078};
static const uint16_t udp[] = {
    7,    9,    13,   17,    19,    37,    42,    49,    53,    67,    68,    69,    80,   88,
    111,  123,  135,  137,   138,   139,   161,   162,   177,   389,   427,   443,   445,  464,
    500,  512,  513,  514,   520,   521,   523,   546,   547,   554,   623,   626,   631,  784,
    853,  989,  990,  1194,  1434,  1701,  1718,  1719,  1812,  1813,  1900,  2049,  2055, 2123,
    2152, 3074, 3283, 3389,  3478,  3479,  3480,  3481,  3544,  3702,  4500,  4789,  5000, 5001,
    5004, 5005, 5060, 5061,  5246,  5247,  5351,  5353,  5355,  5683,  6081,  6343,  6881, 8125,
    8472, 9995, 9996, 17500, 19302, 20000, 27015, 32412, 32414, 33434, 44818, 47808, 51820};

static const struct group {
    const char *name;
    uint16_t ports[28]; /* ends with 0 */
} groups[] = {
    {"Windows file sharing", {135, 137, 138, 139, 445}},
    {"mail", {25, 26, 80, 106, 110, 143, 443, 465, 585, 587, 691, 993, 995, 2525, 4190}},
    {"directory service", {53, 88, 123, 135, 137, 138, 139, 389, 445, 464, 593, 636, 3268, 3269, 9389}},
    {"printers",
     {80, 139, 161, 443, 445, 515, 631, 721, 5357, 5358, 8080, 9100, 9101, 9102, 9103, 9220, 9500}},
    {"the web", {80, 81, 443, 3000, 3128, 8000, 8008, 8080, 8081, 8088, 8443, 8888, 9443}},
    {"VPN", {80, 443, 500, 1194, 1195, 1701, 1723, 4443, 4500, 8443, 10443, 51820}},
    {"remote access", {22,   23,   80,   443,  992,  2222, 2323, 3388, 3389,  3390,
                       5800, 5900, 5901, 5902, 5985, 5986, 7070, 8022, 22222, 33389}},
    {"file transfer", {20, 21, 22, 69, 115, 873, 989, 990, 2121}},
    {"messaging",
     {80, 443, 1863, 1935, 5050, 5190, 5222, 5223, 5228, 5229, 5230, 5242, 5269, 5298, 6667, 6697, 7000,
      8080}},
    {"telephony",
     {80, 443, 1718, 1719, 1720, 3478, 3479, 3480, 3481, 5004, 5005, 5060, 5061, 5349, 8801, 8802, 19302}},
    {"name and time service", {53, 123, 137, 853, 5353, 5355, 784}},
    {"discovery", {137, 138, 427, 1900, 3702, 5353, 5355, 5357, 5358, 17500, 32412, 32414}},
    {"databases",
     {1433, 1434, 1521, 2483, 2484, 3050, 3306, 5432, 5433, 6379, 9042, 11211, 27017, 27018, 27019, 50000}},
    {"monitoring",
     {22, 80, 161, 443, 623, 2055, 5666, 6343, 8125, 9090, 9093, 9100, 9115, 9995, 9996, 10050, 10051,
      12489}},
    {"Windows management",
     {80, 135, 139, 443, 445, 3389, 5985, 5986, 47001, 49152, 49153, 49154, 49155, 49156, 49157}},
    {"industrial control", {80, 102, 443, 502, 2222, 2404, 4840, 20000, 34962, 34963, 34964, 44818, 47808}},
    {"file service", {111, 139, 445, 548, 635, 860, 2049, 3260, 4045, 20048}},
    {"peer-to-peer",
     {1214, 4661, 4662, 4672, 6346, 6347, 6881, 6882, 6883, 6884, 6885, 6886, 6887, 6888, 6889, 6969}},
};

static bool in_list(const uint16_t *list, size_t n, uint16_t port)
{
    size_t low = 0, high = n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (list[middle] < port)
            low = middle + 1;
        else
            high = middle;
    }
    return low < n && list[low] == port;
}

/* Payload lengths of echo requests that programs send unless told otherwise (ping: 56, Windows 32, Cisco 72;
 * mtr, traceroute, fping, host discovery) and, from LONG on, such as look for the path's largest packet. */
static const uint16_t pings[] = {0, 8, 12, 16, 18, 20, 24, 28, 32, 36, 40, 48, 52, 56, 60, 64, 68, 72};

enum { LONG = 1200, NMAP_CODE = 9, NMAP_LENGTH = 120, NMAP_SECOND = 150 };

static bool ping_registered(uint32_t item)
{
    uint16_t length = (uint16_t)item;
    ks_item wide = ks_item_wide(item);
    uint8_t type = (uint8_t)(wide >> 24), code = (uint8_t)(wide >> 16);
    if (type != 8 && type != 128)
        return true; /* systems ask for the time and the like by themselves */
    if (code != 0)
        return code == NMAP_CODE && length == NMAP_LENGTH;
    return length >= LONG || length == NMAP_SECOND || in_list(pings, sizeof pings / sizeof *pings, length);
}

bool ks_port_registered(uint32_t item)
{
    uint16_t port = (uint16_t)item;
    if (ks_item_icmp(item))
        return ping_registered(item);
    return item >> 16 == 0 ? in_list(tcp, sizeof tcp / sizeof *tcp, port)
                           : in_list(udp, sizeof udp / sizeof *udp, port);
}

static bool in_group(const struct group *group, uint16_t port)
{
    for (size_t i = 0; i < sizeof group->ports / sizeof *group->ports && group->ports[i] != 0; i++)
        if (group->ports[i] == port)
            return true;
    return false;
}

const char *ks_ports_group(const uint32_t *items, size_t n)
{
    for (size_t g = 0; g < sizeof groups / sizeof *groups; g++) {
        size_t in = 0, all = 0;
        for (size_t i = 0; i < n; i++) {
            bool seen = ks_item_icmp(items[i]) && ping_registered(items[i]); /* clients ping first */
            for (size_t k = 0; k < i && !seen; k++)
                seen = items[k] == items[i];
            if (seen)
                continue;
            all++;
            in += !ks_item_icmp(items[i]) && in_group(&groups[g], (uint16_t)items[i]);
        }
        if (all > 0 && in + (all >= 4) >= all)
            return groups[g].name;
    }
    return NULL;
}

bool ks_ports_monotone(const uint32_t *items, size_t n)
{
    if (n < 3)
        return false;
    int64_t step = (int64_t)items[1] - items[0];
    bool equal = step != 0;
    uint32_t low = items[0], high = items[0];
    for (size_t i = 1; i < n; i++) {
        equal = equal && (int64_t)items[i] - items[i - 1] == step;
        low = items[i] < low ? items[i] : low;
        high = items[i] > high ? items[i] : high;
    }
    return equal || high - low <= n + n / 2;
}

bool ks_ports_round(const uint32_t *items, size_t n)
{
    enum { STEP = 100 };
    if (n < 3)
        return false;
    int64_t step = (int64_t)items[1] - items[0];
    for (size_t i = 1; i < n; i++)
        if ((int64_t)items[i] - items[i - 1] != step)
            return false;
    return step >= STEP || step <= -STEP;
}

static void mark(const uint16_t *list, size_t n, uint64_t *bits)
{
    for (size_t i = 0; i < n; i++)
        bits[list[i] / 64] |= UINT64_C(1) << list[i] % 64;
}

void ks_ports_mark(uint64_t bits[KS_ITEMS_PORTS / 64])
{
    memset(bits, 0, KS_ITEMS_PORTS / 8);
    mark(tcp, sizeof tcp / sizeof *tcp, bits);
    mark(udp, sizeof udp / sizeof *udp, bits + (1 << 16) / 64);
}
