#!/usr/bin/env python3
"""Compare what rulegap recorded with what a generated trace's truth says.

    truth_check.py DATABASE TRUTH.csv LIST.yaml

Every planned block of a listed name on a listed port has to be found with the
right signature; nothing else that is listed may be called blocked. Flows and
attempts are matched by their community id. Look-ups are compared by client and
name. The list may hold names, wildcards and networks. Only the standard library
is needed; LIST.yaml is one that lists its hosts and ports one a line or in
brackets, as the benchmark writes them.
Exit status: 0 all found and nothing else, 1 not.
"""
import base64
import collections
import csv
import hashlib
import ipaddress
import re
import sqlite3
import sys

# What the packets of a planned block show. If several: which one depends on
# how the capture cuts the flow.
EXPECTED = {
    "syn_no_answer": {"tcp-syn-timeout"},
    "syn_rst": {"tcp-syn-reset"},
    "icmp_prohibited": {"icmp-prohibited"},
    "rst_after_hello": {"tls-hello-reset"},
    "silence_after_hello": {"tls-hello-timeout"},
    "turn_forbidden": {"stun-error"},
}
UNANSWERED = {"quic": {"quic-timeout"}, "stun": {"stun-timeout"}, "turn": {"stun-timeout"}, "ice": {"stun-timeout"}}
LOOKUPS = {
    "dns_nxdomain": {"dns-nxdomain"},
    "dns_no_answer": {"dns-timeout"},
    "dns_servfail": {"dns-servfail"},
}
WAIT_US = 5_000_000  # silence this close to the end of the capture decides nothing
LOOKUP_US = 20_000_000  # three tries of a look-up, and that wait
TCP = {"tls", "http", "tcp"}


def community_id(flow):
    """Community ID v1 of a truth row, seed 0."""
    proto = 6 if flow["kind"] in TCP else 17
    ends = [(ipaddress.ip_address(flow[a]).packed, int(flow[p])) for a, p in (("client", "cport"), ("server", "sport"))]
    (a, a_port), (b, b_port) = sorted(ends)
    data = b"\0\0" + a + b + bytes((proto, 0)) + a_port.to_bytes(2, "big") + b_port.to_bytes(2, "big")
    return "1:" + base64.b64encode(hashlib.sha1(data).digest()).decode()


class Listed:
    """What a list asks for: names, wildcards, networks and ports ("443/tcp")."""

    def __init__(self, path):
        text = open(path, encoding="utf-8").read()
        self.ports = set(re.findall(r"\b(\d+/(?:tcp|udp))\b", text))
        self.names, self.wildcards, self.networks = set(), set(), []
        for block in re.findall(r"hosts:\s*(\[[^\]]*\]|(?:\n\s+- \S+)+)", text):
            for host in re.findall(r"[^\s\"'\[\],]+", re.sub(r"(?m)^\s*- ", "", block)):
                self.add(host)

    def add(self, host):
        try:
            self.networks.append(ipaddress.ip_network(host, strict=False))
        except ValueError:
            (self.wildcards if host.startswith("*.") else self.names).add(host.removeprefix("*."))

    def exact(self, name):
        return name in self.names

    def wild(self, name):
        labels = name.split(".")
        return any(".".join(labels[i:]) in self.wildcards for i in range(1, len(labels)))

    def asks_for(self, flow):
        transport = "tcp" if flow["kind"] in TCP else "udp"
        if f"{flow['sport']}/{transport}" not in self.ports:
            return False
        if self.exact(flow["name"]) or self.wild(flow["name"]):
            return True
        address = ipaddress.ip_address(flow["server"])
        return any(address in network for network in self.networks)


def planned(flow):
    if flow["verdict"] == "udp_no_answer":
        return UNANSWERED.get(flow["kind"], {"udp-timeout"})
    return EXPECTED.get(flow["verdict"])


class Check:
    def __init__(self, last_us):
        self.last_us = last_us
        self.undecided = 0
        self.missed = []
        self.wrong = []
        self.counts = collections.Counter()
        self.found = collections.Counter()

    def flow(self, flow, attempts):
        want = planned(flow)
        bad = [a for a in attempts if a["outcome"] in ("blocked", "reset")]
        if want is None:
            self.wrong += [f"flow {flow['flow']} ({flow['kind']}, {flow['verdict']}) called {a['signature']}" for a in bad]
            return
        self.counts[flow["verdict"]] += 1
        if any(a["signature"] in want for a in bad):
            self.found[flow["verdict"]] += 1
        elif any(a["why_not"] == "one-sided" or a["ended"] >= self.last_us - WAIT_US for a in attempts):
            self.undecided += 1
        else:
            seen = ", ".join(f"{a['outcome']} {a['signature'] or ''} {a['why_not'] or ''}".strip() for a in attempts)
            self.missed.append(f"flow {flow['flow']} ({flow['kind']} {flow['client']} -> {flow['name']}): planned "
                               f"{flow['verdict']}, recorded {seen or 'nothing'}")

    def lookup(self, client, name, asked, recorded, exact):
        """asked: verdict and time of all the client's look-ups of the name.
        exact: the name itself is listed; under a wildcard no name need exist."""
        kinds = {kind for kind, _ in asked} - (set() if exact else {"dns_nxdomain"})
        signatures = {a["signature"] for a in recorded if a["outcome"] == "blocked"}
        good = kinds & {"ok"}
        for kind in sorted(kinds & set(LOOKUPS)):
            if good or len(kinds & set(LOOKUPS)) > 1:
                continue  # mended, or two failures of which one is reported
            self.counts[kind] += 1
            if signatures & LOOKUPS[kind]:
                self.found[kind] += 1
            elif max(at for _, at in asked) >= self.last_us - LOOKUP_US:
                self.undecided += 1
            else:
                self.missed.append(f"look-up of {name} by {client}: planned {kind}, recorded {signatures or 'nothing'}")
        if not kinds & set(LOOKUPS) and signatures:
            self.wrong.append(f"look-up of {name} by {client} ({', '.join(sorted(kinds))}) called {', '.join(signatures)}")


def attempts_of(database):
    db = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
    db.row_factory = sqlite3.Row
    flows, lookups = collections.defaultdict(list), collections.defaultdict(list)
    for a in db.execute("SELECT client, host, outcome, signature, why_not, community_id, by_lookup, ended FROM attempt"):
        if a["by_lookup"]:
            lookups[a["client"], a["host"]].append(a)
        elif a["community_id"]:
            flows[a["community_id"]].append(a)
    return flows, lookups, db.execute("SELECT max(last) FROM run").fetchone()[0]


def check_all(database, truth, list_path):
    listed = Listed(list_path)
    flows, lookups, last_us = attempts_of(database)
    kinds = collections.defaultdict(set)
    check = Check(last_us)
    for flow in csv.DictReader(open(truth, encoding="utf-8")):
        if flow["kind"] == "dns":
            if (listed.exact(flow["name"]) or listed.wild(flow["name"])) and flow["qtype"] in ("1", "28"):
                at = int(float(flow["start"]) * 1_000_000)
                kinds[flow["client"], flow["name"]].add((flow["verdict"], at))
        elif flow["kind"] not in ("arp", "ping") and listed.asks_for(flow):
            check.flow(flow, flows.get(community_id(flow), []))
        elif flow["kind"] not in ("arp", "ping") and flow["verdict"] == "ok":
            # Nothing was planned: without a name and a port that is no block.
            check.flow(flow, flows.get(community_id(flow), []))
    for (client, name), asked in kinds.items():
        check.lookup(client, name, asked, lookups.get((client, name), []), listed.exact(name))
    return check


def main():
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    check = check_all(*sys.argv[1:])
    for verdict, n in sorted(check.counts.items()):
        print(f"{verdict:22} planned {n:6}  found {check.found[verdict]:6}")
    print(f"not decided, since the capture ends or one side is missing: {check.undecided}")
    print(f"called blocked or reset without a plan: {len(check.wrong)}")
    for line in check.missed[:20] + check.wrong[:20]:
        print("  " + line)
    return 1 if check.missed or check.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
