/* From a command line to an exit status. */
#include <langinfo.h>
#include <stdio.h>
#include <string.h>

#include "cli/batch.h"
#include "cli/interrupt.h"

static struct ks_status (*const commands[KS_COMMAND_N])(struct ks_batch *) = {
    [KS_COMMAND_STATS] = ks_cmd_stats,       [KS_COMMAND_CURVE] = ks_cmd_curve,   [KS_COMMAND_SWEEP] = ks_cmd_sweep,
    [KS_COMMAND_RULES] = ks_cmd_rules,       [KS_COMMAND_KNOCKS] = ks_cmd_knocks, [KS_COMMAND_EVALUATE] = ks_cmd_evaluate,
    [KS_COMMAND_WHY] = ks_cmd_why,         [KS_COMMAND_EXPORT] = ks_cmd_export,
};

static int exit_of(struct ks_status status, bool partial)
{
    switch (status.code) {
    case KS_OK: return partial ? KS_EXIT_PARTIAL : KS_EXIT_DONE;
    case KS_USAGE: return KS_EXIT_USAGE;
    case KS_INPUT: return KS_EXIT_INPUT;
    case KS_PARTIAL: return KS_EXIT_PARTIAL;
    case KS_CANCELLED:
    case KS_NOMEM:
    case KS_LIMIT:
    case KS_IO:
    case KS_FAILED: break;
    }
    return KS_EXIT_FAILED;
}

int ks_cli_run(const struct ks_cli *cli)
{
    struct ks_batch batch = {.cli = cli, .progress = ks_interrupt_watch()};
    /* export opens its own file: some formats write two. */
    bool own = cli->command == KS_COMMAND_EXPORT;
    batch.utf8 = !cli->ascii && strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
    struct ks_status status = own ? ks_ok() : ks_out_open(cli->output != NULL ? cli->output : "-", cli->force, batch.progress, &batch.out);
    if (ks_is_ok(status))
        status = ks_batch_load(&batch);
    if (ks_is_ok(status))
        status = commands[cli->command](&batch);
    if (batch.out != NULL) {
        if (ks_is_ok(status))
            status = ks_out_close(batch.out);
        else
            ks_out_discard(batch.out);
    }
    if (!ks_is_ok(status))
        fprintf(stderr, "knockscope: %s\n", status.message);
    int code = exit_of(status, batch.partial);
    ks_batch_end(&batch);
    ks_interrupt_finish();
    return code;
}
