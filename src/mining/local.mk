noinst_LIBRARIES += libmining.a
libmining_a_SOURCES = src/mining/item.h src/mining/itemsets.h src/mining/measures.h src/mining/pairs.h src/mining/ranking.h src/mining/windows.h 
