"""What the tests of faults share: the program with a library that lets calls fail, and a database to harm."""
import os
import random
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import unittest

SOURCE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PROGRAM = os.environ.get('RULEGAP') or os.path.join(SOURCE, 'build', 'rulegap')
FAILING = os.environ.get('FAILING') or os.path.join(SOURCE, 'build', 'tests', 'faults', 'libfailing.so')
SANITIZED = os.environ.get('RULEGAP_SANITIZED', '0').upper() not in ('0', 'OFF', '')
CAPTURE = os.path.join(SOURCE, 'pcaps', 'remotespark-demo', 'capture.pcap')
LISTS = ['-e', os.path.join(SOURCE, 'schema', 'endpoints', 'remotespark-2.0.33.yaml'), '-e', os.path.join(SOURCE, 'tests', 'demo-names.yaml')]


def tries(default):
	return int(os.environ.get('FAULT_TRIES', default))


def integrity(path):
	"""what SQLite says of a database, and how many attempts it holds"""
	c = sqlite3.connect(path)
	try:
		said = [row[0] for row in c.execute('PRAGMA integrity_check')] + [str(row) for row in c.execute('PRAGMA foreign_key_check')]
		tables = c.execute("SELECT count(*) FROM sqlite_schema WHERE name = 'attempt'").fetchone()[0]
		return said, c.execute('SELECT count(*) FROM attempt').fetchone()[0] if tables else 0
	finally:
		c.close()


class Case(unittest.TestCase):
	def setUp(self):
		self.folder = tempfile.mkdtemp(prefix='rulegap-test-')
		self.addCleanup(shutil.rmtree, self.folder)
		self.chance = random.Random(int(os.environ.get('FAULT_SEED', 1)))

	def path(self, name):
		return os.path.join(self.folder, name)

	def run_with(self, words, preload=True, **environment):
		"""status, error text; a database of an earlier try is gone"""
		env = {**os.environ, **{k: str(v) for k, v in environment.items()}}
		if preload:
			env['LD_PRELOAD'] = FAILING
		p = subprocess.run([PROGRAM, *words], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=env,
		                   timeout=250)
		return p.returncode, p.stderr.decode('utf-8', 'replace')

	def forget(self, name):
		for end in ('', '-wal', '-shm'):
			if os.path.exists(self.path(name + end)):
				os.unlink(self.path(name + end))

	def audit(self, *words):
		return ['audit', *LISTS, '-r', CAPTURE, *words]

	def database(self, name='whole.db'):
		status, said = self.run_with(self.audit('-d', self.path(name), '-o', '/dev/null'), preload=False)
		self.assertEqual(status, 0, said)
		return self.path(name)


def main():
	unittest.main()


def needs_preload():
	if SANITIZED:
		print('SKIP: a sanitizer takes allocations over itself')
		sys.exit(77)
