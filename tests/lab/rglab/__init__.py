"""The lab: client, firewall and internet in network namespaces, and what was really done in them."""
