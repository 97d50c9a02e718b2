"""Shared by the live tests: namespaces, the monitor, its database."""
import ctypes
import json
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
import unittest

from traffic import Sender

SOURCE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PROGRAM = os.environ.get('RULEGAP') or os.path.join(SOURCE, 'build', 'rulegap')
SANITIZED = os.environ.get('RULEGAP_SANITIZED') == '1'
CLONE_NEWNET = 0x40000000
LIST = '''name: Wire
version: "1"
groups:
  - {id: web, role: web, hosts: [203.0.113.0/24], ports: [443/tcp]}
  - {id: files, role: storage, hosts: [198.51.100.0/24], ports: [443/tcp]}
'''
serial = 0


def skip(why):
	print('SKIP: ' + why)
	sys.exit(77)


def command(*words):
	subprocess.run(words, check=True, capture_output=True, timeout=20)


def enter_namespace(name):
	"""of the calling thread alone"""
	fd = os.open('/run/netns/' + name, os.O_RDONLY)
	libc = ctypes.CDLL(None, use_errno=True)
	if libc.setns(fd, CLONE_NEWNET) != 0:
		raise OSError(ctypes.get_errno(), 'setns')
	os.close(fd)


class Wire:
	"""A veth pair: `out` in one namespace, `in` in the other, without traffic from the kernel itself."""

	def __init__(self):
		global serial
		serial += 1
		self.far, self.near = ('rgl%s%d-%d' % (side, os.getpid(), serial) for side in 'ab')
		command('ip', 'netns', 'add', self.far)
		command('ip', 'netns', 'add', self.near)
		self.make()

	def make(self):
		command('ip', 'link', 'add', 'out', 'netns', self.far, 'type', 'veth', 'peer', 'name', 'in', 'netns', self.near)
		for name, interface in ((self.far, 'out'), (self.near, 'in')):
			for knob in ('all', 'default', interface):
				subprocess.run(['ip', 'netns', 'exec', name, 'sysctl', '-qw', 'net.ipv6.conf.%s.disable_ipv6=1' % knob],
				               capture_output=True, timeout=20)
			command('ip', '-n', name, 'link', 'set', interface, 'mtu', '65000', 'arp', 'off')
			command('ip', '-n', name, 'link', 'set', interface, 'up')
		# a veth is up some time after both of its ends are
		assert until(lambda: b'state UP' in subprocess.run(['ip', '-n', self.near, 'link', 'show', 'in'], capture_output=True,
		                                                   timeout=20).stdout, 10)

	def cut(self):
		command('ip', '-n', self.far, 'link', 'del', 'out')

	def run(self, work):
		"""work(sender) in a thread of the far namespace"""
		thread = Player(self.far, work)
		thread.start()
		return thread

	def play(self, frames):
		return self.run(lambda sender: sender.play(frames))

	def remove(self):
		for name in (self.far, self.near):
			subprocess.run(['ip', 'netns', 'del', name], capture_output=True, timeout=20)


class Player(threading.Thread):
	def __init__(self, namespace, work):
		super().__init__(daemon=True)
		self.namespace, self.work, self.failure = namespace, work, None

	def run(self):
		try:
			enter_namespace(self.namespace)
			sender = Sender('out')
			self.work(sender)
			sender.close()
		except Exception as e: # reported by finish(), in the test's own thread
			self.failure = e

	def finish(self, seconds=60):
		self.join(seconds)
		if self.failure:
			raise self.failure
		assert not self.is_alive(), 'the sender takes too long'


class Monitor:
	"""A monitor on a wire. Its output is read as it arrives."""

	def __init__(self, wire, database, *words, lists=(), output=None, ready=True, env=None):
		more = ['--no-sandbox'] if SANITIZED else [] # the sanitizers' own system calls
		lists = [w for l in lists for w in ('-e', l)]
		self.said, self.database = [], database
		self.process = subprocess.Popen(['ip', 'netns', 'exec', wire.near, PROGRAM, 'monitor', *lists, '-i', 'in', '-d', database,
		                                 *more, *map(str, words)], stdin=subprocess.DEVNULL, stdout=output or subprocess.DEVNULL,
		                                stderr=subprocess.PIPE, text=True, env={**os.environ, 'ASAN_OPTIONS': 'detect_leaks=0', **(env or {})})
		self.reader = threading.Thread(target=self._read, daemon=True)
		self.reader.start()
		if ready:
			self.await_line('capturing;')

	def _read(self):
		for line in self.process.stderr:
			self.said.append(line.rstrip('\n'))

	@property
	def pid(self):
		return self.process.pid # ip netns exec becomes the program itself

	def await_line(self, part, seconds=10):
		until = time.monotonic() + seconds
		while time.monotonic() < until:
			if any(part in line for line in self.said):
				return
			if self.process.poll() is not None:
				self.reader.join(2)
				break
			time.sleep(.02)
		if not any(part in line for line in self.said):
			raise AssertionError('"%s" was not said (status %s); said was: %s' % (part, self.process.poll(), self.said))

	def signal(self, number):
		os.kill(self.pid, number)

	def end(self, seconds=15):
		"""(exit status, seconds taken)"""
		begun = time.monotonic()
		if self.process.poll() is None:
			self.signal(signal.SIGTERM)
		status = self.process.wait(seconds)
		self.reader.join(5)
		self.process.stderr.close()
		return status, time.monotonic() - begun

	def abandon(self):
		if self.process.poll() is None:
			self.process.kill()
		self.process.wait()
		self.reader.join(5)
		self.process.stderr.close()


def until(test, seconds, step=.1):
	end = time.monotonic() + seconds
	while time.monotonic() < end:
		if test():
			return True
		time.sleep(step)
	return bool(test())


def rows(database, sql, *values):
	c = sqlite3.connect('file:%s?mode=ro' % database, uri=True, timeout=10)
	try:
		return c.execute(sql, values).fetchall()
	finally:
		c.close()


def verdicts(words, empty=()):
	"""rule → (verdict, signatures) of a report as JSON"""
	p = subprocess.run([PROGRAM, *map(str, words), '-f', 'json'], capture_output=True, timeout=60)
	assert p.returncode in (0, 3), p.stderr
	report = json.loads(p.stdout)
	return {r['id']: (r['verdict'], sorted(s['name'] for s in r['signatures'])) for r in report['rules']}


class Case(unittest.TestCase):
	def setUp(self):
		self.folder = tempfile.mkdtemp(prefix='rulegap-live-')
		os.chmod(self.folder, 0o1777)
		self.addCleanup(shutil.rmtree, self.folder, True)
		self.list = self.path('wire.yaml')
		with open(self.list, 'w', encoding='utf-8') as f:
			f.write(LIST)

	def path(self, name):
		return os.path.join(self.folder, name)

	def wire(self):
		w = Wire()
		self.addCleanup(w.remove)
		return w

	def monitor(self, wire, *words, database='m.db', lists=None, **options):
		m = Monitor(wire, self.path(database), *words, lists=[self.list] if lists is None else lists, **options)
		self.addCleanup(m.abandon)
		return m

	def whole(self, database='m.db'):
		self.assertEqual(rows(self.path(database), 'PRAGMA integrity_check'), [('ok',)])
		self.assertEqual(rows(self.path(database), 'PRAGMA foreign_key_check'), [])


def main():
	if os.geteuid() != 0:
		skip('network namespaces need root')
	try:
		Wire().remove()
	except (OSError, subprocess.SubprocessError) as e:
		skip('no network namespaces here: %s' % e)
	unittest.main()
