/* The command line: one table of options, from which what was asked is read. */
#ifndef KS_CLI_OPTIONS_H
#define KS_CLI_OPTIONS_H

#include <stdbool.h>
#include <stdio.h>

#include "base/status.h"
#include "cli/asked.h"

/* Reads the command line. KS_USAGE with a sentence for the user. Freed by ks_cli_free whatever the result. */
struct ks_status ks_cli_parse(int argc, char **argv, struct ks_cli *out);
void ks_cli_free(struct ks_cli *cli);

/* The help text of the whole program, or of one command. */
void ks_cli_help(FILE *out, enum ks_command command);
/* Prints the tables for the manual page and the completions: "options" (long, short, argument, commands, help), "commands" (name, help),
 * tab-separated lines. False for another word. */
bool ks_cli_describe(const char *what, FILE *out);

#endif
