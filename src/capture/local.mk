noinst_LIBRARIES += libcapture.a
libcapture_a_SOURCES = src/capture/decode.h src/capture/load.h src/capture/log.h 
