/* Why typed items make no rule or no knock: which windows hold which, which test each pair fails and what would let it pass, and how far the sequence is to be
 * found in the attempts. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "analysis/why.h"
#include "base/memory.h"
#include "base/text.h"
#include "tui/app/app.h"
#include "tui/app/globals.h"
#include "tui/model/later.h"
#include "tui/toolkit/layout.h"

enum { COLUMNS = 5, PAIRS = KS_MAX_LEN * (KS_MAX_LEN - 1), DETAIL = 4 };

struct question {
    ks_item items[KS_MAX_LEN]; /* as typed, with repeats */
    size_t n;
    ks_item one[KS_MAX_LEN];   /* each once */
    size_t n_one;
};

/* Everything that takes a look at the whole capture. */
struct answer {
    struct question q;
    struct ks_capture *capture; /* held; NULL: none */
    struct ks_mined *mined;     /* held; NULL: none */
    struct ks_choice choice;
    struct ks_why pairs[PAIRS]; /* failing ones first, in the order of the sequence */
    size_t n_pairs, failing;
    char order[400];            /* the sequence in the attempts */
    bool found;                 /* order says so, not why it could not be looked for */
};

struct why {
    struct question q;
    struct answer *a;           /* empty before the first */
    struct ks_later *later;     /* the next one, on its way */
    char name[200];
    char knock[512];            /* what became of it as a knock */
    uint64_t generation;        /* that the last answer was asked for at */
    struct ks_list list;
    struct ks_column columns[COLUMNS];
    int head; /* rows of the words about the sequence */
    struct ks_rect strips_at, list_at, detail_at;
};

static void drop(void *work)
{
    struct answer *a = work;
    for (size_t i = 0; i < a->n_pairs; i++)
        ks_why_free(&a->pairs[i]);
    ks_capture_release(a->capture);
    ks_mined_release(a->mined);
    ks_free(a);
}

static void why_close(struct ks_app *app, void *state)
{
    struct why *s = state;
    (void)app;
    ks_later_leave(s->later);
    drop(s->a);
    ks_free(s);
}

/* "999,888 777", "999 › 888": what stands between items does not matter. */
static bool read_items(struct question *s, const char *text, char *wrong, size_t cap)
{
    while (*text != '\0') {
        char word[40];
        size_t n = strcspn(text, " ,>\xe2");
        snprintf(word, sizeof word, "%.*s", (int)(n < sizeof word ? n : sizeof word - 1), text);
        if (n > 0 && (s->n == KS_MAX_LEN || !ks_item_parse(word, &s->items[s->n++]))) {
            if (s->n == KS_MAX_LEN)
                snprintf(wrong, cap, "at most %d items can be asked about", KS_MAX_LEN);
            else
                snprintf(wrong, cap, "%s is no item; items are 999, udp/53, icmp/8/0/56", word);
            return false;
        }
        text += n;
        text += *text == '\xe2' ? strnlen(text, 3) : (size_t)(*text != '\0');
    }
    for (size_t i = 0; i < s->n; i++) {
        bool again = false;
        for (size_t k = 0; k < s->n_one; k++)
            again = again || s->one[k] == s->items[i];
        if (!again)
            s->one[s->n_one++] = s->items[i];
    }
    snprintf(wrong, cap, "two items at least are needed: 999 888");
    return s->n >= 2;
}

/* The knock of the list with these ports, or one that contains them in this order. */
static void find_knock(const struct ks_model *model, struct why *s)
{
    const struct question *q = &s->q;
    const char *text = s->a->order;
    size_t part = SIZE_MAX;
    if (!s->a->found) {
        snprintf(s->knock, sizeof s->knock, "%s", text);
        return;
    }
    for (size_t i = 0; model->knocks != NULL && i < model->knocks->n; i++) {
        const struct ks_knock *k = &model->knocks->at[i];
        size_t at = 0;
        for (size_t p = 0; p < k->n_ports && at < q->n; p++)
            at += k->ports[p] == q->items[at];
        if (at < q->n)
            continue;
        if (k->n_ports == q->n) {
            if (k->set_aside != NULL)
                snprintf(s->knock, sizeof s->knock, "Row %zu of the knocks, set aside: %s. In the attempts: %s.", i + 1, k->set_aside, text);
            else
                snprintf(s->knock, sizeof s->knock, "Stands as knock %zu. In the attempts: %s.", i + 1, text);
            return;
        }
        part = part == SIZE_MAX ? i : part;
    }
    if (part != SIZE_MAX)
        snprintf(s->knock, sizeof s->knock, "Part of the knock in row %zu. In the attempts: %s.", part + 1, text);
    else
        snprintf(s->knock, sizeof s->knock, "No knock. In the attempts: %s.", text);
}

static struct ks_status explain(struct answer *a, ks_item x, ks_item y, bool passing)
{
    struct ks_why *why = &a->pairs[a->n_pairs];
    struct ks_status status = ks_why_make(a->mined, &a->choice, x, y, why);
    if (!ks_is_ok(status) || why->all != passing) {
        ks_why_free(why);
        return status;
    }
    a->n_pairs++;
    a->failing += !passing;
    return status;
}

static struct ks_status work(void *context, struct ks_progress *progress)
{
    struct answer *a = context;
    const struct question *q = &a->q;
    struct ks_why_order order;
    if (a->capture != NULL) {
        struct ks_status status = ks_why_order(&a->capture->log, q->items, q->n, 0, &order);
        a->found = ks_is_ok(status);
        if (a->found)
            ks_why_order_text(a->order, sizeof a->order, q->items, q->n, &order);
        else
            snprintf(a->order, sizeof a->order, "%s", status.message);
    }
    for (int pass = 0; pass < 2 && a->mined != NULL; pass++)
        for (size_t x = 0; x < q->n_one; x++)
            for (size_t y = 0; y < q->n_one && !ks_cancelled(progress); y++)
                if (x != y)
                    KS_TRY(explain(a, q->one[x], q->one[y], pass == 1));
    return ks_cancelled(progress) ? ks_fail(KS_CANCELLED, "cancelled") : ks_ok();
}

static void take(const struct ks_model *model, struct why *s, struct answer *a)
{
    drop(s->a);
    s->a = a;
    find_knock(model, s);
}

/* Everything anew for the present windows and thresholds; until it is there the old answer stays. */
static void ask(struct ks_model *model, struct why *s)
{
    struct answer *a = ks_zalloc(1, sizeof *a);
    s->generation = model->generation;
    ks_later_leave(s->later);
    s->later = NULL;
    if (a == NULL) {
        ks_say_status(model, ks_nomem("the answer"));
        return;
    }
    a->q = s->q;
    a->choice = model->choice;
    a->capture = model->capture != NULL ? ks_capture_retain(model->capture) : NULL;
    a->mined = model->mined != NULL ? ks_mined_retain(model->mined) : NULL;
    if (a->capture == NULL || a->capture->log.n <= KS_AT_ONCE) {
        ks_say_status(model, work(a, NULL));
        take(model, s, a);
        return;
    }
    s->later = ks_later_start(model, KS_JOB_WHY, a, work, drop);
}

static void *why_open(struct ks_app *app, const char *text, int64_t number)
{
    struct why *s = ks_zalloc(1, sizeof *s);
    char wrong[160];
    (void)number;
    if (s == NULL || (s->a = ks_zalloc(1, sizeof *s->a)) == NULL) {
        ks_say_status(&app->model, ks_nomem("the question"));
        ks_free(s);
        return NULL;
    }
    if (!read_items(&s->q, text != NULL ? text : "", wrong, sizeof wrong)) {
        ks_say(&app->model, KS_SAY_BAD, "%s", wrong);
        why_close(app, s);
        return NULL;
    }
    size_t used = 0;
    for (size_t i = 0; i < s->q.n && used < sizeof s->name; i++) {
        char item[40];
        int n = snprintf(s->name + used, sizeof s->name - used, "%s%s", i > 0 ? " › " : "", ks_item_format(item, sizeof item, s->q.items[i]));
        used += n > 0 ? (size_t)n : 0;
    }
    snprintf(s->knock, sizeof s->knock, "Looking through the capture ...");
    ask(&app->model, s);
    return s;
}

static void why_changed(struct ks_app *app, void *state)
{
    struct why *s = state;
    struct ks_later *later = s->later;
    if (later != NULL && later->ended) {
        s->later = NULL;
        ks_say_status(&app->model, later->status);
        if (later->status.code != KS_CANCELLED) {
            take(&app->model, s, later->work);
            later->work = NULL; /* it is the screen's now */
        } else if (s->a->capture == NULL) {
            snprintf(s->knock, sizeof s->knock, "The search was stopped before it had an answer.");
        }
        ks_later_leave(later);
    }
    if (s->generation != app->model.generation)
        ask(&app->model, s);
}

/* What a row says, whole. */
static char *reason_text(const struct why *s, size_t row, char *out, size_t cap)
{
    char a[40], b[40], reason[520];
    out[0] = '\0';
    if (row >= s->a->n_pairs)
        return out;
    const struct ks_why *p = &s->a->pairs[row];
    snprintf(out, cap, "%s ⇒ %s %s. Enter shows its windows%s.", ks_item_format(a, sizeof a, p->x), ks_item_format(b, sizeof b, p->y),
             ks_why_text(reason, sizeof reason, p), p->all || !p->present[0] || !p->present[1] ? "" : ", x there lets it pass");
    return out;
}

static void why_layout(struct ks_app *app, void *state, int w, int h)
{
    static const struct ks_column columns[COLUMNS] = {
        {.title = "rule", .min = 14, .grow = 1},
        {.title = "together", .min = 8, .align = KS_RIGHT, .rank = 1},
        {.title = "n(X)", .min = 6, .align = KS_RIGHT, .rank = 2},
        {.title = "n(Y)", .min = 6, .align = KS_RIGHT, .rank = 3},
        {.title = "verdict", .min = 16, .grow = 3},
    };
    struct why *s = state;
    why_changed(app, s);
    struct ks_rect rest = {1, 1, w - 2, h - 2};
    int words = ks_wrapped_rows(&app->grid, w - 4, s->knock);
    s->head = rest.h >= 8 ? (words < 4 ? words : 4) : rest.h > 1;
    ks_take_rows(&rest, s->head);
    int strips = (int)s->q.n_one + 2;
    s->strips_at = ks_take_rows(&rest, rest.h >= strips + 5 + DETAIL ? strips : 0);
    char text[640];
    int detail = DETAIL, most = rest.h - 4 < 8 ? rest.h - 4 : 8;
    for (size_t i = 0; i < s->a->n_pairs; i++) { /* of all rows, so that nothing jumps */
        int rows = 1 + ks_wrapped_rows(&app->grid, w - 4, reason_text(s, i, text, sizeof text));
        detail = rows > detail ? rows : detail;
    }
    detail = detail > most ? most : detail;
    s->detail_at = ks_take_rows(&rest, rest.h >= 4 + DETAIL ? -detail : 0);
    s->list_at = rest;
    ks_list_fit(&s->list, s->a->n_pairs, rest.h - 2);
    memcpy(s->columns, columns, sizeof columns);
    ks_columns_fit(s->columns, COLUMNS, w - 4, 2);
}

/* One cell of a strip for each window, or for a stretch of them: marked where any holds the item. */
static void draw_strip(const struct ks_window_sets *sets, ks_item item, struct ks_canvas in, int y, int x, int w, ks_style style)
{
    uint32_t number = ks_window_sets_find(sets, item);
    int cells = sets->l < (uint32_t)w ? (int)sets->l : w;
    for (int i = 0; i < cells; i++)
        ks_put(in, x + i, y, KS_ROLE_FAINT, "·");
    if (number == UINT32_MAX)
        return;
    for (size_t k = sets->start[number]; k < sets->start[number + 1]; k++)
        ks_put(in, x + (int)((uint64_t)sets->windows[k] * (uint64_t)cells / sets->l), y, style, "█");
}

static void draw_strips(const struct ks_model *model, const struct why *s, struct ks_canvas canvas)
{
    const struct ks_window_sets *sets = &model->mined->sets;
    struct ks_canvas in = ks_sub(canvas, s->strips_at);
    char text[80], count[32];
    int label = 12, x = 1 + label + 8, w = in.w - x - 1;
    if (in.h == 0 || w < 4 || sets->l == 0)
        return;
    if (sets->l > (uint32_t)w)
        snprintf(text, sizeof text, "windows 1 to %s, %.3g to a cell", ks_format_count(count, sizeof count, sets->l), (double)sets->l / w);
    else
        snprintf(text, sizeof text, "windows 1 to %s", ks_format_count(count, sizeof count, sets->l));
    ks_put_in(in, x, 0, w, KS_LEFT, KS_ROLE_TITLE, text);
    ks_put_in(in, 1 + label, 0, 6, KS_RIGHT, KS_ROLE_TITLE, "in");
    const struct ks_why *here = s->list.at < s->a->n_pairs ? &s->a->pairs[s->list.at] : NULL;
    for (size_t i = 0; i < s->q.n_one; i++) {
        uint32_t number = ks_window_sets_find(sets, s->q.one[i]);
        bool chosen = here != NULL && (here->x == s->q.one[i] || here->y == s->q.one[i]);
        ks_put_in(in, 1, 1 + (int)i, label, KS_LEFT, chosen ? KS_ROLE_STRONG : KS_ROLE_TEXT, ks_item_format(text, sizeof text, s->q.one[i]));
        ks_format_count(count, sizeof count, number == UINT32_MAX ? 0 : ks_window_sets_n(sets, number));
        ks_put_in(in, 1 + label, 1 + (int)i, 6, KS_RIGHT, KS_ROLE_NUMBER, count);
        draw_strip(sets, s->q.one[i], in, 1 + (int)i, x, w, chosen ? KS_ROLE_KNOCK : KS_ROLE_BAR);
    }
}

/* "fails min-supp, min-inte", or "passes". */
static const char *verdict(const struct ks_why *why, char *out, size_t cap)
{
    if (why->all)
        return "✓ passes";
    if (!why->present[0] || !why->present[1])
        return "✗ not in this stream";
    size_t used = (size_t)snprintf(out, cap, "✗ fails");
    for (int i = 0; i < KS_TEST_N && used < cap; i++)
        if (!why->passes[i])
            used += (size_t)snprintf(out + used, cap - used, " %s", ks_test_name((enum ks_test)i));
    if (why->splits > 0 && used < cap)
        snprintf(out + used, cap - used, ", cut apart %u time%s", why->splits, why->splits == 1 ? "" : "s");
    return out;
}

static void draw_pair(const struct why *s, struct ks_canvas in, int y, uint64_t i)
{
    const struct ks_why *p = &s->a->pairs[i];
    struct ks_canvas body = ks_sub(in, (struct ks_rect){1, y, in.w - 2, 1});
    char text[160], a[40], b[40];
    snprintf(text, sizeof text, "%s ⇒ %s", ks_item_format(a, sizeof a, p->x), ks_item_format(b, sizeof b, p->y));
    ks_column_put(body, 0, &s->columns[0], KS_ROLE_TEXT, text);
    ks_column_put(body, 0, &s->columns[1], KS_ROLE_NUMBER, ks_format_count(text, sizeof text, p->counts.xy));
    ks_column_put(body, 0, &s->columns[2], KS_ROLE_NUMBER, ks_format_count(text, sizeof text, p->counts.x));
    ks_column_put(body, 0, &s->columns[3], KS_ROLE_NUMBER, ks_format_count(text, sizeof text, p->counts.y));
    ks_column_put(body, 0, &s->columns[4], p->all ? KS_ROLE_GOOD : KS_ROLE_BAD, verdict(p, text, sizeof text));
    if (i == s->list.at)
        ks_restyle(in, (struct ks_rect){0, y, in.w, 1}, KS_ROLE_SELECTED);
    ks_zone(in, (struct ks_rect){0, y, in.w, 1}, KS_DO_SELECT, (int64_t)i);
}

static void why_draw(const struct ks_app *app, const void *state, struct ks_canvas canvas)
{
    const struct why *s = state;
    const struct ks_model *model = &app->model;
    char title[260], text[640];
    snprintf(title, sizeof title, "Why · %s", s->name);
    struct ks_canvas in = ks_box(canvas, ks_whole(canvas), KS_ROLE_FOCUS, title);
    ks_put_wrapped(in, 1, 0, in.w - 2, s->head, KS_ROLE_STRONG, s->knock);
    if (model->mined == NULL) {
        ks_put_wrapped(in, 1, s->head, in.w - 2, in.h - s->head, KS_ROLE_FAINT, "Nothing is mined yet.");
        return;
    }
    draw_strips(model, s, canvas);
    struct ks_canvas list = ks_sub(canvas, s->list_at);
    snprintf(title, sizeof title, "%zu of %zu pair rules fail", s->a->failing, s->a->n_pairs);
    ks_box_split(canvas, ks_whole(canvas), s->list_at.y, KS_ROLE_FOCUS, title);
    ks_columns_head(ks_sub(list, (struct ks_rect){1, 1, list.w - 2, 1}), 0, s->columns, COLUMNS, COLUMNS, false);
    for (int y = 2; y < list.h && s->list.top + (uint64_t)y - 2 < s->list.n; y++)
        draw_pair(s, list, y, s->list.top + (uint64_t)y - 2);
    ks_scrollbar(canvas, canvas.w - 1, s->list_at.y + 2, list.h - 2, s->list.top, (uint64_t)s->list.visible, s->list.n);
    if (s->detail_at.h == 0 || s->list.at >= s->a->n_pairs)
        return;
    struct ks_canvas detail = ks_sub(canvas, s->detail_at);
    ks_box_split(canvas, ks_whole(canvas), s->detail_at.y, KS_ROLE_FOCUS, "");
    ks_put_wrapped(detail, 1, 1, detail.w - 2, detail.h - 1, KS_ROLE_TEXT, reason_text(s, s->list.at, text, sizeof text));
}

static unsigned why_act(struct ks_app *app, void *state, const struct ks_request *request)
{
    struct why *s = state;
    char text[100], a[40], b[40];
    if (request->action != KS_DO_ENTER)
        return ks_list_act(&s->list, (int)request->action, request->number) ? KS_FX_DONE : 0;
    if (s->list.at >= s->a->n_pairs)
        return KS_FX_HANDLED;
    const struct ks_why *p = &s->a->pairs[s->list.at];
    snprintf(text, sizeof text, "%s %s", ks_item_format(a, sizeof a, p->x), ks_item_format(b, sizeof b, p->y));
    return ks_open(app, "rule", text, 0);
}

static bool why_can(const struct ks_app *app, const void *state, enum ks_action action)
{
    (void)app;
    (void)state;
    return action != KS_DO_SEARCH && action != KS_DO_EXPORT;
}

static void why_summary(const struct ks_app *app, const void *state, char *out, size_t cap)
{
    const struct why *s = state;
    (void)app;
    snprintf(out, cap, "%zu of %zu pair rules pass", s->a->n_pairs - s->a->failing, s->a->n_pairs);
}

static void why_dump(const struct ks_app *app, const void *state, struct ks_text *out)
{
    const struct why *s = state;
    (void)app;
    ks_text_addf(out, "why.items %s\nwhy.knock %s\nwhy.failing %zu of %zu\n", s->name, s->knock, s->a->failing, s->a->n_pairs);
    for (size_t i = 0; i < s->a->n_pairs; i++) {
        char a[40], b[40], text[520];
        ks_text_addf(out, "why.rule %s => %s %s\n", ks_item_format(a, sizeof a, s->a->pairs[i].x), ks_item_format(b, sizeof b, s->a->pairs[i].y),
                     ks_why_text(text, sizeof text, &s->a->pairs[i]));
    }
}

const struct ks_screen_ops ks_screen_why = {
    .name = "why",
    .title = "Why",
    .place = KS_ON_WHY,
    .open = why_open,
    .close = why_close,
    .layout = why_layout,
    .draw = why_draw,
    .act = why_act,
    .changed = why_changed,
    .can = why_can,
    .summary = why_summary,
    .dump = why_dump,
};
