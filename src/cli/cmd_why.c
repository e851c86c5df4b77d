/* why: which windows hold what, and which test a rule fails. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "analysis/why.h"
#include "base/text.h"
#include "cli/batch.h"

enum { MOST_ITEMS = 16, MOST_WINDOWS = 12 };

static struct ks_status read_items(const char *text, ks_item *out, size_t *n)
{
    *n = 0;
    for (const char *at = text; *at != '\0';) {
        char word[40];
        size_t len = strcspn(at, ",");
        if (len < sizeof word) {
            memcpy(word, at, len);
            word[len] = '\0';
        }
        if (*n == MOST_ITEMS)
            return ks_fail(KS_USAGE, "--of: at most %d items", MOST_ITEMS);
        if (len >= sizeof word || !ks_item_parse(word, &out[*n]))
            return ks_fail(KS_USAGE, "--of %s: items such as 999,888,udp/777", text);
        (*n)++;
        at += len;
        if (*at == ',')
            at++;
    }
    return *n >= 2 ? ks_ok() : ks_fail(KS_USAGE, "--of %s: two items or more", text);
}

static void json(struct ks_json *j, const struct ks_why *why)
{
    static const char *const apart[] = {"if", "then", "split"};
    char text[512];
    ks_json_object(j, NULL);
    ks_json_text(j, "if", ks_item_format(text, sizeof text, why->x));
    ks_json_text(j, "then", ks_item_format(text, sizeof text, why->y));
    ks_json_uint(j, "count", why->counts.xy);
    ks_json_uint(j, "count_if", why->counts.x);
    ks_json_uint(j, "count_then", why->counts.y);
    ks_json_bool(j, "passes", why->all);
    ks_json_text(j, "reason", ks_why_text(text, sizeof text, why));
    ks_json_array(j, "tests");
    for (int i = 0; i < KS_TEST_N; i++) {
        ks_json_object(j, NULL);
        ks_json_text(j, "test", ks_test_name((enum ks_test)i));
        ks_json_bool(j, "passes", why->passes[i]);
        ks_json_real(j, "value", why->value[i]);
        ks_json_real(j, "threshold", why->need[i]);
        ks_json_real(j, "would_pass_at", why->lets[i]);
        ks_json_end(j);
    }
    ks_json_end(j);
    ks_json_array(j, "apart");
    for (size_t i = 0; i < why->n_apart; i++) {
        ks_json_object(j, NULL);
        ks_json_uint(j, "window", why->apart[i].window + 1);
        ks_json_text(j, "holds", apart[why->apart[i].apart]);
        ks_json_end(j);
    }
    ks_json_end(j);
    ks_json_uint(j, "splits", why->splits);
    ks_json_end(j);
}

static void text_pair(struct ks_batch *batch, const struct ks_why *why)
{
    char x[40], y[40], text[512], when[48];
    struct ks_out *out = batch->out;
    ks_item_format(x, sizeof x, why->x);
    ks_item_format(y, sizeof y, why->y);
    ks_out_putf(out, "\n%s %s %s: %s\n", x, batch->utf8 ? "⇒" : "=>", y, ks_why_text(text, sizeof text, why));
    ks_out_putf(out, "  %s in %u windows, %s in %u, together in %u of %u\n", x, why->counts.x, y, why->counts.y, why->counts.xy, why->counts.l);
    for (int i = 0; i < KS_TEST_N; i++)
        ks_out_putf(out, "  %-12s %-12.6g %s %-10.6g %s\n", ks_test_name((enum ks_test)i), why->value[i],
                    i == KS_TEST_SUPP ? "<=" : i == KS_TEST_CORRELATION ? "> " : ">=", why->need[i], why->passes[i] ? "passes" : "FAILS");
    for (size_t i = 0; i < why->n_apart && i < MOST_WINDOWS; i++) {
        const struct ks_why_window *w = &why->apart[i];
        ks_out_putf(out, "  window %u (%s) holds only one of them%s\n", w->window + 1,
                    ks_format_time(when, sizeof when, batch->mined->sets.window[w->window].first, 3),
                    w->apart == KS_APART_SPLIT ? ", its neighbour the other: cut apart at the border" : w->apart == KS_APART_X ? ", the first" : ", the second");
    }
    if (why->n_apart > MOST_WINDOWS)
        ks_out_putf(out, "  ... and %zu windows more\n", why->n_apart - MOST_WINDOWS);
}

/* How far the items are to be found in the attempts as a sequence in the order given. */
static struct ks_status sequence(struct ks_batch *batch, const ks_item *items, size_t n, struct ks_json *j)
{
    struct ks_why_order order;
    char text[400];
    if (n > KS_MAX_LEN)
        return ks_ok(); /* longer ones are asked for pair by pair only */
    KS_TRY(ks_why_order(&batch->capture->log, items, n, 0, &order));
    ks_why_order_text(text, sizeof text, items, n, &order);
    if (j == NULL) {
        ks_out_putf(batch->out, "\nAs a sequence, in the attempts: %s\n", text);
        return ks_ok();
    }
    ks_json_object(j, "sequence");
    ks_json_array(j, "tried");
    for (size_t i = 0; i < n; i++)
        ks_json_uint(j, NULL, order.tried[i]);
    ks_json_end(j);
    ks_json_uint(j, "in_order", order.in_order);
    ks_json_uint(j, "extra", order.extra);
    ks_json_uint(j, "mixed", order.mixed);
    ks_json_uint(j, "broken_off", order.begun);
    ks_json_text(j, "reason", text);
    ks_json_end(j);
    return ks_ok();
}

struct ks_status ks_cmd_why(struct ks_batch *batch)
{
    ks_item items[MOST_ITEMS];
    size_t n;
    struct ks_json j;
    KS_TRY(read_items(batch->cli->items, items, &n));
    KS_TRY(ks_batch_mine(batch));
    KS_TRY(ks_batch_choose(batch, false));
    bool as_json = batch->cli->format == KS_FORMAT_JSON;
    if (as_json) {
        ks_batch_json(batch, &j);
        ks_json_uint(&j, "windows", batch->mined->sets.l);
        ks_json_array(&j, "rules");
    } else if (batch->cli->format == KS_FORMAT_CSV) {
        return ks_fail(KS_USAGE, "why has no CSV form: text or json");
    } else {
        ks_batch_text(batch);
    }
    for (size_t a = 0; a < n; a++)
        for (size_t b = 0; b < n; b++) {
            struct ks_why why;
            if (items[a] == items[b] || (n == 2 && a > b))
                continue;
            struct ks_status status = ks_why_make(batch->mined, &batch->choice, items[a], items[b], &why);
            if (ks_is_ok(status) && as_json)
                json(&j, &why);
            else if (ks_is_ok(status))
                text_pair(batch, &why);
            ks_why_free(&why);
            if (!ks_is_ok(status))
                return status;
        }
    if (as_json)
        ks_json_end(&j);
    struct ks_status status = sequence(batch, items, n, as_json ? &j : NULL);
    if (as_json)
        ks_json_end(&j);
    return status;
}
