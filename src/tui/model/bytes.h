/* Packets read a second time for their bytes, which the log does not keep: a few at once, in the background. */
#ifndef KS_TUI_MODEL_BYTES_H
#define KS_TUI_MODEL_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "capture/extract.h"
#include "tui/model/model.h"

/* A capture and the files that it came from, held by a screen that may outlive the model's present capture. */
struct ks_origin {
    struct ks_capture *capture;
    char **paths;
    size_t n_paths;
};

/* The model's capture; false when out of memory. Freed by ks_origin_free whatever the result. */
bool ks_origin_take(const struct ks_model *model, struct ks_origin *out);
void ks_origin_free(struct ks_origin *origin);

/* The file that holds the packet of a number and the packet's number in it, from 1. Returns the file's index; the last where counts are not known yet. */
size_t ks_origin_file(const struct ks_origin *origin, uint32_t number, uint64_t *within);

struct ks_packet_bytes {
    uint32_t number;
    int link_type;   /* DLT_ value */
    uint32_t length; /* on the wire */
    const uint8_t *at;
    size_t n; /* of them in the capture */
};

/* Reads packets (ascending by number; copied) in the background; what was read before is forgotten when they are there. */
void ks_bytes_read(struct ks_model *model, const struct ks_origin *origin, const struct ks_extract_packet *packets, size_t n);
/* The bytes of a packet if the last reading brought them; valid until the next result is collected. */
bool ks_bytes_find(const struct ks_model *model, const struct ks_origin *origin, uint32_t number, struct ks_packet_bytes *out);
/* Why they are not there, in words: NULL while they are being read. `wanted` is the packet asked for. */
const char *ks_bytes_problem(const struct ks_model *model, const struct ks_origin *origin, uint32_t number);
/* Forgets what was read; for the model's end. */
void ks_bytes_free(struct ks_model *model);

#endif
