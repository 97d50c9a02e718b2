"""What happens to a capture between wire and auditor: truncation, duplicates, lost directions, tunnels, snaplens."""
import ipaddress
import struct

from . import pcap
from .pcap import Frame

ETH4, ETH6 = 0x0800, 0x86dd
MAC_A, MAC_B = b'\x02\0\x5e\0\0\x0a', b'\x02\0\x5e\0\0\x0b'


def addresses(f):
    """source and destination of an Ethernet IP frame, or None"""
    kind = struct.unpack('!H', f.data[12:14])[0]
    if kind == ETH4:
        return ipaddress.ip_address(f.data[26:30]), ipaddress.ip_address(f.data[30:34])
    if kind == ETH6:
        return ipaddress.ip_address(f.data[22:38]), ipaddress.ip_address(f.data[38:54])
    return None, None


def tcp_flags(f):
    kind = struct.unpack('!H', f.data[12:14])[0]
    if kind == ETH4 and f.data[23] == 6:
        return f.data[14 + (f.data[14] & 15) * 4 + 13]
    if kind == ETH6 and f.data[20] == 6:
        return f.data[54 + 13]
    return None


def is_client(a):
    return a is not None and (a in ipaddress.ip_network('10.77.1.0/24')
            or a in ipaddress.ip_network('2001:db8:77::/64'))


def op_until_syn(frames, address, n='1'):
    """end with the n-th SYN to an address"""
    out, left = [], int(n)
    for f in frames:
        out.append(f)
        if tcp_flags(f) == 2 and str(addresses(f)[1]) == address:
            left -= 1
            if not left:
                return out
    raise ValueError('no such SYN')


def op_from_data(frames, address, n='3'):
    """begin in the middle of the connection to an address: at its n-th packet after the handshake"""
    left = int(n) + 3
    for i, f in enumerate(frames):
        if tcp_flags(f) is not None and address in map(str, addresses(f)):
            left -= 1
            if not left:
                return frames[i:]
    raise ValueError('no such connection')


def op_until(frames, seconds):
    return [f for f in frames if f.ns - frames[0].ns < float(seconds) * 1e9]


def op_skip(frames, seconds):
    return [f for f in frames if f.ns - frames[0].ns >= float(seconds) * 1e9]


def op_lose_inward(frames, client=None):
    """a mirror of one direction: nothing that goes to the clients (or to one of them)"""
    return [f for f in frames if not (is_client(addresses(f)[1]) and client in (None, str(addresses(f)[1])))]


def op_lose_outward(frames):
    return [f for f in frames if not is_client(addresses(f)[0])]


def op_lose_from(frames, address):
    """asymmetric routes: one host's packets take another path"""
    return [f for f in frames if str(addresses(f)[0]) != address]


def op_only(frames, address):
    """a capture filter that keeps one host"""
    return [f for f in frames if address in map(str, addresses(f))]


def op_pad(frames, fcs='0'):
    """Ethernet's shortest frame is 60 bytes; a switch may leave the check sequence on"""
    return [f.copy(f.data + b'\0' * max(0, 60 - len(f.data)) + b'\xde\xad\xbe\xef'[:int(fcs)]) for f in frames]


def op_badsum(frames):
    """a host's own capture with checksum offload: the client's TCP checksums are not filled in yet"""
    out = []
    for f in frames:
        if tcp_flags(f) is not None and is_client(addresses(f)[0]):
            at = 14 + (40 if f.data[12:14] == b'\x86\xdd' else (f.data[14] & 15) * 4) + 16
            f = f.copy(f.data[:at] + b'\x13\x37' + f.data[at + 2:])
        out.append(f)
    return out


def op_fragment(frames, size):
    """a link with a small MTU: IPv4 packets larger than size come in fragments, the last one first"""
    out, size = [], int(size) & ~7
    for f in frames:
        body = f.data[34:]
        if f.data[12:14] != b'\x08\0' or len(body) <= size:
            out.append(f)
            continue
        for at in reversed(range(0, len(body), size)):
            part = body[at:at + size]
            head = f.data[14:16] + struct.pack('!H', 20 + len(part)) + f.data[18:20] \
                + struct.pack('!H', (0x2000 if at + size < len(body) else 0)
                        | at >> 3) + f.data[22:24] + b'\0\0' + f.data[26:34]
            out.append(Frame(f.ns + (len(body) - at) * 10, f.data[:14] + head + part))
    return out


def op_options6(frames):
    """IPv6 with a hop-by-hop and a destination options header before TCP and UDP"""
    out = []
    for f in frames:
        d = f.data
        if d[12:14] == b'\x86\xdd' and d[20] in (6, 17):
            more = bytes([60, 0, 1, 4, 0, 0, 0, 0, d[20], 0, 1, 4, 0, 0, 0, 0])
            d = d[:18] + struct.pack('!H', struct.unpack('!H', d[18:20])[0] + 16) + b'\0' + d[21:54] + more + d[54:]
        out.append(f.copy(d))
    return out


def op_double(frames, us='40'):
    """a mirror of ingress and egress: every packet twice"""
    return sorted((g for f in frames for g in (f, f.copy(late_ns=int(us) * 1000))), key=lambda f: f.ns)


def op_double_vlan(frames, vlan='9'):
    """the same, the second copy with a tag"""
    return sorted((g for f in frames for g in (f, f.copy(wrap_vlan(f.data, vlan), 30000))), key=lambda f: f.ns)


def op_snaplen(frames, n):
    return [Frame(f.ns, f.data[:int(n)], f.wire) for f in frames]


def op_jump(frames, seconds, at='0.5'):
    """the clock is set while the capture runs"""
    k = int(len(frames) * float(at))
    return frames[:k] + [f.copy(late_ns=int(float(seconds) * 1e9)) for f in frames[k:]]


def op_swap(frames, every='5'):
    """a mirror with two queues: now and then adjacent packets are swapped"""
    out = list(frames)
    for i in range(int(every), len(out) - 1, int(every)):
        if out[i + 1].ns - out[i].ns < 200000:
            a, b = out[i], out[i + 1]
            out[i], out[i + 1] = b.copy(late_ns=a.ns - b.ns), a.copy(late_ns=b.ns - a.ns)
    return out


def both_sides(inside, outside, path):
    """one capture of two ports of a switch: the firewall's inner side, and the outer one (a device without Ethernet)"""
    a, b = pcap.read(inside)[0], pcap.read(outside)[0]
    b = [f.copy(MAC_B + MAC_A + struct.pack('!H', ETH6 if f.data[0] >> 4 == 6 else ETH4) + f.data) for f in b]
    with open(path, 'wb') as f:
        f.write(pcap.pcap_bytes(sorted(a + b, key=lambda x: x.ns), 1))


# ------------------------------------------------------------------ tunnels and tags, around an Ethernet frame

def ip4(proto, payload, src='192.0.2.1', dst='192.0.2.2'):
    head = struct.pack('!BBHHHBBH', 0x45, 0, 20 + len(payload), 7, 0, 64, proto,
            0) + ipaddress.ip_address(src).packed + ipaddress.ip_address(dst).packed
    s = sum(struct.unpack('!10H', head))
    s = (s & 0xffff) + (s >> 16)
    return head[:10] + struct.pack('!H', ~(s + (s >> 16)) & 0xffff) + head[12:] + payload


def outer(proto, payload):
    return MAC_B + MAC_A + struct.pack('!H', ETH4) + ip4(proto, payload)


def udp(port, payload, sport=51000):
    return outer(17, struct.pack('!HHHH', sport, port, 8 + len(payload), 0) + payload)


def wrap_vlan(d, vlan, tpid=0x8100):
    return d[:12] + struct.pack('!HH', tpid, int(vlan)) + d[12:]


def wrap_qinq(d, a='100', b='7'):
    return wrap_vlan(wrap_vlan(d, b), a, 0x88a8)


def wrap_mpls(d, label='1000'):
    if d[12:14] not in (b'\x08\0', b'\x86\xdd'):
        return None
    return d[:12] + b'\x88\x47' + struct.pack('!II', (int(label) << 12) | 64, (int(label) + 1) << 12 | 0x100
            | 64) + d[14:]


def wrap_pppoe(d):
    kind = {b'\x08\0': 0x21, b'\x86\xdd': 0x57}.get(d[12:14])
    return kind and d[:12] + b'\x88\x64' + struct.pack('!BBHHH', 0x11, 0, 0x2a, len(d) - 12, kind) + d[14:]


def wrap_gre(d):
    return None if d[12:14] == b'\x08\x06' else outer(47, b'\0\0' + d[12:14] + d[14:])


def wrap_gretap(d):
    return outer(47, b'\0\0\x65\x58' + d)


def wrap_erspan1(d):
    return outer(47, b'\0\0\x88\xbe' + d)


def wrap_erspan2(d):
    return outer(47, b'\x10\0\x88\xbe\0\0\0\x01' + struct.pack('!HHI', 0x1000 | 5, 0x0800 | 3, 1) + d)


def wrap_erspan3(d):
    return outer(47, b'\x10\0\x22\xeb\0\0\0\x01' + struct.pack('!HHIHH', 0x2000 | 5, 3, 12345, 0, 0) + d)


def wrap_vxlan(d, vni='42'):
    return udp(4789, struct.pack('!II', 0x08000000, int(vni) << 8) + d)


def wrap_geneve(d):
    return udp(6081, struct.pack('!HHI', 0x0200, 0x6558, 42 << 8) + struct.pack('!HBBI', 0x0102, 1, 1, 7) + d)


def wrap_gtpu(d):
    return None if d[12:14] == b'\x08\x06' else udp(2152, struct.pack('!BBHI', 0x30, 255, len(d) - 14, 77) + d[14:],
            2152)


def wrap_ipip(d):
    proto = {b'\x08\0': 4, b'\x86\xdd': 41}.get(d[12:14])
    return proto and outer(proto, d[14:])


def wrap_teredo(d):
    return udp(3544, d[14:]) if d[12:14] == b'\x86\xdd' else d


def op_wrap(frames, kind, *how):
    """put every frame into a tag or tunnel; frames that the tunnel cannot carry (ARP) are dropped"""
    make, out = globals()['wrap_' + kind], []
    for f in frames:
        d = make(f.data, *how)
        if d:
            out.append(f.copy(d))
    return out


# ------------------------------------------------------------------ other link types: frames and the new type

def link_cooked(frames):
    return [f.copy(struct.pack('!HHH', 0 if is_client(addresses(f)[1]) else 4, 1, 6) + f.data[6:12] + b'\0\0'
            + f.data[12:14] + f.data[14:]) for f in frames], 113


def link_cooked2(frames):
    return [f.copy(f.data[12:14] + struct.pack('!HIHBB', 0, 3, 1, 4, 6) + f.data[6:12] + b'\0\0' + f.data[14:])
            for f in frames], 276


def link_raw(frames):
    return [f.copy(f.data[14:]) for f in frames if addresses(f)[0]], 101


def link_null(frames):
    return [f.copy(struct.pack('<I', 2 if addresses(f)[0].version == 4 else 24) + f.data[14:]) for f in frames
            if addresses(f)[0]], 0


def apply(frames, steps):
    """run the steps of a scenario: frames, link type and the words for the writer"""
    link, form, gz, lose, split = 1, 'pcap', False, 0, 1
    for step in steps:
        word, *how = step.split()
        if word == 'format':
            form = how[0]
        elif word == 'gzip':
            gz = True
        elif word == 'damage':
            lose = int(how[0])
        elif word == 'split':
            split = int(how[0])
        elif word == 'link':
            frames, link = globals()['link_' + how[0]](frames)
        else:
            frames = globals()['op_' + word.replace('-', '_')](frames, *how)
    return frames, link, form, gz, lose, split
