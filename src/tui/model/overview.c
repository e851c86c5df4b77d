#include "tui/model/overview.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "mining/map.h"

static int by_events(const void *a, const void *b)
{
    const struct ks_overview_port *x = a, *y = b;
    if (x->events != y->events)
        return x->events < y->events ? 1 : -1;
    return (x->item > y->item) - (x->item < y->item);
}

static int by_attempts(const void *a, const void *b)
{
    const struct ks_overview_host *x = a, *y = b;
    uint64_t p = x->tried + x->received, q = y->tried + y->received;
    if (p != q)
        return p < q ? 1 : -1;
    return (x->host > y->host) - (x->host < y->host);
}

/* Ports are counted in a table of all ports of both protocols; kinds of ICMP requests in a list, found by a map. */
enum { PORTS = 1 << 17 };

static size_t place_of(ks_item item)
{
    return (size_t)((item >> 32 & 1) << 16 | (item & 0xffff));
}

struct tally {
    struct ks_overview_port *port; /* PORTS */
    struct ks_overview_port *other;
    size_t n_other, cap_other;
    struct ks_map others; /* an item's place among them */
};

/* NULL: no memory. */
static struct ks_overview_port *slot(struct tally *t, ks_item item)
{
    if (item >> 32 < KS_ICMP)
        return &t->port[place_of(item)];
    if (!ks_reserve((void **)&t->other, &t->cap_other, t->n_other + 1, sizeof *t->other))
        return NULL;
    struct ks_slot *known = ks_map_at(&t->others, item, 0);
    if (known == NULL)
        return NULL;
    if (known->value == KS_NONE) {
        known->value = (uint32_t)t->n_other;
        t->other[t->n_other++] = (struct ks_overview_port){.item = item};
    }
    return &t->other[known->value];
}

/* False: no memory. */
static bool count(struct ks_overview *o, struct tally *t, const struct ks_log *log, size_t e)
{
    bool attempt = (log->mark[e] & KS_MARK_ATTEMPT) != 0, vain = attempt && ks_log_outcome(log, e) != KS_OPEN;
    double share = o->to > o->from ? (double)(log->time[e] - o->from) / (double)(o->to - o->from) : 0;
    size_t at = share <= 0 ? 0 : share >= 1 ? KS_OVERVIEW_SLOTS - 1 : (size_t)(share * KS_OVERVIEW_SLOTS);
    if (at >= KS_OVERVIEW_SLOTS)
        at = KS_OVERVIEW_SLOTS - 1;
    o->events[at]++;
    o->closed[at] += vain;
    if (attempt) {
        o->hosts[log->source[e]].tried++;
        o->hosts[log->target[e]].received++;
        o->hosts[log->target[e]].closed += vain;
    }
    ks_item item;
    if (!ks_item_of(log, e, o->items, &item))
        return true;
    struct ks_overview_port *p = slot(t, item);
    if (p == NULL)
        return false;
    p->item = item;
    p->events++;
    p->closed += vain;
    return true;
}

static struct ks_status gather(struct ks_overview *o, struct tally *t, struct ks_progress *progress)
{
    const struct ks_log *log = &o->capture->log;
    size_t n = 0;
    for (size_t i = 0; i < o->n_hosts; i++)
        o->hosts[i].host = (uint32_t)i;
    for (size_t e = 0; e < log->n; e++) {
        if ((e & 65535) == 0 && ks_cancelled(progress))
            return ks_fail(KS_CANCELLED, "cancelled");
        if (!count(o, t, log, e))
            return ks_nomem("the ports");
    }
    for (size_t i = 0; i < PORTS; i++)
        n += t->port[i].events > 0;
    o->ports = ks_alloc(n + t->n_other, sizeof *o->ports);
    if (o->ports == NULL)
        return ks_nomem("the ports");
    for (size_t i = 0; i < PORTS; i++)
        if (t->port[i].events > 0)
            o->ports[o->n_ports++] = t->port[i];
    for (size_t i = 0; i < t->n_other; i++)
        o->ports[o->n_ports++] = t->other[i];
    qsort(o->ports, o->n_ports, sizeof *o->ports, by_events);
    qsort(o->hosts, o->n_hosts, sizeof *o->hosts, by_attempts);
    return ks_ok();
}

static struct ks_status overview_run(void *context, struct ks_progress *progress)
{
    struct ks_overview *o = context;
    struct tally t = {.port = ks_zalloc(PORTS, sizeof *t.port)};
    o->n_hosts = o->capture->log.n_hosts;
    o->hosts = ks_zalloc(o->n_hosts, sizeof *o->hosts);
    struct ks_status status =
        t.port != NULL && o->hosts != NULL ? gather(o, &t, progress) : ks_nomem("the overview of the capture");
    ks_free(t.port);
    ks_free(t.other);
    ks_map_free(&t.others);
    return status;
}

/* The job's context: what is being made, moved to the model when done. */
static void overview_done(void *owner, void *context, struct ks_status status)
{
    struct ks_model *model = owner;
    struct ks_overview *made = context;
    ks_say_status(model, status);
    if (!ks_is_ok(status))
        return;
    struct ks_overview *copy = ks_alloc(1, sizeof *copy);
    if (copy == NULL) {
        ks_say_status(model, ks_nomem("the overview of the capture"));
        return;
    }
    *copy = *made;
    made->capture = NULL;
    made->ports = NULL;
    made->hosts = NULL;
    ks_overview_free(model->overview);
    model->overview = copy;
    model->generation++;
}

static void overview_drop(void *context)
{
    ks_overview_free(context);
}

void ks_overview_free(struct ks_overview *overview)
{
    if (overview == NULL)
        return;
    ks_capture_release(overview->capture);
    ks_free(overview->ports);
    ks_free(overview->hosts);
    ks_free(overview);
}

const struct ks_overview *ks_overview_want(struct ks_model *model)
{
    enum ks_items items = model->settings.params.items;
    if (model->capture == NULL)
        return NULL;
    if (model->overview != NULL && model->overview->capture == model->capture && model->overview->items == items)
        return model->overview;
    if (ks_worker_busy(model->worker, KS_JOB_OTHER))
        return NULL;
    struct ks_overview *o = ks_zalloc(1, sizeof *o);
    if (o == NULL)
        return NULL;
    o->capture = ks_capture_retain(model->capture);
    o->items = items;
    o->from = model->capture->info.first;
    o->to = model->capture->info.last;
    ks_say_status(model, ks_worker_submit(model->worker,
                                          &(struct ks_job){KS_JOB_OTHER, o, overview_run, overview_done, overview_drop}));
    return NULL;
}
