/* The engine's answers for one capture, kept between runs of a fuzz target: the linker puts the functions of engine_memo.c in place of the engine's
 * (--wrap), so that an input that asks what was asked before gets it again without the work. */
#ifndef KS_TESTS_ENGINE_MEMO_H
#define KS_TESTS_ENGINE_MEMO_H

#include <stdbool.h>
#include <sys/stat.h>

/* From now on answers are kept and given again, or not. `file` is the capture that may be remembered, as it was written. */
void engine_memo(bool on, const struct stat *file);

#endif
