/* knockscope: a batch command where one is named, the explorer otherwise. */
#include "config.h"

#include <errno.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/sandbox.h"
#include "cli/batch.h"
#include "cli/options.h"
#include "cli/protect.h"
#include "stats/association.h"
#include "tui/tui.h"

/* What a printing of help or the version comes to. */
static int printed(void)
{
    if (!ferror(stdout) && fflush(stdout) == 0)
        return KS_EXIT_DONE;
    if (errno != EPIPE) /* nobody listens any more */
        fprintf(stderr, "knockscope: cannot write standard output: %s\n", strerror(errno));
    return KS_EXIT_FAILED;
}

static int version(void)
{
    char words[320];
    struct ks_sandbox_state sandbox = ks_sandbox_probe();
    printf("knockscope %s\n%s\n%s\nsandbox: %s\n", PACKAGE_VERSION, ks_capture_libraries(), ks_stats_libraries(),
           ks_sandbox_words(words, sizeof words, &sandbox));
    puts("Licence GPL-3.0-or-later. Finds recurring port-knock sequences; single-packet authorisation and knocks hidden in\n"
         "sequence numbers cannot be found this way.");
    return printed();
}

static int formats(void)
{
    for (int i = 0; i < KS_FORMAT_N; i++) {
        const struct ks_format_info *f = ks_format_info((enum ks_format)i);
        printf("%-10s %s%s\n", f->name, f->help, f->rules && !f->knocks ? " (rules)" : f->knocks && !f->rules ? " (knocks)" : "");
    }
    return printed();
}

static int explore(const struct ks_cli *cli)
{
    struct ks_tui_options options = {
        .load = cli->load,
        .params = cli->params,
        .params_given = cli->params_given,
        .script = cli->script,
        .theme = cli->theme,
        .ascii = cli->ascii,
        .plain_settings = cli->no_settings,
        .knocks = cli->knocks,
        .baseline = cli->baseline,
        .threads = ks_cli_threads(cli),
    };
    if (cli->colour != NULL)
        options.colour = cli->colour[0] == 'n'   ? KS_COLOUR_NEVER
                         : cli->colour[1] == 'l' ? KS_COLOUR_ALWAYS
                                                 : KS_COLOUR_AUTO;
    return ks_tui_main(&options);
}

static int run(const struct ks_cli *cli)
{
    struct ks_status status = ks_protect(cli);
    if (!ks_is_ok(status)) {
        fprintf(stderr, "knockscope: %s (--no-sandbox goes on without)\n", status.message);
        return KS_EXIT_FAILED;
    }
    return cli->command == KS_COMMAND_EXPLORE ? explore(cli) : ks_cli_run(cli);
}

int main(int argc, char **argv)
{
    struct ks_cli cli;
    int code;
    ks_file_keep_streams();
    setlocale(LC_CTYPE, "");
    signal(SIGPIPE, SIG_IGN); /* a closed pipe is a failed write, not a death */
    signal(SIGXFSZ, SIG_IGN); /* so is a file that may not grow */
    struct ks_status status = ks_cli_parse(argc, argv, &cli);
    if (!ks_is_ok(status)) {
        const char *command = ks_command_name(cli.command);
        fprintf(stderr, "knockscope: %s\nTry: knockscope %s%s--help\n", status.message, command, command[0] != '\0' ? " " : "");
        code = status.code == KS_USAGE ? KS_EXIT_USAGE : status.code == KS_INPUT ? KS_EXIT_INPUT : KS_EXIT_FAILED;
    } else if (cli.help) {
        ks_cli_help(stdout, cli.command);
        code = printed();
    } else if (cli.version) {
        code = version();
    } else if (cli.describe != NULL) {
        code = ks_cli_describe(cli.describe, stdout) || ks_tui_describe(cli.describe) ? KS_EXIT_DONE : KS_EXIT_USAGE;
    } else if (cli.command == KS_COMMAND_EXPORT && cli.as != NULL && strcmp(cli.as, "help") == 0) {
        code = formats();
    } else {
        code = run(&cli);
    }
    ks_cli_free(&cli);
    return code;
}
