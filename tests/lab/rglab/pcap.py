"""Capture files: reading what tcpdump wrote, writing every format found in practice."""
import gzip
import struct


class Frame:
    """one captured frame: time in nanoseconds, bytes, length on the wire"""
    __slots__ = ('ns', 'data', 'wire')

    def __init__(self, ns, data, wire=None):
        self.ns, self.data, self.wire = ns, data, len(data) if wire is None else wire

    def copy(self, data=None, late_ns=0):
        return Frame(self.ns + late_ns, self.data if data is None else data, self.wire if data is None else len(data)
                + self.wire - len(self.data))


def read(path):
    """frames and link type of a little-endian pcap in microseconds, as tcpdump writes here"""
    with open(path, 'rb') as f:
        raw = f.read()
    magic, _, _, _, _, _, link = struct.unpack('<IHHIIII', raw[:24])
    if magic != 0xa1b2c3d4:
        raise ValueError('%s: not a microsecond pcap of this byte order' % path)
    at, frames = 24, []
    while at + 16 <= len(raw):
        s, us, n, wire = struct.unpack('<IIII', raw[at:at + 16])
        if at + 16 + n > len(raw):
            break
        frames.append(Frame(s * 10**9 + us * 1000, raw[at + 16:at + 16 + n], wire))
        at += 16 + n
    return frames, link


def pcap_bytes(frames, link, big=False, nano=False, snap=262144):
    e = '>' if big else '<'
    out = [struct.pack(e + 'IHHiIII', 0xa1b23c4d if nano else 0xa1b2c3d4, 2, 4, 0, 0, snap, link)]
    for f in frames:
        sub = f.ns % 10**9
        out += [struct.pack(e + 'IIII', f.ns // 10**9, sub if nano else sub // 1000, len(f.data), f.wire), f.data]
    return b''.join(out)


def block(e, kind, body):
    body += b'\0' * (-len(body) % 4)
    return struct.pack(e + 'II', kind, len(body) + 12) + body + struct.pack(e + 'I', len(body) + 12)


def option(e, code, data):
    return struct.pack(e + 'HH', code, len(data)) + data + b'\0' * (-len(data) % 4)


def pcapng_bytes(frames, link, big=False, nano=False, interfaces=1, snap=262144):
    """interfaces: frames are spread over this many, each with its own snaplen (libpcap refuses such files)"""
    e = '>' if big else '<'
    out = [block(e, 0x0a0d0d0a, struct.pack(e + 'IHHq', 0x1a2b3c4d, 1, 0, -1))]
    for n in range(interfaces):
        o = option(e, 2, b'mirror%d' % n) + option(e, 9, b'\x09' if nano else b'\x06') + struct.pack(e + 'HH', 0, 0)
        out.append(block(e, 1, struct.pack(e + 'HHI', link, 0, snap - n) + o))
    for n, f in enumerate(frames):
        t = f.ns if nano else f.ns // 1000
        out.append(block(e, 6, struct.pack(e + 'IIIII', n % interfaces, t >> 32, t & 0xffffffff, len(f.data), f.wire)
                + f.data))
    return b''.join(out)


FORMATS = {
    'pcap': ('.pcap', pcap_bytes, {}), 'pcap-ns': ('.pcap', pcap_bytes, {'nano': True}),
            'pcap-be': ('.pcap', pcap_bytes, {'big': True}),
    'pcapng': ('.pcapng', pcapng_bytes, {}), 'pcapng-be': ('.pcapng', pcapng_bytes, {'big': True}),
    'pcapng-ns': ('.pcapng', pcapng_bytes, {'nano': True}), 'pcapng-2if': ('.pcapng', pcapng_bytes, {'interfaces': 2}),
}


def write(stem, frames, link, form='pcap', gz=False, lose_bytes=0):
    """write one capture file; its path is returned"""
    end, make, how = FORMATS[form]
    raw = make(frames, link, **how)
    if lose_bytes:
        raw = raw[:-lose_bytes]
    path = stem + end + ('.gz' if gz else '')
    with open(path, 'wb') as f:
        f.write(gzip.compress(raw, 9, mtime=0) if gz else raw)
    return path
