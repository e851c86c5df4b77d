# Captures made by this project's own recipes, and the recipes.
EXTRA_DIST += data/README.md data/replica.py data/replica-1.pcap.gz data/replica-2.pcap.gz
