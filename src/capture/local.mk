noinst_LIBRARIES += libcapture.a
libcapture_a_SOURCES = \
	src/capture/account.c \
	src/capture/batch.c \
	src/capture/batch.h \
	src/capture/build.c \
	src/capture/build.h \
	src/capture/cursor.h \
	src/capture/decode.c \
	src/capture/decode.h \
	src/capture/hold.c \
	src/capture/hold.h \
	src/capture/ethernet.c \
	src/capture/extract.c \
	src/capture/extract.h \
	src/capture/flows.c \
	src/capture/flows.h \
	src/capture/gunzip.c \
	src/capture/gunzip.h \
	src/capture/hash.c \
	src/capture/hash.h \
	src/capture/layers.h \
	src/capture/load.c \
	src/capture/load.h \
	src/capture/log.c \
	src/capture/log.h \
	src/capture/network.c \
	src/capture/pipeline.c \
	src/capture/pipeline.h \
	src/capture/plain.h \
	src/capture/ppp.c \
	src/capture/ppp.h \
	src/capture/publish.c \
	src/capture/publish.h \
	src/capture/radio.c \
	src/capture/stream.c \
	src/capture/stream.h
