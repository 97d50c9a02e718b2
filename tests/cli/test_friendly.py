"""What a person gets wrong: nothing is destroyed by it, nothing is left half done, and the message says what to do."""
import json
import os
import subprocess

from common import Case, PROGRAM, main, run
from test_audit import BLOCKED, LIST


class Friendly(Case):
	def setUp(self):
		super().setUp()
		d = self.database(['web/a.example:443/tcp', 'cdn/b.example:443/tcp'])
		d.tried('web/a.example:443/tcp', '10.0.0.5', 10, 'blocked', 'tcp-syn-timeout')
		self.db = d.close()
		self.list = self.file('list.yaml', LIST.encode())
		self.capture = self.file('a.pcap', BLOCKED)

	def content(self, path):
		with open(path, 'rb') as f:
			return f.read()

	def test_what_is_read_is_never_written_over(self):
		os.symlink(self.db, self.path('link.db'))
		for target, *words in ((self.db, 'report', '-d', self.db, '-o'), (self.db, 'evidence', '-d', self.db, '1', '-w'),
		                       (self.db, 'incidents', '-d', self.path('link.db'), '-o'), (self.db, 'rules', '--for', 'csv', '-d', self.db, '-o'),
		                       (self.db, 'diff', '-d', self.db, '-d', self.db, '-o'),
		                       (self.capture, 'audit', '-e', self.list, '-r', self.capture, '-o'),
		                       (self.list, 'audit', '-e', self.list, '-r', self.capture, '-o'),
		                       (self.list, 'endpoints', 'show', self.list, '-o'),
		                       (self.capture, 'learn', '-r', self.capture, '--domain', 'example', '-o')):
			before = self.content(target)
			self.wrong(*words, target, says='would be overwritten')
			self.assertEqual(self.content(target), before, words)

	def test_a_database_that_is_to_be_made_is_no_place_for_the_report(self):
		self.wrong('audit', '-e', self.list, '-r', self.capture, '-d', self.path('new'), '-o', self.path('new'), says='overwritten')
		self.assertFalse(os.path.exists(self.path('new')))

	def test_where_a_report_cannot_go_is_said_before_the_work(self):
		self.wrong('audit', '-e', self.list, '-r', self.capture, '-d', self.path('new.db'), '-o', self.path('no/such/folder'),
		           says='No such file or directory; check its name')
		self.assertFalse(os.path.exists(self.path('new.db')))

	def test_a_file_that_cannot_be_opened_comes_with_what_to_do(self):
		missing = self.path('none')
		for words in (('report', '-d', missing), ('audit', '-e', missing + '.yaml', '-r', self.capture),
		              ('audit', '-e', self.list, '-r', missing), ('audit', '-e', self.list, '-r', self.capture, '--addresses', missing),
		              ('endpoints', 'import', '--from', 'text', missing)):
			self.wrong(*words, says='check its name')

	def test_empty_values_are_named(self):
		for words in (('report', '-d', ''), ('audit', '-e', '', '-r', self.capture), ('audit', '-e', self.list, '-r', ''),
		              ('report', '-d', self.db, '-o', ''), ('report', '-d', self.db, '--client', ''), ('report', '-d', self.db, '--format='),
		              ('audit', '-e', self.list, '-r', self.capture, '--interceptor', ''), ('audit', '-e', self.list, '-r', self.capture, '-j', '')):
			self.wrong(*words, says='an empty value')
		self.wrong('report', '-d', self.db, '--client', '10.0.0.5,', says='"" is no address')

	def test_nothing_lasts_no_time_and_takes_no_room(self):
		for words in (('--wait-tcp', '0'), ('--wait-dns', '0s'), ('--memory', '0')):
			self.wrong('audit', '-e', self.list, '-r', self.capture, *words, says='%s: %s is no ' % words)

	def test_a_database_is_no_stream(self):
		self.wrong('report', '-d', '-', says='-: a database is a file')
		self.wrong('audit', '-e', self.list, '-r', self.capture, '-d', '-', cwd=self.folder, says='-: a database is a file')
		self.assertFalse(os.path.exists(self.path('-')))

	def test_a_mistyped_host_is_not_read_as_nothing_missing(self):
		for words in (('report',), ('rules', '--for', 'csv'), ('diff', '--before', '..', '--after', '..')):
			self.wrong(*words, '-d', self.db, '--host', 'aa.example', says='has a host like aa.example')
			self.assertEqual(run(*words, '-d', self.db, '--host', 'A.*')[0], 0)
		status, out, err = run('incidents', '-d', self.db, '--host', 'aa.example')
		self.assertEqual((status, out, err), (0, b'', 'rulegap: %s: no incident fits\n' % self.db))
		self.assertEqual(run('incidents', '-d', self.db, '--host', 'aa.example', '-f', 'json'), (0, b'[]\n', ''))

	def test_a_period_in_which_nothing_was_recorded_is_told_of(self):
		for words in (('--from', '1h'), ('--to', '2001-01-01')):
			text = run('report', '-d', self.db, *words)[1].decode()
			self.assertIn('no-clients: nothing was recorded in this period; the database holds 2023-11-14T22:13:20.000000Z to', text)
		self.assertNotIn('no-clients', run('report', '-d', self.db, '--from', '2023-11-14')[1].decode())
		d = self.database(['web/a.example:443/tcp'], name='empty.db')  # a run that saw no packet holds no time
		d.c.execute('UPDATE run SET first = NULL, last = NULL')
		self.assertNotIn('the database holds', run('report', '-d', d.close(), '--from', '1h')[1].decode())

	def test_a_file_is_given_once_and_captures_with_their_option(self):
		self.wrong('report', '-d', self.db, '-d', self.path('b.db'), says='--database: given twice')
		for words in (('-r', self.capture, self.capture), ('-r', self.capture, 'tcp', self.capture), (self.capture,)):
			self.wrong('audit', '-e', self.list, *words, says='a.pcap: a file, where a filter may stand; give -r before each capture')
		self.wrong('monitor', '-e', self.list, '-i', 'lo', '-d', self.path('m.db'), self.capture, says='a.pcap: a file, where a filter may stand; rulegap audit reads captures')
		self.file('tcp', b'')
		self.file('10.0.0.5', b'')
		for words in (('tcp',), ('host', '10.0.0.5')):
			self.assertNotEqual(run('audit', '-e', self.list, '-r', self.capture, *words, cwd=self.folder)[0], 2)

	def test_standard_input_is_read_once_and_named(self):
		self.wrong('audit', '-e', '-', '-r', '-', says='standard input (-) can be read only once')
		self.wrong('audit', '-e', '-', '-r', self.capture, says='standard input:1:1: an empty list')
		self.wrong('endpoints', 'import', '--from', 'text', '-', says='standard input: empty')

	def test_nothing_learned_is_said(self):
		status, out, err = run('learn', '-r', self.capture, '--domain', 'nosuch.example')
		self.assertEqual((status, out.count(b'nothing-learned')), (0, 1))
		self.assertIn('nothing was learned', err)

	def test_clients_that_tried_nothing_are_told_of(self):
		for client, told in (('10.0.0.9', True), ('10.0.0.0/24', False)):
			r = json.loads(run('report', '-d', self.db, '--client', client, '-f', 'json')[1])
			self.assertEqual([n['code'] for n in r['notices']], ['no-clients'] * told)

	def test_a_list_without_a_version_has_no_space_for_one(self):
		anonymous = self.file('bare.yaml', b'name: Bare\ngroups:\n- {id: web, role: web, hosts: [a.example], ports: [443/tcp]}\n')
		db = self.path('bare.db')
		for form, says in (('text', b'Bare  2'), ('markdown', b'request: Bare\n')):
			self.assertIn(says, run('audit', '-e', anonymous, '-r', self.capture, '-f', form, '-d', db)[1])
		self.assertIn(b'of Bare\n', run('rules', '-d', db, '--for', 'nftables')[1])

	def test_a_merge_that_cannot_be_begins_nothing(self):
		self.wrong('merge', self.db, self.path('no.db'), '-d', self.path('out.db'), says='no.db')
		self.wrong('merge', self.capture, '-d', self.path('out.db'), says='a.pcap')
		self.assertFalse(os.path.exists(self.path('out.db')))

	def test_a_closed_standard_output_is_a_failure(self):
		d = self.database(['web/h%d.example:443/tcp' % n for n in range(100)], name='large.db')
		for db in (self.db, d.close()):  # of the second one more is written than a buffer holds
			p = subprocess.run(['sh', '-c', 'exec "$0" report -d "$1" -f json >&-', PROGRAM, db], capture_output=True)
			self.assertEqual(p.returncode, 4, p.stderr)
			self.assertIn(b'is it closed?', p.stderr)

	def test_a_damaged_database_is_wrong_input(self):
		half = self.file('half.db', self.content(self.db)[:20000])
		for words in (('report', '-d', half), ('incidents', '-d', half), ('rules', '--for', 'csv', '-d', half), ('merge', half, '-d', self.path('m.db'))):
			self.wrong(*words, says='.recover')
		d = self.database(['web/a.example:443/tcp'], name='odd.db')
		d.c.execute('UPDATE list_group SET run = 99')
		self.wrong('merge', d.close(), '-d', self.path('m.db'), says='odd.db: damaged: its tables contradict each other')

	def test_near_words_are_offered(self):
		self.wrong('incidents', '-d', self.db, '--signature', 'tcp-syn', says='did you mean tcp-syn-')
		self.wrong('report', '-d', self.db, '--group', 'wbe', says='known: web, cdn')

	def test_periods_of_two_databases_are_refused(self):
		self.wrong('diff', '-d', self.db, '-d', self.db, '--before', '1..2', says='leave out --before')

	def test_a_list_with_its_ending_that_is_shipped_without(self):
		self.wrong('audit', '-e', 'remotespark-2.0.33.yaml', '-r', self.capture, says='a shipped list is named without its ending')

	def test_what_an_import_would_not_heed_is_refused(self):
		hosts = self.file('hosts.txt', b'a.example\n')
		ports = ('--ports', '443/tcp')
		self.assertEqual(run('endpoints', 'import', '--from', 'text', hosts, *ports, '--group', 'web')[0], 0)
		for words in (('--from', 'text', '--region'), ('--from', 'text', '--service'), ('--from', 'aws', '--tag'), ('--from', 'csv', '--category'),
		              ('--from', 'm365', '--group')):
			self.wrong('endpoints', 'import', hosts, *words, 'x', *ports, says='--from %s takes no %s' % words[1:])
		self.wrong('endpoints', 'import', says='name a file')

	def test_help_stands_in_one_column(self):
		for command in ('audit', 'endpoints', 'learn'):
			lines = run(command, '--help')[1].decode().split('Options:\n')[1].splitlines()
			for line in lines:
				self.assertTrue(len(line) <= 30 or line[29] == ' ' and line[30] != ' ' or '  ' not in line[2:], line)


if __name__ == '__main__':
	main()
