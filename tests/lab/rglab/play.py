"""One scenario from its file to capture, list and truth."""
import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
import threading
import time
import tomllib

from . import mangle, net, pcap, truth, world

HERE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
PEERS = os.path.join(HERE, 'peers')
TAIL = 3.6              # seconds after the last step: the wait of TCP, TLS, QUIC and STUN, and a little
PROGRAMS = ('curl', 'dig', 'openssl', 'turnutils_uclient', 'turnutils_stunclient', 'gtlsclient', 'ping', 'tstclnt', 'conntrack',
            'timeout')
KNOWN = {'title', 'kind', 'about', 'done', 'clients', 'do', 'firewall', 'nat', 'wire', 'change', 'servers', 'ipv6',
        'ipv6_only', 'dns_zones', 'dns_records',
         'dns_rpz', 'dns_moods', 'resolvers', 'resolv_options', 'proxy', 'turn', 'http_status', 'tls_protocols',
                 'addresses', 'noise', 'tail', 'mangle',
         'groups', 'args', 'truth', 'proof', 'sysctl', 'wan_mtu', 'keepalive', 'needs', 'mtu', 'fresh', 'snat', 'far_nat', 'both_sides',
         'captive', 'peek', 'quic_options', 'lan_mtu', 'iptables', 'alt_svc', 'dns_bogus'}


def load(path):
    with open(path, 'rb') as f:
        sc = tomllib.load(f)
    odd = set(sc) - KNOWN
    if odd:
        raise truth.TruthError('%s: unknown key %s' % (path, ', '.join(sorted(odd))))
    for need in ('title', 'kind', 'done', 'do', 'truth'):
        if need not in sc:
            raise truth.TruthError('%s: no %s' % (path, need))
    truth.make('x', sc, [], 0)
    return sc


class Play:
    """the namespaces and processes of one scenario while it is played"""

    def __init__(self, name, sc, certs):
        self.name, self.sc, self.certs = name, sc, certs
        self.words, self.net = world.words(sc.get('clients', 1)), net.Net()
        self.words.update(ech_key=world.ech_key(certs)[0], ech=world.ech_key(certs)[1], dir=self.net.dir)
        self.words.update(certs=certs, act='%s %s/act.py' % (sys.executable, PEERS))
        self.threads, self.failed = [], []

    # -------------------------------------------------------------- building

    def build(self):
        n, sc = self.net, self.sc
        n.space('fw')
        n.space('net')
        n.sysctl('fw', 'net.ipv4.ip_forward=1', 'net.ipv6.conf.all.forwarding=1', 'net.ipv4.icmp_ratelimit=0',
                'net.ipv6.icmp.ratelimit=0',
                 'net.ipv4.conf.all.send_redirects=0', 'net.ipv4.conf.default.send_redirects=0',
                         'net.ipv4.conf.all.rp_filter=0')
        n.ip('fw', 'link add br0 address 02:00:5e:00:00:01 type bridge\nlink set br0 up\naddr add %s1/24 dev br0\naddr add %s1/64 dev br0 nodad\n'
             % (world.LAN4, world.LAN6))
        # a reject of bridged traffic would leave through the port and not the bridge, where tcpdump listens
        for layer in ('iptables', 'ip6tables'):
            if os.path.exists('/proc/sys/net/bridge'):
                n.sysctl('fw', 'net.bridge.bridge-nf-call-%s=0' % layer)
        for c in range(1, sc.get('clients', 1) + 1):
            self.client(c)
        self.wire_rules(sc.get('wire', []))
        fw, inet = ('rglab-%s-%s' % (n.tag, x) for x in ('fw', 'net'))
        n.procs.append(subprocess.Popen([sys.executable, PEERS + '/wire.py', fw, 'wan', inet, 'lan', n.dir
                + '/wire.json'], start_new_session=True,
                                        stderr=open(n.dir + '/wire.log', 'wb')))
        net.wait_for('wire', lambda: 'lan' in n.run('net', 'ip', '-br', 'link')
                and 'wan' in n.run('fw', 'ip', '-br', 'link'))
        self.internet()
        self.firewall(sc.get('firewall', []))
        if sc.get('nat'):
            self.nat('fw', 'prerouting priority -100', sc['nat'])
        if sc.get('snat'):
            self.nat('fw', 'postrouting priority 100', sc['snat'])
        if sc.get('far_nat'):                       # a server's port, seen from outside
            self.nat('net', 'prerouting priority -100', sc['far_nat'])
        for line in sc.get('iptables', []):
            n.run('fw', *shlex.split('ip%stables -w ' % ('6' if sc.get('ipv6_only') else '') + line.format(**self.words)))
        for s in sc.get('sysctl', []):
            n.sysctl('fw', s)
        n.sysctl('net', 'net.ipv4.ip_local_port_range=50000 50999')
        if sc.get('lan_mtu'):
            n.ip('fw', 'link set br0 mtu %d\n' % sc['lan_mtu'])

    def nat(self, space, hook, lines):
        self.net.run(space, 'nft', '-f', '-', data='table ip {0}\ndelete table ip {0}\ntable ip {0} {{\n chain nat {{ type nat hook {1};\n{2}\n }}\n}}\n'
                     .format(hook.split()[0], hook, '\n'.join(x.format(**self.words) for x in lines)))

    def client(self, c):
        n, dev = self.net, 'c%d' % c
        space = n.space(dev)
        n.ip('fw', 'link add v%s type veth peer name eth0 address 02:00:0a:4d:01:%02x netns %s\nlink set v%s master br0 up\n' % (dev, 10 + c, space, dev))
        n.plain(dev, 'eth0')
        n.plain('fw', 'v' + dev)
        n.ip(dev, 'link set eth0 up mtu %d\naddr add %s/24 dev eth0\nroute add default via %s1\n'
             % (self.sc.get('mtu', 1500), world.client4(c), world.LAN4))
        if self.sc.get('ipv6') or self.sc.get('ipv6_only'):
            n.ip(dev, 'addr add %s/64 dev eth0 nodad\nroute add default via %s1\n' % (world.client6(c), world.LAN6))
        if self.sc.get('ipv6_only'):
            n.ip(dev, 'addr del %s/24 dev eth0\n' % world.client4(c))
        folder = os.path.join(n.dir, dev)
        os.mkdir(folder)
        servers = self.sc.get('resolvers', ['{dnsv6}' if self.sc.get('ipv6_only') else '{dns}'])
        self.resolv(folder, servers)

    def resolv(self, folder, servers):
        files = {'resolv.conf': ''.join('nameserver %s\n' % s.format(**self.words) for s in servers)
                 + 'options %s\n' % self.sc.get('resolv_options', 'timeout:2 attempts:2'),
                 'hosts': '127.0.0.1 localhost\n', 'nsswitch.conf': 'hosts: files dns\n'}
        for k, v in files.items():
            with open(os.path.join(folder, k), 'w', encoding='ascii') as f:
                f.write(v)

    def internet(self):
        n, sc = self.net, self.sc
        n.ip('fw', 'link set wan up mtu %d\naddr add 192.0.2.1/32 dev wan\nroute add default dev wan\nroute add ::/0 dev wan\n' % sc.get('wan_mtu', 1500))
        n.ip('net', 'link set lan up\nroute add default dev lan\nroute add ::/0 dev lan\n'
             + ''.join('addr add %s dev lo nodad\n' % a for a in world.addresses(sc)))
        d, servers = n.dir, sc.get('servers', ['web'])
        if 'dns' not in servers:
            servers = ['dns'] + servers
        folder = os.path.join(d, 'net')
        os.mkdir(folder)
        self.resolv(folder, [world.DNS])
        files = {'request': 'GET / HTTP/1.0\r\n\r\n', 'unbound.conf': world.unbound_conf(sc, d), 'nginx.conf': world.nginx_conf(sc, d, self.certs),
                'tinyproxy.conf': world.tinyproxy_conf(sc, d), 'squid.conf': world.squid_conf(sc, d), 'haproxy.cfg': world.haproxy_conf(sc),
                 'moods.json': json.dumps({'names': {**world.dns_records(sc)}, 'moods': sc.get('dns_moods', {})})}
        for k, v in files.items():
            with open(os.path.join(d, k), 'w', encoding='ascii') as f:
                f.write(v)
        if 'ech' in servers:
            world.nss_database(d, self.certs)
        commands = {'dns': ['unbound', '-d', '-c', d + '/unbound.conf'],
                'web': ['nginx', '-e', d + '/nginx.log', '-p', d, '-c', d + '/nginx.conf'],
                    'dnsd': [sys.executable, PEERS + '/dnsd.py', world.DNS2, d + '/moods.json'],
                            'proxy': ['tinyproxy', '-d', '-c', d + '/tinyproxy.conf'],
                    'turn': world.turn_argv(sc, d, self.certs),
                            'socks': [sys.executable, PEERS + '/socksd.py', world.PROXY, '1080']
                                    + sc.get('proxy', {}).get('deny', []),
                    'quic': ['gtlsserver', '-q'] + sc.get('quic_options', []) + ['*', '443', self.certs + '/ca-server.key',
                            self.certs + '/ca-server.crt'],
                    'media': ['/usr/bin/python3', '-B', PEERS + '/call.py', 'answer', world.HOSTS['eu'][1], d],
                    'squid': ['squid', '-N', '-f', d + '/squid.conf'], 'peek': ['haproxy', '-db', '-f', d + '/haproxy.cfg'],
                    'ech': ['selfserv', '-d', 'sql:' + d, '-n', 'lab', '-p', '9443', '-V', 'tls1.3:', '-X', self.words['ech_key']],
                    'udp': [sys.executable, PEERS + '/udpd.py']}
        for s in servers:
            n.start('net', commands[s], resolv=folder, log=s + '.log')
        ports = {'dns': (':53 ', '-u'), 'web': (':443 ', '-t'), 'proxy': (':3128 ', '-t'), 'turn': (':3478 ', '-u'),
                'socks': (':1080 ', '-t'),
                 'squid': (':3129 ', '-t'), 'peek': (':9000 ', '-t'), 'ech': (':9443 ', '-t'), 'dnsd': (world.DNS2 + ':53 ', '-u'), 'quic': (':443 ', '-u'), 'udp': (':123 ', '-u')}
        for s in filter(ports.get, servers):
            try:
                net.wait_for(s, lambda s=s: ports[s][0] in n.run('net', 'ss', '-ln', ports[s][1]))
            except net.LabError as e:
                raise net.LabError('%s: %s' % (e, n.log(s + '.log')[-400:])) from e

    def firewall(self, lines):
        rules = '\n'.join('  ' + x.format(**self.words) for x in lines)
        self.net.run('fw', 'nft', '-f', '-',
                data='table inet lab\ndelete table inet lab\ntable inet lab {\n chain forward { type filter hook forward priority 0;\n%s\n }\n}\n'
                     % rules)

    def wire_rules(self, rules):
        done = []
        for r in rules:
            r = {k: v.format(**self.words) if isinstance(v, str) else v for k, v in r.items()}
            for k in ('to', 'client'):
                if k in r:
                    r[k + '_hex'] = world.packed_hex(r[k])
            done.append(r)
        path = self.net.dir + '/wire.json'
        with open(path + '.new', 'w', encoding='ascii') as f:
            json.dump({'delay_ms': 9, 'rules': done}, f)
        os.replace(path + '.new', path)

    # -------------------------------------------------------------- playing

    def command(self, text):
        """a step as a command line: get and act are ours, the rest are real programs"""
        argv = shlex.split(text.format(**self.words))
        if argv[0] == 'get':
            return ['curl', '-sk', '-o', '/dev/null', '--max-time', '8'] + argv[1:]
        if argv[0] == 'act':
            return [sys.executable, PEERS + '/act.py'] + argv[1:]
        if argv[0] in ('browse', 'call'):
            return ['/usr/bin/python3', '-B', '%s/%s.py' % (PEERS, argv[0])] + argv[1:]
        if argv[0] not in PROGRAMS:
            raise truth.TruthError('%s: no such action' % argv[0])
        return argv

    def step(self, client, text):
        short = client if client in ('net', 'fw') else 'c' + client
        resolv = None if short == 'fw' else '%s/%s' % (self.net.dir, short)
        return self.net.start(short, self.command(text), resolv=resolv, log='steps.log')

    def play(self):
        """the steps "CLIENT WHEN COMMAND": WHEN is @seconds since the start, or +seconds after the end of the step before"""
        begin, waiting, last = time.monotonic(), [], None
        timed = [(c['at'], c) for c in self.sc.get('change', [])]
        changer = threading.Thread(target=self.changes, args=(begin, sorted(timed, key=lambda x: x[0])), daemon=True)
        changer.start()
        stop = threading.Event()
        if self.sc.get('noise', True):
            threading.Thread(target=self.noise, args=(stop,), daemon=True).start()
        for s in self.sc['do']:
            client, when, text = s.split(None, 2)
            if when[0] == '@':
                time.sleep(max(0.0, begin + float(when[1:]) - time.monotonic()))
            else:
                if last:
                    last.wait(60)
                time.sleep(float(when[1:]))
            last = self.step(client, text)
            waiting.append(last)
        for p in waiting:
            p.wait(60)
        changer.join()
        time.sleep(self.sc.get('tail', TAIL))
        stop.set()
        if self.sc.get('noise', True):              # a capture ends with its last packet
            self.disturb()

    def changes(self, begin, timed):
        for at, c in timed:
            time.sleep(max(0.0, begin + at - time.monotonic()))
            try:
                if 'firewall' in c:
                    self.firewall(c['firewall'])
                if 'nat' in c:
                    self.nat('fw', 'prerouting priority -100', c['nat'])
                if 'wire' in c:
                    self.wire_rules(c['wire'])
            except net.LabError as e:
                self.failed.append(str(e))

    def noise(self, stop):
        """unrelated traffic of the first client: it shows that both directions are seen"""
        while not stop.is_set() and not self.net.closed:
            self.disturb()
            stop.wait(3.0)

    def disturb(self):
        p = self.net.start('c1', self.command('get http://www.else.example/'), resolv=self.net.dir + '/c1',
                log='noise.log')
        p.wait(20)

    def dump(self, device):
        """start tcpdump at one side of the firewall"""
        n, log = self.net, device + '.tcpdump'
        p = n.start('fw', ['tcpdump', '-i', device, '-n', '-U', '-s', '0', '--immediate-mode', '-Z', 'root', '-w',
                '%s/%s.pcap' % (n.dir, device)], log=log)
        net.wait_for('tcpdump', lambda: 'listening on' in n.log(log))
        return p, log

    def record(self):
        """play with tcpdump on the client's side of the firewall (or both); returns the path of the raw capture"""
        devices = ['br0', 'wan'] if self.sc.get('both_sides') else ['br0']
        dumps = [self.dump(d) for d in devices]
        self.play()
        time.sleep(0.3)
        for p, log in dumps:
            self.net.stop(p, signal.SIGINT)
            if ' 0 packets dropped by kernel' not in ' ' + self.net.log(log).replace('\n', ' '):
                raise net.LabError('tcpdump lost packets')
        raw = self.net.dir + '/br0.pcap'
        if self.sc.get('both_sides'):
            raw = self.net.dir + '/raw.pcap'
            mangle.both_sides(self.net.dir + '/br0.pcap', self.net.dir + '/wan.pcap', raw)
        return raw

    def prove(self, raw):
        """count what must have happened, with tcpdump filters, before any audit"""
        for text, cond in self.sc.get('proof', []):
            got = len(net.sh('tcpdump', '-nr', raw, text.format(**self.words)).splitlines())
            op, want = cond.split()
            if not {'>=': got >= int(want), '==': got == int(want), '<=': got <= int(want)}[op]:
                raise net.LabError('proof: "%s" %d times, not %s' % (text, got, cond))


def write(name, sc, raw, out):
    """post-process a raw capture and write capture, list and truth into a folder"""
    frames, _ = pcap.read(raw)
    frames = [f for f in frames if not noise_of_link(f)]
    words = world.words(sc.get('clients', 1))
    frames, link, form, gz, lose, split = mangle.apply(frames, [m.format(**words) for m in sc.get('mangle', [])])
    os.makedirs(out, exist_ok=True)
    for old in os.listdir(out):
        os.unlink(os.path.join(out, old))
    captures, size = [], -(-len(frames) // split)
    for i in range(split):
        stem = os.path.join(out, 'capture' if split == 1 else 'capture-%d' % (i + 1))
        captures.append(os.path.basename(pcap.write(stem, frames[i * size:(i + 1) * size], link, form, gz, lose)))
    write_truth(name, sc, out, captures, len(frames))


def write_truth(name, sc, out, captures, packets):
    with open(os.path.join(out, 'list.yaml'), 'w', encoding='utf-8') as f:
        f.write(truth.list_yaml(sc.get('groups', world.GROUPS)))
    with open(os.path.join(out, 'truth.json'), 'w', encoding='utf-8') as f:
        json.dump(truth.make(name, sc, captures, packets), f, indent=1, ensure_ascii=False)
        f.write('\n')


def rewrite_truth(name, sc, out):
    """the scenario's text has changed, its packets have not"""
    try:
        with open(os.path.join(out, 'truth.json'), encoding='utf-8') as f:
            old = json.load(f)
    except FileNotFoundError:
        return False
    write_truth(name, sc, out, old['captures'], old['packets'])
    return True


def noise_of_link(f):
    """the bridge's and kernel's own traffic (multicast listener reports) is irrelevant"""
    return f.data[:2] == b'\x33\x33' and f.data[12:14] == b'\x86\xdd' and f.data[20] == 0


def installed(tool):
    """a program, or a module of the system's own Python by its package's name (python3-...)"""
    if tool.startswith('python3-'):
        return not subprocess.run(['/usr/bin/python3', '-c', 'import ' + tool[8:]], capture_output=True, check=False).returncode
    return shutil.which(tool, path=os.environ.get('PATH', '') + ':/usr/sbin')


def run(path, out, certs, keep=False, register=None):
    """play one scenario file; a dictionary of its problem, or {} when capture and truth are written"""
    name = os.path.basename(path)[:-5]
    sc = load(path)
    for tool in sc.get('needs', []):
        if not installed(tool):
            return {'skip': '%s is not installed' % tool}
    play = Play(name, sc, certs)
    if register is not None:
        register.append(play.net)
    try:
        play.build()
        raw = play.record()
        if play.failed:
            raise net.LabError(play.failed[0])
        if keep:
            shutil.copy(raw, out + '.raw.pcap')
        play.prove(raw)
        write(name, sc, raw, out)
        return {}
    except (net.LabError, ValueError, subprocess.TimeoutExpired) as e:
        tail = play.net.log('wire.log')[-300:] + play.net.log('steps.log')[-200:]
        return {'fail': '%s %s' % (e, tail)}
    finally:
        play.net.close(keep)
