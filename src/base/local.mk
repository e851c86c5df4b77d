noinst_LIBRARIES += libbase.a
libbase_a_SOURCES = src/base/ascending.h src/base/count.c src/base/count.h src/base/file.c src/base/file.h src/base/limits.c src/base/limits.h src/base/memory.c src/base/memory.h src/base/progress.h src/base/sandbox.c src/base/sandbox.h src/base/status.c src/base/status.h src/base/text.c src/base/text.h 
