# unit tests of src/stats
KS_STATS_TEST_LIBS = libstats.a libmining.a libbase.a $(GSL_LIBS) $(CMOCKA_LIBS) -lm
check_PROGRAMS += tests/unit/test_curve tests/unit/test_association tests/unit/test_chance
TESTS += tests/unit/test_curve tests/unit/test_association tests/unit/test_chance
tests_unit_test_curve_SOURCES = tests/unit/test_curve.c tests/oracle/stats_oracle.h
tests_unit_test_curve_CPPFLAGS = $(KS_TEST_CPPFLAGS)
tests_unit_test_curve_LDADD = $(KS_STATS_TEST_LIBS)
tests_unit_test_association_SOURCES = tests/unit/test_association.c tests/oracle/stats_oracle.h
tests_unit_test_association_CPPFLAGS = $(KS_TEST_CPPFLAGS) $(GSL_CFLAGS)
tests_unit_test_association_LDADD = $(KS_STATS_TEST_LIBS)
tests_unit_test_chance_SOURCES = tests/unit/test_chance.c tests/oracle/chance_oracle.h
tests_unit_test_chance_CPPFLAGS = $(KS_TEST_CPPFLAGS)
tests_unit_test_chance_LDADD = $(KS_STATS_TEST_LIBS)
EXTRA_DIST += tests/oracle/chance_oracle.py tests/oracle/chance_oracle.inc tests/oracle/stats_oracle.py tests/oracle/stats_oracle.inc
