/* Errors as values: a code and a sentence that says what went wrong and where. */
#ifndef KS_BASE_STATUS_H
#define KS_BASE_STATUS_H

#include <stdbool.h>

enum ks_code {
    KS_OK = 0,
    KS_CANCELLED, /* the user or a newer request stopped the work */
    KS_USAGE,     /* an option, command or expression is wrong */
    KS_INPUT,     /* the input could not be read at all */
    KS_PARTIAL,   /* the input was read only in part; what was read is valid */
    KS_NOMEM,     /* memory ran out; what existed before is unchanged */
    KS_LIMIT,     /* an announced limit was reached; what was done up to it is valid */
    KS_IO,        /* writing failed */
    KS_FAILED     /* anything else */
};

struct ks_status {
    enum ks_code code;
    char message[320]; /* one sentence without a final full stop, safe for a terminal; empty when KS_OK */
};

/* Success. */
struct ks_status ks_ok(void);

/* A failure of the given code with a printf-style message (what does not fit is
 * left out in the middle, " ... " in its place; control bytes made harmless). */
struct ks_status ks_fail(enum ks_code code, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The failure for exhausted memory, naming what it was wanted for. */
struct ks_status ks_nomem(const char *what);

#if defined __clang_analyzer__ && !defined KS_STATUS_C
/* The analyzer sees one file at a time: here it learns that a failure is one, and success none. */
int ks_uses(const char *text, ...);
#define ks_ok() ((struct ks_status){.code = KS_OK})
#define ks_fail(failure, ...) (ks_uses(__VA_ARGS__), (struct ks_status){.code = (failure)})
#define ks_nomem(what) (ks_uses(what), (struct ks_status){.code = KS_NOMEM})
#endif

/* Puts "prefix: " before the message of a failure; a success stays as it is. */
struct ks_status ks_within(struct ks_status status, const char *prefix);

static inline bool ks_is_ok(struct ks_status status)
{
    return status.code == KS_OK;
}

/* Returns from the calling function when the expression fails. Only where nothing is held. */
#define KS_TRY(expression)                                                                                   \
    do {                                                                                                     \
        struct ks_status ks_try_status = (expression);                                                       \
        if (ks_try_status.code != KS_OK)                                                                     \
            return ks_try_status;                                                                            \
    } while (0)

#endif
