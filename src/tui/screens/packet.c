/* One packet: where it stands in the capture, what was decoded from it, and its bytes. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "capture/decode.h"
#include "export/evidence.h"
#include "tui/screens/lanes.h"
#include "tui/toolkit/layout.h"
#include "tui/screens/packet.h"

enum { BEFORE = 64, BLOCK = 256, /* packets read at once, and how many of them before the one shown */
       LABEL = 10, LEAST_BYTES = 4 /* rows that fields leave to the bytes */ };

struct packet {
    struct ks_origin origin;
    uint32_t *events;
    size_t n, at;
    char title[120];
    uint32_t asked; /* the packet that was asked for last, and how often */
    int tries;
    struct ks_list rows; /* of bytes */
    int per_row, gap, fields_h;
};

/* Set by ks_show_packet for the open that follows at once. */
static const struct ks_packet_list *wanted;

unsigned ks_show_packet(struct ks_app *app, const struct ks_packet_list *list)
{
    wanted = list;
    unsigned effects = ks_open(app, "packet", NULL, (int64_t)list->at);
    wanted = NULL;
    return effects;
}

char *ks_flags_text(char *out, size_t cap, const struct ks_log *log, uint32_t event)
{
    static const char *const names[] = {"FIN", "SYN", "RST", "PSH", "ACK", "URG"};
    size_t used = 0;
    out[0] = '\0';
    if (ks_log_proto(log, event) != KS_TCP) {
        snprintf(out, cap, "%s", ks_log_proto(log, event) == KS_UDP ? "udp" : "icmp");
        return out;
    }
    for (unsigned i = 0; i < sizeof names / sizeof *names; i++)
        if ((log->flags[event] >> i & 1) != 0 && used < cap)
            used += (size_t)snprintf(out + used, cap - used, "%s%s", used > 0 ? " " : "", names[i]);
    return out;
}

char *ks_endpoint_text(char *out, size_t cap, const struct ks_log *log, uint32_t host, uint32_t event, uint16_t port)
{
    char address[48];
    ks_format_address(address, sizeof address, &log->hosts[host]);
    if (ks_log_proto(log, event) >= KS_ICMP)
        snprintf(out, cap, "%s", address);
    else
        snprintf(out, cap, log->hosts[host].version == 6 ? "[%s]:%u" : "%s:%u", address, port);
    return out;
}

static void packet_close(struct ks_app *app, void *state)
{
    struct packet *s = state;
    (void)app;
    ks_origin_free(&s->origin);
    ks_free(s->events);
    ks_free(s);
}

static bool copy_list(struct packet *s, const struct ks_packet_list *list)
{
    const struct ks_origin *o = list->origin;
    s->events = ks_alloc(list->n, sizeof *s->events);
    s->origin = (struct ks_origin){.capture = ks_capture_retain(o->capture), .paths = ks_zalloc(o->n_paths, sizeof *o->paths)};
    if (s->events == NULL || s->origin.paths == NULL)
        return false;
    for (; s->origin.n_paths < o->n_paths; s->origin.n_paths++)
        if ((s->origin.paths[s->origin.n_paths] = ks_strdup(o->paths[s->origin.n_paths])) == NULL)
            return false;
    memcpy(s->events, list->events, list->n * sizeof *s->events);
    s->n = list->n;
    s->at = list->at;
    snprintf(s->title, sizeof s->title, "%s", list->title);
    return true;
}

static uint32_t number_of(const struct packet *s)
{
    return s->origin.capture->log.packet[s->events[s->at]];
}

/* Asks for the packet and its neighbours; where these were too large to keep, for it alone. */
static void read_bytes(struct ks_model *model, struct packet *s)
{
    struct ks_packet_bytes bytes;
    struct ks_extract_packet block[BLOCK];
    const struct ks_log *log = &s->origin.capture->log;
    uint32_t number = number_of(s);
    if (s->asked != number)
        s->tries = 0;
    if (ks_worker_busy(model->worker, KS_JOB_BYTES) || ks_bytes_find(model, &s->origin, number, &bytes) || s->tries == 2)
        return;
    size_t first = s->tries == 1 ? s->at : s->at > BEFORE ? s->at - BEFORE : 0, n = 0;
    for (; n < (s->tries == 1 ? 1 : BLOCK) && first + n < s->n; n++) {
        uint32_t e = s->events[first + n];
        block[n] = (struct ks_extract_packet){log->packet[e], log->time[e]};
    }
    s->asked = number;
    s->tries++;
    ks_bytes_read(model, &s->origin, block, n);
}

static void *packet_open(struct ks_app *app, const char *text, int64_t number)
{
    (void)text;
    (void)number;
    if (wanted == NULL || wanted->n == 0 || wanted->at >= wanted->n) {
        ks_say(&app->model, KS_SAY_INFO, "packets are opened from a list of them: p on the Knocks screen shows one");
        return NULL;
    }
    struct packet *s = ks_zalloc(1, sizeof *s);
    if (s == NULL || !copy_list(s, wanted)) {
        if (s != NULL)
            packet_close(app, s);
        ks_say_status(&app->model, ks_nomem("the packet"));
        return NULL;
    }
    read_bytes(&app->model, s);
    return s;
}

static void packet_layout(struct ks_app *app, void *state, int w, int h)
{
    struct packet *s = state;
    struct ks_packet_bytes bytes;
    int inner = w - 4;
    s->gap = inner >= 72 ? 2 : 1;
    s->per_row = inner >= 70 ? 16 : inner >= 38 ? 8 : 4;
    s->fields_h = h - 2 >= 7 + LEAST_BYTES + 1 ? 7 : h - 2 > LEAST_BYTES + 2 ? h - 2 - LEAST_BYTES - 1 : h - 2 > 3 ? 1 : 0;
    bool there = ks_bytes_find(&app->model, &s->origin, number_of(s), &bytes);
    uint64_t n = there ? (bytes.n + (size_t)s->per_row - 1) / (size_t)s->per_row : 0;
    ks_list_fit(&s->rows, n, h - 2 - s->fields_h - (s->fields_h > 1));
}

static void field(struct ks_canvas in, int y, int rows, const char *label, ks_style style, const char *text)
{
    if (y >= rows)
        return;
    ks_put_in(in, 0, y, LABEL, KS_LEFT, KS_ROLE_FAINT, label);
    ks_put_in(in, LABEL, y, in.w - LABEL, KS_LEFT, style, text);
}

static const char *protocol_name(enum ks_proto proto)
{
    static const char *const name[] = {"TCP", "UDP", "ICMP", "ICMPv6"};
    return name[proto];
}

/* What the log says of it, and what only its bytes say. */
static void draw_fields(const struct ks_app *app, const struct packet *s, struct ks_canvas in, const struct ks_packet_bytes *bytes)
{
    const struct ks_log *log = &s->origin.capture->log;
    uint32_t e = s->events[s->at];
    enum ks_proto proto = ks_log_proto(log, e);
    bool attempt = (log->mark[e] & (KS_MARK_ATTEMPT | KS_MARK_AGAIN)) != 0;
    char text[640], a[64], b[64], c[64];
    struct ks_packet decoded;
    bool known = bytes != NULL && ks_decode(bytes->link_type, bytes->at, bytes->n, &decoded) == KS_SKIP_NONE;
    uint64_t within;
    size_t file = ks_origin_file(&s->origin, log->packet[e], &within);
    const struct ks_capture_info *info = &s->origin.capture->info;
    int rows = s->fields_h;
    ks_format_count(a, sizeof a, within);
    const char *name = file < info->n_files ? info->files[file].name : "the capture";
    snprintf(text, sizeof text, "%s in %s", a, strcmp(name, "-") == 0 ? "standard input" : name);
    field(in, 0, rows, "packet", KS_ROLE_STRONG, text);
    ks_format_time(a, sizeof a, log->time[e], 9);
    ks_format_span(b, sizeof b, log->time[e] - log->time[s->events[0]]);
    snprintf(text, sizeof text, "%s UTC · +%s", a, b);
    field(in, 1, rows, "time", KS_ROLE_TEXT, text);
    ks_endpoint_text(a, sizeof a, log, log->source[e], e, log->sport[e]);
    ks_endpoint_text(b, sizeof b, log, log->target[e], e, log->dport[e]);
    snprintf(text, sizeof text, "%s → %s", a, b);
    field(in, 2, rows, "addresses", KS_ROLE_KNOCK, text);
    if (proto == KS_TCP)
        snprintf(text, sizeof text, "TCP %s%s%s", ks_flags_text(a, sizeof a, log, e), attempt ? " · attempt, " : "",
                 attempt ? ks_outcome_name(ks_log_outcome(log, e)) : "");
    else if (proto == KS_UDP)
        snprintf(text, sizeof text, "UDP%s%s", attempt ? " · attempt, " : "", attempt ? ks_outcome_name(ks_log_outcome(log, e)) : "");
    else
        snprintf(text, sizeof text, "%s type %u code %u, %u bytes behind its header", protocol_name(proto), log->sport[e] >> 8U & 0xffu,
                 log->sport[e] & 0xffu, log->dport[e]);
    field(in, 3, rows, "what", attempt ? ks_outcome_style(ks_log_outcome(log, e)) : KS_ROLE_TEXT, text);
    if (known && proto == KS_TCP)
        snprintf(text, sizeof text, "sequence %" PRIu32 " · acknowledges %" PRIu32, decoded.seq, decoded.ack);
    else
        snprintf(text, sizeof text, "—");
    field(in, 4, bytes != NULL ? rows : 0, "numbers", KS_ROLE_TEXT, text);
    if (bytes != NULL) {
        const char *link = file < info->n_files ? info->files[file].link : "";
        snprintf(text, sizeof text, in.w - LABEL >= 74 ? "%s bytes on the wire · %s in the capture%s%s%s · link %s" : "%s bytes · %s captured%s%s%s · link %s", ks_format_count(a, sizeof a, bytes->length),
                 bytes->n == bytes->length ? "all" : ks_format_count(b, sizeof b, bytes->n), known ? " · payload " : "",
                 known ? ks_format_count(c, sizeof c, decoded.payload) : "", known ? " bytes" : "", link);
    } else {
        text[0] = '\0';
    }
    field(in, 5, bytes != NULL ? rows : 0, "length", KS_ROLE_TEXT, text);
    (void)app;
}

static void draw_row(const struct packet *s, struct ks_canvas in, int y, const struct ks_packet_bytes *bytes, uint64_t row)
{
    size_t from = (size_t)row * (size_t)s->per_row;
    int x = ks_putf(in, 0, y, KS_ROLE_FAINT, "%04zx", from) + s->gap;
    int text_x = x + 3 * s->per_row + (s->per_row == 16 ? 1 : 0) + s->gap - 1;
    for (int i = 0; i < s->per_row && from + (size_t)i < bytes->n; i++) {
        uint8_t byte = bytes->at[from + (size_t)i];
        bool printable = byte >= 0x20 && byte < 0x7f;
        ks_putf(in, x + 3 * i + (i >= 8), y, KS_ROLE_TEXT, "%02x", byte);
        ks_put_char(in, text_x + i, y, printable ? KS_ROLE_STRONG : KS_ROLE_FAINT, printable ? byte : '.');
    }
}

static void packet_draw(const struct ks_app *app, const void *state, struct ks_canvas canvas)
{
    const struct packet *s = state;
    struct ks_packet_bytes bytes;
    char title[200], a[32], b[32];
    bool there = ks_bytes_find(&app->model, &s->origin, number_of(s), &bytes);
    snprintf(title, sizeof title, "Packet %s of %s · %s", ks_format_count(a, sizeof a, s->at + 1), ks_format_count(b, sizeof b, s->n), s->title);
    struct ks_canvas in = ks_box(canvas, ks_whole(canvas), KS_ROLE_FOCUS, title);
    struct ks_canvas body = ks_sub(in, (struct ks_rect){1, 0, in.w - 2, in.h});
    draw_fields(app, s, body, there ? &bytes : NULL);
    int y = s->fields_h;
    if (s->fields_h > 1 && y < in.h) {
        ks_hline(body, 0, y - 1, body.w, KS_ROLE_BORDER);
        if (s->rows.n > (uint64_t)s->rows.visible) {
            snprintf(title, sizeof title, " rows %" PRIu64 " to %" PRIu64 " of %" PRIu64 " ", s->rows.top + 1,
                     s->rows.top + (uint64_t)s->rows.visible < s->rows.n ? s->rows.top + (uint64_t)s->rows.visible : s->rows.n, s->rows.n);
            ks_put(body, 2, y - 1, KS_ROLE_FAINT, title);
        }
    }
    if (!there) {
        const char *problem = ks_bytes_problem(&app->model, &s->origin, number_of(s));
        char text[420];
        if (problem != NULL)
            snprintf(text, sizeof text, "Its bytes cannot be shown: %s.", problem);
        else
            snprintf(text, sizeof text, "%s", app->model.loading ? "Its bytes are read when the capture has been read." : "Reading its bytes ...");
        ks_put_wrapped(body, 0, y, body.w, in.h - y, problem != NULL ? KS_ROLE_WARN : KS_ROLE_FAINT, text);
        return;
    }
    for (uint64_t row = s->rows.top; row < s->rows.n && y < in.h; row++)
        draw_row(s, body, y++, &bytes, row);
    ks_scrollbar(canvas, canvas.w - 1, 1 + s->fields_h, in.h - s->fields_h, s->rows.top, (uint64_t)s->rows.visible, s->rows.n);
}

static unsigned go(struct ks_app *app, struct packet *s, bool on)
{
    if (on ? s->at + 1 >= s->n : s->at == 0) {
        ks_say(&app->model, KS_SAY_INFO, on ? "this is the last packet" : "this is the first packet");
        return KS_FX_DONE;
    }
    s->at = on ? s->at + 1 : s->at - 1;
    s->rows = (struct ks_list){0};
    read_bytes(&app->model, s);
    return KS_FX_DONE;
}

/* A reading has ended: it may have been for the packet before, or have had no room for this one. */
static void packet_changed(struct ks_app *app, void *state)
{
    read_bytes(&app->model, state);
}

/* The bytes as digits, which editors and other tools take. */
static unsigned copy(struct ks_app *app, const struct packet *s)
{
    struct ks_packet_bytes bytes;
    struct ks_text text = {0};
    unsigned effects = KS_FX_DONE;
    if (!ks_bytes_find(&app->model, &s->origin, number_of(s), &bytes)) {
        ks_say(&app->model, KS_SAY_INFO, "there are no bytes to copy");
        return effects;
    }
    for (size_t i = 0; i < bytes.n; i++)
        ks_text_addf(&text, "%02x", bytes.at[i]);
    if (text.failed)
        ks_say_status(&app->model, ks_nomem("the bytes"));
    else
        effects = ks_copy(app, ks_text_get(&text));
    ks_text_free(&text);
    return effects;
}

static unsigned packet_act(struct ks_app *app, void *state, const struct ks_request *request)
{
    struct packet *s = state;
    struct ks_list *rows = &s->rows;
    uint64_t most = rows->n > (uint64_t)rows->visible ? rows->n - (uint64_t)rows->visible : 0;
    switch (request->action) {
    case KS_DO_NEXT_PACKET:
    case KS_DO_PREVIOUS_PACKET: return go(app, s, request->action == KS_DO_NEXT_PACKET);
    case KS_DO_COPY: return copy(app, s);
    case KS_DO_BACK: {
        int64_t at = (int64_t)s->at;
        ks_app_effects(app, KS_FX_CLOSE); /* frees s */
        ks_app_act(app, &(struct ks_request){.action = KS_DO_SELECT, .number = at});
        return KS_FX_DONE;
    }
    case KS_DO_SELECT: return KS_FX_DONE;
    default: break;
    }
    /* The rows of bytes scroll as a whole: there is no cursor among them. */
    rows->at = rows->top;
    if (request->action == KS_DO_BOTTOM)
        rows->at = most;
    else if (!ks_list_act(rows, (int)request->action, request->number))
        return 0;
    rows->top = rows->at = rows->at < most ? rows->at : most;
    return KS_FX_DONE;
}

static bool packet_can(const struct ks_app *app, const void *state, enum ks_action action)
{
    const struct packet *s = state;
    (void)app;
    return action == KS_DO_NEXT_PACKET ? s->at + 1 < s->n : action == KS_DO_PREVIOUS_PACKET ? s->at > 0 : action != KS_DO_SEARCH;
}

static void packet_summary(const struct ks_app *app, const void *state, char *out, size_t cap)
{
    const struct packet *s = state;
    char a[32], b[32];
    (void)app;
    snprintf(out, cap, "%s of %s packets", ks_format_count(a, sizeof a, s->at + 1), ks_format_count(b, sizeof b, s->n));
}

static void packet_dump(const struct ks_app *app, const void *state, struct ks_text *out)
{
    const struct packet *s = state;
    struct ks_packet_bytes bytes;
    ks_text_addf(out, "packet.packet %" PRIu32 "\npacket.shown %zu of %zu\n", number_of(s), s->at + 1, s->n);
    if (!ks_bytes_find(&app->model, &s->origin, number_of(s), &bytes))
        return;
    ks_text_addf(out, "packet.length %" PRIu32 "\npacket.bytes ", bytes.length);
    for (size_t i = 0; i < bytes.n; i++)
        ks_text_addf(out, "%02x", bytes.at[i]);
    ks_text_add(out, "\n");
}

const struct ks_screen_ops ks_screen_packet = {
    .name = "packet",
    .title = "Packet",
    .place = KS_ON_PACKET,
    .open = packet_open,
    .close = packet_close,
    .layout = packet_layout,
    .draw = packet_draw,
    .act = packet_act,
    .changed = packet_changed,
    .can = packet_can,
    .summary = packet_summary,
    .dump = packet_dump,
};
