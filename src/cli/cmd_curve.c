/* curve: Eq. 6-8 beside what was observed. */
#include <math.h>
#include <stdio.h>

#include "base/text.h"
#include "cli/batch.h"
#include "cli/table.h"

/* More windows than this are gathered into about so many groups in the text form. */
enum { MOST_LINES = 40, BAR = 32 };

static void json(struct ks_batch *batch)
{
    struct ks_json j;
    const struct ks_curve *c = &batch->mined->curve;
    const struct ks_window_sets *s = &batch->mined->sets;
    ks_batch_json(batch, &j);
    ks_json_uint(&j, "windows", s->l);
    ks_json_uint(&j, "items", s->u);
    ks_json_uint(&j, "events", s->t);
    ks_json_real(&j, "window_events", batch->mined->ws);
    ks_json_bool(&j, "window_events_mean", !(batch->mined->windowing.cut == KS_CUT_COUNT && batch->mined->windowing.scope == KS_SCOPE_CAPTURE));
    ks_json_real(&j, "p", c->l > 0 ? c->p : NAN);
    ks_json_real(&j, "mean", c->l > 0 ? c->mean : NAN);
    ks_json_real(&j, "sd", c->l > 0 ? c->sd : NAN);
    ks_json_array(&j, "points");
    for (uint32_t x = 0; c->l > 0 && x <= c->l && !ks_out_stopped(batch->out); x++) {
        ks_json_object(&j, NULL);
        ks_json_uint(&j, "x", x);
        ks_json_real(&j, "ln_pmf", c->ln_pmf[x]);
        ks_json_real(&j, "pmf", exp(c->ln_pmf[x]));
        ks_json_real(&j, "cdf", c->cdf[x]);
        ks_json_uint(&j, "observed", batch->mined->have[x]);
        ks_json_end(&j);
    }
    ks_json_end(&j);
    ks_json_object(&j, "suggest");
    if (c->l > 0) {
        ks_json_real(&j, "low", (double)c->low / c->l);
        if (c->has_high)
            ks_json_real(&j, "high", (double)c->high / c->l);
        else
            ks_json_null(&j, "high");
        ks_json_real(&j, "gradient", (double)c->gradient / c->l);
        ks_json_uint(&j, "low_windows", c->low);
        if (c->has_high)
            ks_json_uint(&j, "high_windows", c->high);
        else
            ks_json_null(&j, "high_windows");
        ks_json_uint(&j, "gradient_windows", c->gradient);
        ks_json_real(&j, "epsilon", c->epsilon);
    }
    ks_json_end(&j);
    ks_json_end(&j);
}

static void csv(struct ks_batch *batch)
{
    struct ks_csv out;
    const struct ks_curve *c = &batch->mined->curve;
    ks_csv_start(&out, batch->out);
    ks_csv_head(&out, "x,ln_pmf,pmf,cdf,observed");
    for (uint32_t x = 0; c->l > 0 && x <= c->l && !ks_out_stopped(batch->out); x++) {
        ks_csv_uint(&out, x);
        ks_csv_real(&out, c->ln_pmf[x]);
        ks_csv_real(&out, exp(c->ln_pmf[x]));
        ks_csv_real(&out, c->cdf[x]);
        ks_csv_uint(&out, batch->mined->have[x]);
        ks_csv_end_row(&out);
    }
}

/* A bar of `share` of BAR columns, in eighths where the output takes them. */
static void bar(struct ks_out *out, bool utf8, double share, char mark)
{
    static const char *const eighths[] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
    int n = (int)lround(share * BAR * 8), shown = 0;
    for (; n >= 8; n -= 8, shown++)
        ks_out_put(out, utf8 ? "█" : mark == 'e' ? "=" : "#");
    if (utf8 && n > 0) {
        ks_out_put(out, eighths[n]);
        shown++;
    }
    ks_out_putf(out, "%*s", BAR - shown > 0 ? BAR - shown : 0, "");
}

static void plot(struct ks_batch *batch)
{
    const struct ks_curve *c = &batch->mined->curve;
    const uint64_t *have = batch->mined->have;
    struct ks_out *out = batch->out;
    uint32_t step = c->l / MOST_LINES + 1;
    double highest = 0, most = 0;
    for (uint32_t from = 0; from <= c->l; from += step) {
        double pmf = 0, seen = 0;
        for (uint32_t x = from; x < from + step && x <= c->l; x++) {
            pmf += exp(c->ln_pmf[x]);
            seen += (double)have[x];
        }
        highest = fmax(highest, pmf);
        most = fmax(most, seen);
    }
    ks_out_putf(out, "\n%13s  %-10s  %-*s  %-*s\n", "windows", "P(X = x)", BAR, "expected (Eq. 8)", BAR, "observed items");
    for (uint32_t from = 0; from <= c->l; from += step) {
        double pmf = 0, seen = 0;
        uint32_t to = from + step - 1 < c->l ? from + step - 1 : c->l;
        bool low = false, high = false, gradient = false;
        for (uint32_t x = from; x <= to; x++) {
            pmf += exp(c->ln_pmf[x]);
            seen += (double)have[x];
            low |= x == c->low;
            high |= c->has_high && x == c->high;
            gradient |= x == c->gradient;
        }
        char label[32];
        if (step == 1)
            snprintf(label, sizeof label, "%u", from);
        else
            snprintf(label, sizeof label, "%u-%u", from, to);
        ks_out_putf(out, "%13s  %-10.3g  ", label, pmf);
        bar(out, batch->utf8, highest > 0 ? pmf / highest : 0, 'e');
        ks_out_put(out, "  ");
        bar(out, batch->utf8, most > 0 ? seen / most : 0, 'o');
        ks_out_putf(out, " %8.0f%s%s%s\n", seen, low ? "  < activations (Eq. 6)" : "", high ? "  < suggested up to here" : "",
                    gradient ? "  < steepest ascent" : "");
    }
}

static void text(struct ks_batch *batch)
{
    const struct ks_curve *c = &batch->mined->curve;
    struct ks_out *out = batch->out;
    ks_batch_text(batch);
    if (c->l == 0) {
        ks_out_put(out, batch->mined->sets.u == 0 ? "no curve: there are no events\n" : "no curve\n");
        return;
    }
    ks_out_putf(out, "model    p = 1 - (1 - 1/%llu)^%.6g = %.4f (Eq. 7)%s; an item is expected in %.2f of %u windows, sd %.2f\n",
                (unsigned long long)c->u, c->ws, c->p,
                batch->mined->windowing.cut == KS_CUT_COUNT && batch->mined->windowing.scope == KS_SCOPE_CAPTURE
                    ? ""
                    : ", windows vary in size, their mean is taken",
                c->mean, c->l, c->sd);
    if (c->low > c->l)
        ks_out_putf(out, "suggest  nothing: %u activations do not lie in %u windows (Eq. 6)\n", c->low, c->l);
    else if (c->has_high && c->high >= c->low)
        ks_out_putf(out, "suggest  minSupp from %.4g (%u of %u windows, Eq. 6) to %.4g (%u windows, P(X <= x) <= %g)\n",
                    (double)c->low / c->l, c->low, c->l, (double)c->high / c->l, c->high, c->epsilon);
    else
        ks_out_putf(out, "suggest  minSupp from %.4g (%u of %u windows, Eq. 6); Eq. 8 has no lower tail below %g that would bound it\n",
                    (double)c->low / c->l, c->low, c->l, c->epsilon);
    ks_out_putf(out, "gradient steepest ascent at %u windows (minSupp %.4g)\n", c->gradient, (double)c->gradient / c->l);
    plot(batch);
}

struct ks_status ks_cmd_curve(struct ks_batch *batch)
{
    KS_TRY(ks_batch_mine(batch));
    if (batch->mined->curve.l == 0 && batch->mined->sets.u > 0)
        ks_batch_limit(batch, "there are more windows than the curve is computed for");
    if (batch->cli->format == KS_FORMAT_JSON)
        json(batch);
    else if (batch->cli->format == KS_FORMAT_CSV)
        csv(batch);
    else
        text(batch);
    return ks_ok();
}
