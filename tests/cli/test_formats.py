"""Every format with hostile names in the data, read back by something that did not come from here."""
import csv
import html.parser
import io
import json
import re

import schema_check
from common import Case, T0, main, run

HOSTILE = [
	'\\x1b[31mred', '\x1b]0;title\x07', 'a\x00b', 'c1\x9b31m', '\u202egnp.exe', '\u2066x\u2069', '=1+1', '+cmd|\' /C calc\'!A0', '-2+3', '@SUM(A1)',
	'\tx', '\r\nx', '"quoted", cell', '<script>alert(1)</script>', '<img src=x onerror=alert(1)>', '](javascript:alert(1))', '| a | b |',
	'`code`', '&lt;b&gt;', 'https://evil.example/', 'www.evil.example', '{"json": 1}', '%s%n', "'; DROP TABLE attempt; --", ' =2', '\ufeffbom',
	'line\u2028separator', '# heading', '* item', '$(reboot)',
]
CONTROL = re.compile('[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\u2028\u2029\u061c\ufeff]')
WEB = 'web/portal.example:443/tcp'
FORMATS = ('text', 'json', 'ndjson', 'csv', 'markdown')


class Tags(html.parser.HTMLParser):
	def __init__(self, text):
		super().__init__()
		self.tags = []
		self.feed(text)

	def handle_starttag(self, tag, attributes):
		self.tags.append(tag)


class Hostile(Case):
	def setUp(self):
		super().setUp()
		d = self.database([WEB], {'web': {'symptom': HOSTILE[0] + '<i>'}})
		d.tried(WEB, '10.0.0.5', 0, 'blocked', 'tcp-syn-timeout')
		for n, name in enumerate(HOSTILE):
			d.tried(WEB, '10.0.0.6', n, 'blocked', 'tls-alert', host=name, detail=name, blocker=name, proofs=[{'name': 'x', 'text': name}])
			d.failed_lookup(WEB, '10.0.1.%d' % n, n, host=name, detail=name)
			d.tried(None, '10.0.0.7', n, 'blocked', 'tcp-syn-timeout', host=name)
			d.insert('unlisted', run=1, host=name, seen_as='cname of ' + name, port=443, transport='tcp', clients=1, verdict='allowed')
			d.insert('notice', run=1, time=T0, level='warning', code='encrypted-sni', text=name)
			d.insert('call_step', run=1, client='10.0.0.5', server='192.0.2.1', host=name, rule=WEB, port=3478, transport='udp', started=T0,
			         ended=T0, result=name, software=name, realm=name)
		d.c.execute('UPDATE incident SET host = CAST(x\'66ff6f\' AS TEXT) WHERE id = 1')
		self.db = d.close()

	def ask(self, command, fmt):
		status, out, err = run(command, '-d', self.db, '-f', fmt)
		self.assertEqual((status, err), (0, ''))
		return out.decode('utf-8')  # strictly: all output is UTF-8

	def test_no_format_lets_a_control_character_through(self):
		for command, formats in (('report', FORMATS), ('incidents', FORMATS[:4])):
			for fmt in formats:
				found = CONTROL.search(self.ask(command, fmt).replace('\r\n', '\n'))
				self.assertIsNone(found, (command, fmt, found and hex(ord(found[0]))))

	def test_json_is_json_and_keeps_the_names(self):
		r = json.loads(self.ask('report', 'json'))
		self.assertEqual(schema_check.faults(r), [])
		hosts = {i['host'] for i in r['incidents']}
		for name in ('=1+1', '<script>alert(1)</script>', "'; DROP TABLE attempt; --", '\\x1b]0;title\\x07', 'f\\xffo'):
			self.assertIn(name, hosts)
		self.assertEqual(json.loads(self.ask('incidents', 'json')), r['incidents'])

	def test_ndjson_is_one_event_a_line(self):
		events = [json.loads(line) for line in self.ask('report', 'ndjson').splitlines()]
		self.assertEqual({e['event_type'] for e in events}, {'rulegap'})
		self.assertEqual({e['rulegap']['record'] for e in events}, {'summary', 'missing', 'rule', 'incident', 'notice'})
		self.assertTrue(all(re.fullmatch(r'....-..-..T..:..:..\.[0-9]{6}\+0000', e['timestamp']) for e in events))
		incident = next(e for e in events if e['rulegap']['record'] == 'incident' and e.get('dest_ip'))
		self.assertEqual((incident['src_ip'], incident['dest_port'], incident['proto']), ('10.0.0.5', 443, 'TCP'))
		self.assertEqual(len(self.ask('incidents', 'ndjson').splitlines()), sum(e['rulegap']['record'] == 'incident' for e in events))

	def test_csv_has_whole_rows_and_no_formula(self):
		for command in ('report', 'incidents'):
			rows = list(csv.reader(io.StringIO(self.ask(command, 'csv'), newline=''), strict=True))
			self.assertEqual({len(r) for r in rows}, {len(rows[0])})
			for cell in (c for r in rows for c in r):
				self.assertNotRegex(cell, r'\A\s*[=+\-@|%]')
		hosts = {r[3] for r in rows}
		self.assertIn("'=1+1", hosts)
		self.assertIn('"quoted", cell', hosts)

	def test_markdown_has_no_markup_of_its_data(self):
		text = self.ask('report', 'markdown')
		self.assertEqual(Tags(text).tags, [])
		self.assertNotRegex(text, r'(?<!\\)\]\(')
		self.assertNotRegex(text, r'https?://|(?<!\\)www\.')
		table = [line for line in text.splitlines() if line.startswith('|')]
		self.assertEqual({len(re.findall(r'(?<!\\)\|', line)) for line in table if re.match(r'\| [0-9#]', line)}, {9})
		self.assertEqual([line for line in text.splitlines() if line.startswith('# ')], ['# Firewall change request: Example 1'])

	def test_text_is_one_line_an_entry(self):
		lines = self.ask('incidents', 'text').splitlines()
		self.assertEqual(len(lines), len(json.loads(self.ask('incidents', 'json'))))
		self.assertTrue(all(re.match(r' *[0-9]+  ', line) for line in lines))


class Text(Case):
	def test_names_under_a_wildcard_are_told(self):
		d = self.database(['web/*.relay.example:443/tcp'])
		for n, name in enumerate(('a.relay.example', 'b.relay.example')):
			d.tried('web/*.relay.example:443/tcp', '10.0.0.5', n, 'blocked', 'tcp-syn-timeout', host=name)
		d.close()
		self.assertRegex(run('report', '-d', d.path)[1].decode(), r'names +a\.relay\.example, b\.relay\.example\n')
		self.assertIn('Names tried: a.relay.example, b.relay.example\n', run('report', '-d', d.path, '-f', 'markdown')[1].decode())

	def test_what_is_missing_comes_first_and_says_why(self):
		d = self.database([WEB, 'web/login.example:443/tcp'])
		d.tried(WEB, '10.0.0.5', 0, 'blocked', 'icmp-prohibited', blocker='10.0.0.1', confidence='high')
		status, out, err = run('report', '-d', d.close())
		text = out.decode()
		self.assertLess(text.index('MISSING'), text.index('RULES'))
		self.assertIn('critical: firewall: open 443/tcp to portal.example for 10.0.0.5', text)
		self.assertIn('10.0.0.1 says so itself', text)
		self.assertRegex(text, r'confidence +high: 7 SYN over 63.2 s')
		self.assertIn('no evidence that it works', text)
		brief = run('report', '-d', d.path, '-q')[1].decode()
		self.assertIn('MISSING', brief)
		self.assertNotIn('RULES', brief)

	def test_the_grounds_are_those_of_the_surest_incident(self):
		d = self.database([WEB])
		for n in range(2):
			d.tried(WEB, '10.0.0.5', n * 60, 'blocked', 'tcp-syn-timeout', confidence='low')
		d.tried(WEB, '10.0.0.6', 200, 'blocked', 'icmp-prohibited', blocker='10.0.0.1', confidence='high',
		        proofs=[{'name': 'icmp-sender', 'text': '10.0.0.1 answered'}])
		self.assertRegex(run('report', '-d', d.close())[1].decode(), r'confidence +high: 10.0.0.1 answered')
		d = self.database([WEB], name='b.db')  # as sure as each other: the one that is told
		d.tried(WEB, '10.0.0.6', 0, 'blocked', 'icmp-prohibited', confidence='high', proofs=[{'name': 'x', 'text': '10.0.0.1 answered'}])
		for n in range(2):
			d.tried(WEB, '10.0.0.5', 60 + n, 'blocked', 'tcp-syn-timeout', confidence='high', proofs=[{'name': 'y', 'text': '7 SYN'}])
		self.assertRegex(run('report', '-d', d.close())[1].decode(), r'confidence +high: 7 SYN\n')

	def test_rules_say_where_connections_die_at_the_name(self):
		for signature in ('tls-hello-reset', 'tls-hello-close', 'tls-hello-timeout', 'tls-alert', 'tcp-syn-timeout'):
			d = self.database([WEB], name=signature + '.db')
			d.tried(WEB, '10.0.0.5', 0, 'blocked', signature)
			out = run('rules', '-d', d.close(), '--for', 'nftables')[1].decode()
			self.assertEqual('dies at its name' in re.sub(r'\s+#?\s*', ' ', out), signature != 'tcp-syn-timeout', out)

	def test_a_resolver_is_no_name_to_resolve(self):
		d = self.database(['dns/9.9.9.9:53/udp', 'any/*:53/udp'], {'dns': {'role': 'dns'}, 'any': {'role': 'dns'}})
		d.tried('dns/9.9.9.9:53/udp', '10.0.0.5', 0, 'blocked', 'dns-timeout', address='9.9.9.9')
		d.tried('any/*:53/udp', '10.0.0.5', 1, 'blocked', 'dns-timeout', address='9.9.9.9')
		text = run('report', '-d', d.close())[1].decode()
		self.assertIn('resolver: let 9.9.9.9 answer on 53/udp for 10.0.0.5', text)
		self.assertIn('resolver: let a resolver answer on 53/udp for 10.0.0.5', text)
		self.assertIn(': queries are not answered; ', text)
		d = self.database(['dns/9.9.9.9:53/udp'], {'dns': {'role': 'dns'}}, name='b.db')
		d.tried('dns/9.9.9.9:53/udp', '10.0.0.5', 0, 'blocked', 'dns-refused', address='9.9.9.9')
		self.assertIn(': the resolver refuses every query; ', run('report', '-d', d.close())[1].decode())


class Csv(Case):
	def rows(self, d):
		return {r['rule']: r for r in csv.DictReader(io.StringIO(run('report', '-d', d.close(), '-f', 'csv')[1].decode(), newline=''))}

	def test_a_client_that_needs_two_changes_is_named_once(self):
		wild = 'web/*.relay.example:443/tcp'
		d = self.database([wild])
		d.tried(wild, '10.0.0.5', 0, 'blocked', 'tcp-syn-timeout', host='a.relay.example')
		d.tried(wild, '10.0.0.5', 1, 'blocked', 'proxy-denied', host='b.relay.example')
		r = self.rows(d)[wild]
		self.assertEqual((r['missing'], r['from']), ('firewall proxy', '10.0.0.5'))

	def test_an_entry_of_a_name_names_the_clients_of_each_rule(self):
		rules = ['dc/eu1.example:443/tcp', 'dc/eu1.example:3478/udp']
		d = self.database(rules)
		d.tried(rules[0], '10.0.0.5', 0)
		d.failed_lookup(rules[1], '10.0.0.5', 1)
		for name in rules:
			d.failed_lookup(name, '10.0.0.6', 2)
		rows = self.rows(d)
		self.assertEqual([rows[name]['from'] for name in rules], ['10.0.0.6', '10.0.0.5 10.0.0.6'])


if __name__ == '__main__':
	main()
