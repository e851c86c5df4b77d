noinst_LIBRARIES += libknocks.a
libknocks_a_SOURCES = src/knocks/allow.c \
	src/knocks/allow.h \
	src/knocks/alone.c \
	src/knocks/build.c \
	src/knocks/build.h \
	src/knocks/burst.c \
	src/knocks/burst.h \
	src/knocks/candidate.h \
	src/knocks/closing.c \
	src/knocks/data.c \
	src/knocks/grow.c \
	src/knocks/grow.h \
	src/knocks/item.c \
	src/knocks/item.h \
	src/knocks/judge.c \
	src/knocks/judge.h \
	src/knocks/knocks.c \
	src/knocks/knocks.h \
	src/knocks/layout.c \
	src/knocks/occur.c \
	src/knocks/oneshot.c \
	src/knocks/oneshot.h \
	src/knocks/opening.c \
	src/knocks/opening.h \
	src/knocks/others.c \
	src/knocks/pings.c \
	src/knocks/pings.h \
	src/knocks/ports.c \
	src/knocks/ports.h \
	src/knocks/probes.c \
	src/knocks/replay.c \
	src/knocks/scan.c \
	src/knocks/seek.c \
	src/knocks/select.c \
	src/knocks/select.h \
	src/knocks/session.c \
	src/knocks/session.h \
	src/knocks/shape.c \
	src/knocks/shots.c \
	src/knocks/slots.c \
	src/knocks/slots.h \
	src/knocks/strangers.c \
	src/knocks/sweep.c \
	src/knocks/tries.c \
	src/knocks/tries.h \
	src/knocks/weigh.c
libknocks_a_CFLAGS = $(AM_CFLAGS) $(KS_FUZZ_EDGES) # its edges are enough, see tests/fuzz
