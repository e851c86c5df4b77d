#include "tui/model/filter.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "stats/association.h"

enum key { SUPPORT, CONFIDENCE, CPIR, INTEREST, CORRELATION, COUNT, COUNT_IF, COUNT_THEN, P, KEYS };
enum op { MORE, AT_LEAST, LESS, AT_MOST, EQUAL, UNEQUAL };

static const char *const key_names[KEYS] = {"support",     "confidence", "cpir",     "interest",   "correlation",
                                            "count", "count-if",   "count-then", "p"};

static double value_of(const struct ks_counts *c, int key)
{
    switch (key) {
    case SUPPORT:
        return ks_support(*c);
    case CONFIDENCE:
        return ks_confidence(*c);
    case CPIR:
        return ks_cpir(*c);
    case INTEREST:
        return ks_interest(*c);
    case CORRELATION:
        return ks_correlation(*c);
    case COUNT:
        return c->xy;
    case COUNT_IF:
        return c->x;
    case COUNT_THEN:
        return c->y;
    default:
        return exp(ks_fisher_ln_p(c->l, c->x, c->y, c->xy));
    }
}

static bool keep(const struct ks_counts *counts, void *context)
{
    const struct ks_filter *f = context;
    for (size_t i = 0; i < f->n_terms; i++) {
        const struct ks_filter_term *t = &f->terms[i];
        double v = value_of(counts, t->key);
        bool equal = fabs(v - t->value) <= KS_SLACK * fmax(1, fabs(t->value));
        bool pass = t->op == EQUAL      ? equal
                    : t->op == UNEQUAL  ? !equal
                    : t->op == MORE     ? v > t->value && !equal
                    : t->op == AT_LEAST ? v > t->value || equal
                    : t->op == LESS     ? v < t->value && !equal
                                        : v < t->value || equal;
        if (!pass)
            return false;
    }
    return true;
}

static struct ks_status comparison(const char *word, size_t len, struct ks_filter *out)
{
    static const struct {
        const char *text;
        int op;
    } ops[] = {{">=", AT_LEAST}, {"<=", AT_MOST}, {"!=", UNEQUAL}, {"==", EQUAL}, {">", MORE}, {"<", LESS}, {"=", EQUAL}};
    struct ks_filter_term *t = &out->terms[out->n_terms];
    if (out->n_terms == KS_FILTER_TERMS)
        return ks_fail(KS_USAGE, "a filter has at most %d comparisons", KS_FILTER_TERMS);
    t->key = -1;
    for (int i = 0; i < KEYS; i++)
        if (strlen(key_names[i]) == len && strncmp(key_names[i], word, len) == 0)
            t->key = i;
    if (t->key < 0)
        return ks_fail(KS_USAGE, "%.*s is not known; use port:ITEM or one of support confidence cpir interest correlation count "
                                 "count-if count-then p", (int)(len < 40 ? len : 40), word);
    for (size_t i = 0; i < sizeof ops / sizeof *ops; i++) {
        size_t n = strlen(ops[i].text);
        if (strncmp(word + len, ops[i].text, n) != 0)
            continue;
        t->op = ops[i].op;
        if (!ks_parse_real(word + len + n, -1e300, 1e300, &t->value))
            return ks_fail(KS_USAGE, "%s: a number must follow %s", word, ops[i].text);
        out->n_terms++;
        return ks_ok();
    }
    return ks_fail(KS_USAGE, "%s: a comparison (> >= < <= = !=) and a number must follow", word);
}

static struct ks_status term(const char *word, const struct ks_mined *mined, struct ks_filter *out)
{
    size_t len = strcspn(word, "<>=!");
    ks_item item;
    const char *port = strncmp(word, "port:", 5) == 0 ? word + 5 : word;
    if (ks_item_parse(port, &item)) {
        uint32_t number = ks_window_sets_find(&mined->sets, item);
        if (number == UINT32_MAX)
            return ks_fail(KS_USAGE, "%s does not occur in this capture", port);
        if (out->n_must == KS_MAX_LEN)
            return ks_fail(KS_USAGE, "a rule has at most %d items", KS_MAX_LEN);
        for (size_t i = 0; i < out->n_must; i++)
            if (out->must[i] == number)
                return ks_ok();
        out->must[out->n_must++] = number;
        return ks_ok();
    }
    return comparison(word, len, out);
}

struct ks_status ks_filter_make(const char *text, const struct ks_mined *mined, struct ks_filter *out)
{
    *out = (struct ks_filter){0};
    while (*(text += strspn(text, " ")) != '\0') {
        char word[80];
        size_t n = strcspn(text, " ");
        if (n >= sizeof word)
            return ks_fail(KS_USAGE, "a word of the filter is too long");
        memcpy(word, text, n);
        word[n] = '\0';
        KS_TRY(term(word, mined, out));
        text += n;
    }
    return ks_ok();
}

const struct ks_rule_filter *ks_filter_rules(struct ks_filter *f)
{
    if (f->n_must == 0 && f->n_terms == 0)
        return NULL;
    f->rules = (struct ks_rule_filter){.must = f->must, .n_must = f->n_must, .keep = f->n_terms > 0 ? keep : NULL, .context = f};
    return &f->rules;
}

void ks_filter_free(struct ks_filter *filter)
{
    *filter = (struct ks_filter){0};
}
