"""Client, router and server, each in a network namespace; the router's firewall drops what it is not told to pass."""
import os
import secrets
import signal
import subprocess
import sys
import time

CLIENT, OTHER = ('10.9.1.10', '2001:db8:91::10'), ('10.9.1.11', '2001:db8:91::11')
SERVER, SECOND = ('10.9.2.20', '2001:db8:92::20'), ('10.9.2.21', '2001:db8:92::21')
NAME = 'app.lab.example'
PEER = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'peer.py')
# What was there before: answers pass, neighbours are found, names are looked up, and one port is open.
BEFORE_NFT = '''table inet filter { chain forward { type filter hook forward priority filter; policy drop;
	ct state established,related accept
	icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert } accept
	udp dport 53 accept
	tcp dport 8080 accept
}; }'''
BEFORE_IPTABLES = '''*filter
:FORWARD DROP [0:0]
-A FORWARD -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT
-A FORWARD -p udp -m udp --dport 53 -j ACCEPT
-A FORWARD -p tcp -m tcp --dport 8080 -j ACCEPT
COMMIT
'''


class Lab:
	def __init__(self):
		self.tag = 'rgf-' + secrets.token_hex(3)
		self.names, self.running = [], []

	def ns(self, who):
		return '%s-%s' % (self.tag, who)

	def sh(self, who, *argv, data=None):
		p = subprocess.run(['ip', 'netns', 'exec', self.ns(who), *argv], input=data, capture_output=True, text=True, timeout=60, check=False)
		if p.returncode:
			raise AssertionError('%s: %s %s' % (' '.join(argv), p.stdout, p.stderr))
		return p.stdout

	def start(self, who, *argv):
		p = subprocess.Popen(['ip', 'netns', 'exec', self.ns(who), *argv], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
		self.running.append(p)
		return p

	def open(self):
		for who in ('c', 'r', 's'):
			subprocess.run(['ip', 'netns', 'add', self.ns(who)], check=True)
			self.names.append(self.ns(who))
			self.sh(who, 'ip', 'link', 'set', 'lo', 'up')
		for who, end, net in (('c', 'inside', 1), ('s', 'outside', 2)):
			self.sh('r', 'ip', 'link', 'add', end, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', self.ns(who))
			self.sh('r', 'ip', 'link', 'set', end, 'up')
			self.sh(who, 'ip', 'link', 'set', 'eth0', 'up')
			self.sh('r', 'ip', 'addr', 'add', '10.9.%d.1/24' % net, 'dev', end)
			self.sh('r', 'ip', 'addr', 'add', '2001:db8:9%d::1/64' % net, 'dev', end, 'nodad')
		for who, addresses in (('c', CLIENT + OTHER), ('s', SERVER + SECOND)):
			for a in addresses:
				self.sh(who, 'ip', 'addr', 'add', *((a + '/64', 'dev', 'eth0', 'nodad') if ':' in a else (a + '/24', 'dev', 'eth0')))
			net = 1 if who == 'c' else 2
			self.sh(who, 'ip', 'route', 'add', 'default', 'via', '10.9.%d.1' % net)
			self.sh(who, 'ip', 'route', 'add', 'default', 'via', '2001:db8:9%d::1' % net)
		self.sh('r', 'sysctl', '-qw', 'net.ipv4.ip_forward=1', 'net.ipv6.conf.all.forwarding=1')
		server = self.start('s', sys.executable, PEER, 'serve', NAME, *SERVER)
		if server.stdout.readline().strip() != 'ready':
			raise AssertionError(server.stderr.read())

	def capture(self, path):
		p = self.start('r', 'tcpdump', '-i', 'inside', '-U', '-w', path, '-s', '0')
		while 'listening on' not in p.stderr.readline():
			if p.poll() is not None:
				raise AssertionError('tcpdump ended')
		return p

	def stop(self, p):
		time.sleep(0.3)  # what is in the ring goes to the file
		p.send_signal(signal.SIGINT)
		p.wait(20)

	def attempt(self, *wants):
		"""True for each of source>host:port/transport that is answered"""
		out = self.sh('c', sys.executable, PEER, 'try', NAME, SERVER[0], *wants)
		return dict(zip(wants, (word == 'ok' for word in out.split())))

	def close(self):
		for p in self.running:
			if p.poll() is None:
				p.kill()
			p.wait(10)
			for pipe in (p.stdout, p.stderr):
				pipe.close()
		for name in self.names:
			subprocess.run(['ip', 'netns', 'del', name], check=False)
