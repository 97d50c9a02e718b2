"""Options, help, errors and exit statuses."""
import os
import resource
import stat
import subprocess
import unittest

from common import Case, PROGRAM, main, run

COMMANDS = [line.split()[0] for line in run('--help')[1].decode().split('Commands:\n')[1].split('\n\n')[0].splitlines()]


class Help(Case):
	def test_every_command_explains_itself(self):
		self.assertIn('report', COMMANDS)
		for command in COMMANDS:
			for words in ((command, '--help'), ('help', command), (command, '-h')):
				status, out, err = run(*words)
				self.assertEqual((status, err), (0, ''), words)
				self.assertTrue(out.startswith(b'Usage: rulegap ' + command.encode() + b' '))
			self.assertTrue(all(len(line) <= 79 or '--' in line or '|' in line for line in out.decode().splitlines() if not line.startswith('Usage')),
			                command)

	def test_every_command_tells_its_version(self):
		want = run('--version')[1]
		self.assertRegex(want, rb'\Arulegap [0-9]+\.[0-9]+\.[0-9]+\n\Z')
		for command in COMMANDS:
			self.assertEqual(run(command, '--version'), (0, want, ''))

	def test_help_that_cannot_be_written_is_a_failure(self):
		with open('/dev/full', 'wb') as full:
			self.assertEqual(subprocess.run([PROGRAM, '--help'], stdout=full, stderr=subprocess.PIPE).returncode, 4)


class Mistakes(Case):
	def test_a_missing_command_is_said(self):
		self.wrong(says='no command given')

	def test_unknown_commands_get_the_nearest_one(self):
		self.wrong('reprot', says='did you mean report?')
		self.wrong('help', 'incident', says='did you mean incidents?')
		self.wrong('xyzzy', says='see rulegap --help')

	def test_unknown_options_get_the_nearest_one(self):
		self.wrong('report', '--formt', 'json', says='did you mean --format?')
		self.wrong('report', '-Z', says='unknown option -Z')
		self.wrong('report', '--quiet', '-qZ', says='unknown option -Z')

	def test_options_may_be_shortened_as_long_as_they_are_clear(self):
		self.wrong('report', '--datab', self.path('no.db'), says='no.db')
		self.wrong('report', '--f', 'x', says='ambiguous')

	def test_wrong_values_are_refused_by_name(self):
		self.wrong('report', '--database', says='needs a value')
		self.wrong('report', '-d', says='needs a value')
		self.wrong('report', '--quiet=yes', says='takes no value')
		self.wrong('report', '-d', 'x', '--format', 'jsn', says='none of text|json')
		self.wrong('report', '-d', 'x', '--from', 'yesterday', says='--from')
		self.wrong('report', '-d', 'x', '--from', '2024-01-02', '--to', '2024-01-01', says='later')
		self.wrong('incidents', '-d', 'x', '--signature', 'nope', says='nope')
		self.wrong('report', '-d', 'x', 'stray', says='stray')

	def test_what_a_message_quotes_cannot_reach_the_terminal(self):
		self.wrong('report', '--\x1b[31mx\ny', says='\\x1b[31mx\\x0ay')

	def test_databases_that_are_none(self):
		self.wrong('report', says='-d DB')
		self.wrong('report', '-d', self.path('missing.db'), says='missing.db')
		with open(self.path('text.db'), 'w') as f:
			f.write('no database' * 1000)
		self.wrong('report', '-d', self.path('text.db'), says='text.db')
		self.wrong('diff', '-d', self.path('text.db'), says='--before and --after')
		self.wrong('diff', '-d', 'x', '--before', '2024-01-01', '--after', '..', says='FROM..TO')

	def test_a_closed_descriptor_does_not_harm(self):
		d = self.database(['web/a.example:443/tcp'])
		d.close()
		p = subprocess.run(['sh', '-c', 'exec "$0" report -d "$1" 2>&-', PROGRAM, d.path], capture_output=True)
		self.assertEqual(p.returncode, 0)


class Output(Case):
	def setUp(self):
		super().setUp()
		self.db = self.database(['web/a.example:443/tcp']).close()

	def test_a_file_is_written_whole_and_privately(self):
		target = self.path('out.json')
		os.umask(0o022)
		self.assertEqual(run('report', '-d', self.db, '-f', 'json', '-o', target), (0, b'', ''))
		self.assertEqual(stat.S_IMODE(os.stat(target).st_mode), 0o640)
		with open(target, 'rb') as f:
			self.assertEqual(f.read(), run('report', '-d', self.db, '-f', 'json')[1])
		self.assertEqual(sorted(n for n in os.listdir(self.folder) if 'out' in n), ['out.json'])

	def test_a_failure_keeps_the_old_file(self):
		target = self.path('old.txt')
		with open(target, 'w') as f:
			f.write('old')
		self.wrong('report', '-d', self.path('no.db'), '-o', target)
		with open(target) as f:
			self.assertEqual(f.read(), 'old')

	def test_a_link_is_written_through(self):
		os.symlink(self.path('real.txt'), self.path('link.txt'))
		open(self.path('real.txt'), 'w').close()
		self.assertEqual(run('report', '-d', self.db, '-o', self.path('link.txt'))[0], 0)
		self.assertTrue(os.path.islink(self.path('link.txt')))
		self.assertGreater(os.path.getsize(self.path('real.txt')), 100)

	@unittest.skipUnless(os.geteuid() == 0, 'only root can lay a link for another')
	def test_a_link_of_another_user_in_everybodys_folder_is_not_followed(self):
		for name in ('victim.txt', 'own.txt'):
			with open(self.path(name), 'w') as f:
				f.write('old')
		os.mkdir(self.path('all'))
		os.chmod(self.path('all'), 0o1777)
		os.symlink(self.path('victim.txt'), self.path('all/laid.txt'))
		os.symlink('/dev/null', self.path('all/device'))
		os.symlink(self.path('own.txt'), self.path('all/own.txt'))
		for name in ('laid.txt', 'device'):
			os.lchown(self.path('all/' + name), 65534, 65534)
			self.wrong('report', '-d', self.db, '-o', self.path('all/' + name), status=4, says='a symbolic link of another user')
		self.assertEqual(os.path.getsize(self.path('victim.txt')), 3)
		self.assertEqual(run('report', '-d', self.db, '-o', self.path('all/own.txt'))[0], 0)
		self.assertGreater(os.path.getsize(self.path('own.txt')), 100)

	def test_dash_and_devices_are_written_in_place(self):
		self.assertEqual(run('report', '-d', self.db, '-o', '-'), run('report', '-d', self.db))
		self.assertEqual(run('report', '-d', self.db, '-o', '/dev/null'), (0, b'', ''))
		self.assertTrue(stat.S_ISCHR(os.stat('/dev/null').st_mode))

	def test_where_nothing_can_be_written(self):
		self.wrong('report', '-d', self.db, '-o', self.path('no/such/folder'), says='folder')
		self.wrong('report', '-d', self.db, '-o', self.folder, says='is a folder')
		self.wrong('report', '-d', self.db, '-o', '/dev/full', status=4, says='No space left on device; make room')

	def test_a_limit_of_the_size_of_files_is_said(self):
		p = subprocess.run([PROGRAM, 'report', '-d', self.db, '-f', 'html', '-o', self.path('large.html')], capture_output=True,
		                   preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (10000, 10000)))
		self.assertEqual((p.returncode, p.stdout), (4, b''))
		self.assertRegex(p.stderr, rb'\Arulegap: .*large.html: not everything could be written; .*ulimit -f.*\n\Z')
		self.assertFalse(any('large' in name for name in os.listdir(self.folder)))

	def test_no_colour_unless_on_a_terminal(self):
		self.assertNotIn(b'\x1b', run('report', '-d', self.db)[1])


if __name__ == '__main__':
	main()
