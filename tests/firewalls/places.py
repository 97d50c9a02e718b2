"""What the tests of firewalls share: the program, the sample, network namespaces."""
import os
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), 'cli'))
from common import PROGRAM, SOURCE, Case, main, run  # noqa: E402

HERE = os.path.dirname(os.path.abspath(__file__))
FIREWALLS = ('nftables', 'iptables', 'cisco-ios', 'cisco-asa', 'panos', 'fortios', 'junos-srx', 'azure-firewall', 'aws', 'suricata',
             'windows', 'csv', 'json')
# The table and chain that the rules are put into, as most nftables configurations have them.
TABLE = 'table inet filter { chain forward { type filter hook forward priority filter; policy drop; ct state established,related accept; icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert } accept; }; }'
os.environ['PATH'] += ':/usr/sbin:/sbin'


def no_namespaces(*tools):
	"""why this test cannot be run here, or None"""
	for tool in tools:
		if not shutil.which(tool):
			return tool + ' is not installed'
	if os.geteuid() != 0:
		return 'not root'
	p = subprocess.run(['unshare', '-n', 'nft', TABLE], capture_output=True, text=True, check=False)
	return p.stderr.strip() or 'unshare failed' if p.returncode else None


def skip(why):
	print('SKIPPED:', why)
	sys.exit(77)


CDN, WILD, NET, NET6 = ('cdn/cdn.example.net:443/tcp', 'relay/*.relay.example.net:50000-50999/udp', 'net/198.51.100.0/24:3478/udp',
                        'net6/[2001:db8:48::/48]:8443/tcp')
TURN, LOST, PORTAL, PROXY, OPENED = ('turn/turn.example.net:443/tcp', 'lost/lost.example.net:443/tcp', 'web/portal.example.net:443/tcp',
                                     'web/behind.example.net:443/tcp', 'web/opened.example.net:443/tcp')


def sample(case):
	"""a database in which something of everything is missing"""
	d = case.database([CDN, WILD, NET, NET6, TURN, LOST, PORTAL, PROXY, OPENED],
	                  {'cdn': {'role': 'cdn'}, 'turn': {'role': 'stun-turn'}, 'relay': {'required': 0}})
	for n in (4, 5, 6, 7, 9):
		d.tried(CDN, '10.0.0.%d' % n, n, 'blocked', 'tcp-syn-timeout', address='203.0.113.%d' % (7 + n % 2))
	d.tried(CDN, '2001:db8:1::5', 20, 'blocked', 'tcp-syn-timeout', address='2001:db8:cd::7')
	d.tried(WILD, '10.0.0.5', 21, 'blocked', 'udp-timeout', host='a.relay.example.net', address='198.51.100.77')
	d.tried(WILD, '10.0.0.5', 22, 'blocked', 'udp-timeout', host='b_c.relay.example.net', address='198.51.100.78')
	d.tried(NET, '10.0.1.1', 23, 'blocked', 'stun-timeout', address='198.51.100.200')
	d.tried(NET6, '2001:db8:1::4', 24, 'blocked', 'tcp-syn-reset', address='2001:db8:48::9')
	d.tried(NET6, '2001:db8:1::5', 25, 'blocked', 'tcp-syn-reset', address='2001:db8:48::9')
	d.tried(TURN, '10.0.0.5', 26, 'blocked', 'icmp-prohibited', address='192.0.2.60', blocker='10.0.0.1', confidence='high')
	d.tried(LOST, '10.0.0.5', 27, 'blocked', 'tls-hello-reset', address=None)
	d.failed_lookup(PORTAL, '10.0.0.5', 28)
	d.tried(PROXY, '10.0.0.5', 29, 'blocked', 'proxy-denied', address='10.0.0.2', blocker='10.0.0.2')
	d.tried(OPENED, '10.0.0.5', 30, 'blocked', 'tls-intercepted', address='192.0.2.80')
	return d.close()


def rules(database, firewall, *words):
	status, out, err = run('rules', '-d', database, '--for', firewall, *words)
	if status not in (0, 3) or err:  # 3: what the database holds is incomplete
		raise AssertionError('rules --for %s: %d %s' % (firewall, status, err))
	return out.decode('ascii')


__all__ = ['PROGRAM', 'SOURCE', 'HERE', 'FIREWALLS', 'TABLE', 'Case', 'main', 'run', 'rules', 'sample', 'skip', 'no_namespaces', 'CDN',
           'WILD', 'NET', 'NET6', 'TURN', 'LOST', 'PORTAL', 'PROXY', 'OPENED']
