noinst_LIBRARIES += libcli.a
libcli_a_SOURCES = src/cli/asked.c src/cli/asked.h src/cli/baseline.c src/cli/batch.c src/cli/batch.h src/cli/cmd_curve.c src/cli/cmd_evaluate.c src/cli/cmd_lists.c \
	src/cli/cmd_stats.c src/cli/cmd_sweep.c src/cli/cmd_why.c src/cli/interrupt.c src/cli/interrupt.h src/cli/options.c \
	src/cli/options.h src/cli/protect.c src/cli/protect.h src/cli/run.c src/cli/select.c src/cli/select.h src/cli/settle.c src/cli/settle.h src/cli/table.c \
	src/cli/table.h
