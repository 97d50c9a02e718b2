"""-j N: whatever the number of threads, the report is the same."""
import concurrent.futures
import glob
import gzip
import os
import subprocess
import tempfile
import time
import unittest

from common import PROGRAM, SOURCE, run

SHARED = os.path.join(os.path.dirname(SOURCE), 'shared', 'corpus', 'captures')
LIST = os.path.join(SOURCE, 'schema', 'endpoints', 'remotespark-2.0.33.yaml')


def captures():
	for folder in sorted(glob.glob(os.path.join(SOURCE, 'pcaps', '*', ''))):
		files = sorted(glob.glob(folder + '*.pcap*'))
		lists = sorted(glob.glob(folder + '*.yaml'))
		if files:
			yield files, lists or [LIST]
	small = [f for f in sorted(glob.glob(os.path.join(SHARED, '*'))) if os.path.getsize(f) < 1 << 20 and not f.endswith('.json')]
	for file in small[::12]:
		yield [file], [LIST]


def audit(jobs, files, lists):
	words = [w for f in files for w in ('-r', f)] + [w for e in lists for w in ('-e', e)]
	return run('audit', '-q', '-j', jobs, '-f', 'json', *words)


def differs(case):
	one = audit(1, *case)
	return [case[0][0] for jobs in (3,) if audit(jobs, *case) != one]


class Jobs(unittest.TestCase):
	def test_reports_of_all_captures_are_the_same(self):
		if not os.path.isdir(SHARED):
			print('SKIPPED: the captures of the wild are not here; only those of pcaps/ are compared')
		with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
			found = [f for files in pool.map(differs, captures()) for f in files]
		self.assertEqual(found, [])

	def test_all_files_at_once(self):
		files = [f for files, _ in captures() for f in files if f.startswith(os.path.join(SOURCE, 'pcaps'))]
		one, four = audit(1, files, [LIST]), audit(4, files, [LIST])
		self.assertEqual(one, four)

	def threads_of(self, jobs, words, stdin=subprocess.DEVNULL):
		"""The most threads that an audit was seen with, up to the number wanted; and its report."""
		with tempfile.TemporaryFile() as out:
			p = subprocess.Popen([PROGRAM, 'audit', '-q', '-j', str(jobs), '-f', 'json', '-e', LIST] + words, stdin=stdin,
			                     stdout=out, stderr=subprocess.DEVNULL)
			most = 0
			while p.poll() is None and most < jobs:
				try:
					most = max(most, len(os.listdir('/proc/%d/task' % p.pid)))
				except FileNotFoundError:
					break  # over in this moment
				time.sleep(.001)
			self.assertEqual(p.wait(60), 0)
			out.seek(0)
			return most, out.read()

	def test_so_many_threads_work(self):
		with open(next(captures())[0][0], 'rb') as f:
			whole = f.read()
		with tempfile.TemporaryDirectory() as work:
			file = os.path.join(work, 'long.pcap')
			with open(file, 'wb') as out:
				out.write(whole)
				for _ in range((32 << 20) // len(whole)):
					out.write(whole[24:])
			one = self.threads_of(1, ['-r', file])
			self.assertEqual(one[0], 1)
			self.assertEqual(self.threads_of(3, ['-r', file]), (3, one[1]))

	def test_what_can_be_read_only_once_is_read_by_one(self):
		file = next(captures())[0][0]
		reports = []
		for jobs in (1, 3):
			with open(file, 'rb') as f:
				threads, report = self.threads_of(jobs, ['-r', '-'], f)
			self.assertEqual(threads, 1)
			reports.append(report)
		self.assertEqual(reports[0], reports[1])

	def test_a_compressed_file_is_read_by_each_thread(self):
		file = next(captures())[0][0]
		with tempfile.TemporaryDirectory() as work:
			packed = os.path.join(work, 'a.pcap.gz')
			with open(file, 'rb') as plain, gzip.open(packed, 'wb') as out:
				out.write(plain.read())
			self.assertEqual(audit(1, [packed], [LIST]), audit(3, [packed], [LIST]))

	def test_wrong_numbers_are_refused(self):
		for wrong in ('x', '-1', '65', ''):
			status, out, error = audit(wrong, ['a.pcap'], [LIST])
			self.assertEqual((status, out), (2, b''), wrong)
			self.assertEqual(error.count('\n'), 1, error)
			self.assertIn('--jobs', error)

	def test_0_is_one_a_core(self):
		case = next(captures())
		self.assertEqual(audit(0, *case), audit(1, *case))


if __name__ == '__main__':
	unittest.main()
