#!/usr/bin/env python3
"""A resolver with moods, for what unbound cannot be configured to do.

    dnsd.py ADDRESS MOODS.json      {"names": {NAME: [RECORD...]}, "moods": {NAME: MOOD}}

MOOD: servfail, refuse, nxdomain, nodata, silent, lose-first (each question's first copy is lost), servfail-first, slow:SECONDS, ede:CODE:RCODE,
sinkhole:ADDRESS, nxdomain-aaaa. Words may be joined with +. A RECORD is "A 1.2.3.4", "AAAA ::1", "CNAME name".
"""
import ipaddress
import json
import socket
import struct
import sys
import threading

KINDS = {'A': 1, 'CNAME': 5, 'AAAA': 28}
RCODES = {'noerror': 0, 'servfail': 2, 'nxdomain': 3, 'refuse': 5}


def name_bytes(name):
    return b''.join(bytes([len(x)]) + x.encode() for x in name.rstrip('.').split('.')) + b'\0'


def record(owner, kind, data):
    rd = name_bytes(data) if kind == 'CNAME' else ipaddress.ip_address(data).packed
    return name_bytes(owner) + struct.pack('!HHIH', KINDS[kind], 1, 60, len(rd)) + rd


class Resolver:
    def __init__(self, address, conf):
        self.names, self.moods, self.seen = conf['names'], conf['moods'], set()
        family = socket.AF_INET6 if ':' in address else socket.AF_INET
        self.s = socket.socket(family, socket.SOCK_DGRAM)
        self.s.bind((address, 53))

    def answers(self, name, kind, depth=0):
        out, found = [], name in self.names
        for r in self.names.get(name, []):
            k, data = r.split()
            if k == 'CNAME' and depth < 8:
                more, _ = self.answers(data.rstrip('.'), kind, depth + 1)
                out += [record(name, k, data)] + more
            elif KINDS[k] == kind:
                out.append(record(name, k, data))
        return out, found

    def reply(self, q):
        name, at = [], 12
        while q[at]:
            name.append(q[at + 1:at + 1 + q[at]].decode('latin-1').lower())
            at += 1 + q[at]
        name, kind, question = '.'.join(name), struct.unpack('!H', q[at + 1:at + 3])[0], q[12:at + 5]
        out, found = self.answers(name, kind)
        rcode, ede, wait, additional = 0 if found else 3, None, 0.0, b''
        for mood in filter(None, self.moods.get(name, '').split('+')):
            word, _, value = mood.partition(':')
            if word == 'silent' or (word == 'lose-first' and (name, kind) not in self.seen):
                self.seen.add((name, kind))
                return None, 0
            if word == 'servfail-first' and (name, kind) not in self.seen:
                self.seen.add((name, kind))
                rcode, out = 2, []
            if word == 'slow':
                wait = float(value)
            if word in RCODES:
                rcode, out = RCODES[word], []
            if word == 'nxdomain-aaaa' and kind == 28:
                rcode, out = 3, []
            if word == 'nodata':
                out = []
            if word == 'sinkhole':
                rcode, out = 0, [record(name, 'A', value)] if kind == 1 else []
            if word == 'ede':
                code, _, rc = value.partition(':')
                ede, rcode = int(code), RCODES[rc]
                out = out if rc == 'noerror' else []
        if q[11]:                                      # the question carried EDNS
            option = struct.pack('!HHH', 15, 2, ede) if ede is not None else b''
            additional = b'\0' + struct.pack('!HHIH', 41, 1232, 0, len(option)) + option
        head = q[:2] + bytes([0x81, 0x80 | rcode]) + struct.pack('!HHHH', 1, len(out), 0, 1 if additional else 0)
        return head + question + b''.join(out) + additional, wait

    def run(self):
        while True:
            q, peer = self.s.recvfrom(4096)
            a, wait = self.reply(q)
            if a:
                threading.Timer(wait, self.s.sendto, (a, peer)).start()


if __name__ == '__main__':
    with open(sys.argv[2], encoding='utf-8') as f:
        Resolver(sys.argv[1], json.load(f)).run()
