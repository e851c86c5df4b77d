# Captures made by this project's own recipes, and the recipes.
EXTRA_DIST += data/README.md data/record.sh data/responder.py data/office.pcap.gz data/office.json \
	data/replica.py data/replica-1.pcap.gz data/replica-2.pcap.gz
