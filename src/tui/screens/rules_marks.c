/* Filtering, marking and searching the list of rules. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "stats/association.h"
#include "tui/model/filter.h"
#include "tui/app/complete.h"
#include "tui/screens/rules.h"

enum {
    MARKS = 2000,       /* at most marked at once: each mark is looked up among all others */
    LOOK = 20000        /* rows looked at one by one before the search goes by the index */
};

/* --- filter --- */

static unsigned apply(struct ks_app *app, const char *text)
{
    struct ks_model *model = &app->model;
    if (strcmp(model->filter, text) == 0)
        return KS_FX_DONE;
    snprintf(model->filter, sizeof model->filter, "%s", text);
    return KS_FX_RERANK | KS_FX_DONE;
}

/* Whether a filter can be used; s->wrong says why not. */
static bool check(const struct ks_model *model, struct ks_rules_screen *s, const char *text)
{
    struct ks_filter filter;
    s->wrong[0] = '\0';
    if (strlen(text) >= sizeof model->filter) {
        snprintf(s->wrong, sizeof s->wrong, "the filter is too long");
        return false;
    }
    if (model->mined == NULL)
        return true;
    struct ks_status status = ks_filter_make(text, model->mined, &filter);
    if (ks_is_ok(status))
        ks_filter_free(&filter);
    else
        snprintf(s->wrong, sizeof s->wrong, "%s", status.message);
    return ks_is_ok(status);
}

static unsigned accept(struct ks_app *app, void *context, const char *text)
{
    struct ks_rules_screen *s = context;
    s->typing = false;
    if (check(&app->model, s, text))
        return apply(app, text);
    ks_say(&app->model, KS_SAY_BAD, "%s", s->wrong);
    return apply(app, s->before);
}

/* Every key: what can be used already acts; what cannot says why. Given up: the filter of before. */
static unsigned changed(struct ks_app *app, void *context, const char *text)
{
    struct ks_rules_screen *s = context;
    if (text == NULL) {
        s->typing = false;
        return apply(app, s->before);
    }
    snprintf(s->typed, sizeof s->typed, "%s", text);
    return check(&app->model, s, text) ? apply(app, text) : KS_FX_DONE;
}

static void complete(const struct ks_app *app, const char *text, size_t at, struct ks_candidates *out)
{
    static const char *const words[] = {"port:", "cpir>", "confidence>", "support>", "interest>", "correlation>", "count>=", "count-if<=", "count-then<=", "p<"};
    (void)app;
    size_t from = at;
    while (from > 0 && text[from - 1] != ' ')
        from--;
    out->from = from;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        ks_candidate_add(out, text + from, at - from, words[i], "");
}

unsigned ks_rules_filter(struct ks_app *app, struct ks_rules_screen *s, const struct ks_request *request)
{
    snprintf(s->before, sizeof s->before, "%s", app->model.filter);
    if (request->text != NULL && request->text[0] != '\0')
        return accept(app, s, request->text);
    snprintf(s->typed, sizeof s->typed, "%s", app->model.filter);
    s->wrong[0] = '\0';
    s->typing = true;
    unsigned effects = ks_ask(app, &(struct ks_prompt_options){.label = "filter: ",
                                                               .initial = app->model.filter,
                                                               .history = &app->filters,
                                                               .accept = accept,
                                                               .changed = changed,
                                                               .complete = complete,
                                                               .context = s});
    s->typing = strcmp(ks_app_top(app)->ops->name, "prompt") == 0;
    return effects;
}

/* --- marks --- */

static bool row_at(const struct ks_model *model, uint64_t row, struct ks_rule *out)
{
    return model->rules != NULL && model->rules->ranking != NULL && ks_ranking_row(model->rules->ranking, row, out);
}

/* Marks rows from .. to; where all of them are marked already it takes the marks away. */
static unsigned mark_rows(struct ks_app *app, uint64_t from, uint64_t to)
{
    struct ks_model *model = &app->model;
    struct ks_rule rule;
    uint64_t last = to - from >= MARKS ? from + MARKS - 1 : to;
    bool all = true;
    for (uint64_t i = from; i <= last && all && row_at(model, i, &rule); i++)
        all = ks_model_rule_marked(model, &rule);
    for (uint64_t i = from; i <= last && row_at(model, i, &rule); i++)
        if (ks_model_rule_marked(model, &rule) == all)
            ks_model_rule_toggle(model, &rule);
    if (last != to)
        ks_say(model, KS_SAY_WARN, "marked the first %d only; without marks an export takes all that are shown", MARKS);
    return KS_FX_DONE;
}

unsigned ks_rules_mark(struct ks_app *app, struct ks_rules_screen *s, enum ks_action action)
{
    if (s->list.n == 0)
        return KS_FX_HANDLED;
    if (action == KS_DO_MARK_ALL)
        return mark_rows(app, 0, s->list.n - 1);
    if (action == KS_DO_MARK_RANGE && !s->ranging) {
        s->ranging = true;
        s->range = s->list.at;
        ks_say(&app->model, KS_SAY_INFO, "move to the other end and press v again; Esc gives up");
        return KS_FX_DONE;
    }
    if (action == KS_DO_MARK_RANGE) {
        s->ranging = false;
        return mark_rows(app, s->range < s->list.at ? s->range : s->list.at, s->range < s->list.at ? s->list.at : s->range);
    }
    struct ks_rule rule;
    if (row_at(&app->model, s->list.at, &rule))
        ks_model_rule_toggle(&app->model, &rule);
    ks_list_act(&s->list, KS_DO_DOWN, 1);
    return KS_FX_DONE;
}

/* --- search --- */

static bool holds_item(const struct ks_rule *rule, uint32_t item)
{
    for (unsigned i = 0; i < (unsigned)rule->n_if + rule->n_then; i++)
        if (rule->items[i] == item)
            return true;
    return false;
}

static bool holds_text(const struct ks_mined *mined, const struct ks_rule *rule, const char *text)
{
    char a[400];
    return strstr(ks_rule_side(a, sizeof a, mined, rule->items, rule->n_if), text) != NULL ||
           strstr(ks_rule_side(a, sizeof a, mined, rule->items + rule->n_if, rule->n_then), text) != NULL;
}

/* Looks at rows one by one; how many it looked at is bounded. */
static bool look(const struct ks_model *model, uint64_t from, int step, uint64_t n, const char *text, uint32_t item, uint64_t *found)
{
    struct ks_rule rule;
    uint64_t row = from;
    for (int i = 0; i < LOOK && row < n; i++, row += step > 0 ? 1 : UINT64_MAX) {
        if (!row_at(model, row, &rule))
            return false;
        if (item != UINT32_MAX ? holds_item(&rule, item) : holds_text(model->rules->mined, &rule, text)) {
            *found = row;
            return true;
        }
    }
    return false;
}

static double fisher(struct ks_counts c)
{
    return ks_fisher_ln_p(c.l, c.x, c.y, c.xy);
}

/* In a long list: ranks the rules with this item alone and finds the first of them that stands beyond `from`; rows of pairs can be looked up. */
static bool jump(struct ks_model *model, uint64_t from, int step, uint32_t item, uint64_t *found)
{
    struct ks_rules *rules = model->rules;
    struct ks_filter filter;
    struct ks_ranking *few = NULL;
    struct ks_rule rule;
    if (!ks_is_ok(ks_filter_make(model->filter, rules->mined, &filter)) || filter.n_must == KS_MAX_LEN)
        return false;
    filter.must[filter.n_must++] = item;
    struct ks_status status = ks_ranking_make(rules->mined->pairs, NULL, &rules->thresholds, model->settings.params.sort,
                                              model->settings.params.reverse, ks_filter_rules(&filter), fisher, NULL, &few);
    uint64_t low = 0, high = ks_is_ok(status) ? ks_ranking_rows(few) : 0, n = high;
    while (low < high) { /* the first that stands at `from` or after it */
        uint64_t mid = low + (high - low) / 2;
        if (ks_ranking_row(few, mid, &rule) && ks_ranking_find(rules->ranking, rule.items[0], rule.items[1]) < from)
            low = mid + 1;
        else
            high = mid;
    }
    uint64_t at = step > 0 ? low : low - 1;
    if (step < 0 && low < n && ks_ranking_row(few, low, &rule) && ks_ranking_find(rules->ranking, rule.items[0], rule.items[1]) == from)
        at = low;
    bool ok = at < n && ks_ranking_row(few, at, &rule);
    if (ok)
        *found = ks_ranking_find(rules->ranking, rule.items[0], rule.items[1]);
    ks_ranking_free(few);
    ks_filter_free(&filter);
    return ok && *found != UINT64_MAX;
}

bool ks_rules_search(struct ks_app *app, struct ks_rules_screen *s, const char *text, int direction)
{
    struct ks_model *model = &app->model;
    ks_item code;
    uint32_t item = UINT32_MAX;
    if (s->list.n == 0 || text[0] == '\0')
        return false;
    if (ks_item_parse(text, &code)) {
        item = ks_window_sets_find(&model->rules->mined->sets, code);
        if (item == UINT32_MAX)
            return false;
    }
    int step = direction < 0 ? -1 : 1;
    uint64_t from = direction > 0 ? s->list.at + 1 : direction < 0 ? s->list.at - 1 : s->list.at, found = 0;
    bool inside = from < s->list.n;
    bool ok = inside && (look(model, from, step, s->list.n, text, item, &found) ||
                         (item != UINT32_MAX && jump(model, from, step, item, &found)));
    if (!ok && direction != 0) { /* round the end */
        from = step > 0 ? 0 : s->list.n - 1;
        ok = look(model, from, step, s->list.n, text, item, &found) || (item != UINT32_MAX && jump(model, from, step, item, &found));
        if (ok)
            ks_say(model, KS_SAY_INFO, "round the end of the list");
    }
    if (ok)
        ks_list_act(&s->list, KS_DO_SELECT, (int64_t)found);
    return ok;
}
