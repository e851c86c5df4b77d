/* A bare libpcap loop over a file: what loading is measured against. */
#include <pcap/pcap.h>
#include <stdio.h>

int main(int argc, char **argv)
{
    char words[PCAP_ERRBUF_SIZE] = "no file is named";
    pcap_t *pcap = argc > 1 ? pcap_open_offline(argv[1], words) : NULL;
    if (pcap == NULL) {
        fprintf(stderr, "%s\n", words);
        return 1;
    }
    struct pcap_pkthdr *header;
    const u_char *bytes;
    unsigned long packets = 0, total = 0;
    while (pcap_next_ex(pcap, &header, &bytes) == 1) {
        packets++;
        total += header->len;
    }
    printf("%lu packets, %lu bytes\n", packets, total);
    pcap_close(pcap);
    return 0;
}
