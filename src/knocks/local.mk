noinst_LIBRARIES += libknocks.a
libknocks_a_SOURCES = src/knocks/knocks.h 
