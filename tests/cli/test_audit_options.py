"""Options of audit that change an answer: each wait, names from a snapshot, what is counted."""
import json
import os

from common import SOURCE, Case, main, run
from test_audit import BLOCKED, CLIENT, LIST, LOOKUP, RESOLVER, RULE, SERVER, dns, pcap, tcp, udp

# each wait, and a capture in which its silence decides
SILENT = {'tcp': 'syn-drop', 'tls': 'hello-drop', 'hello': 'hello-swallowed', 'dns': 'dns-silent', 'quic': 'quic-timeout', 'stun': 'stun-timeout',
          'udp': 'udp-timeout'}


class Options(Case):
	def setUp(self):
		super().setUp()
		self.list = self.file('list.yaml', LIST.encode())

	def signatures(self, scenario, waits):
		folder = os.path.join(SOURCE, 'pcaps', scenario)
		with open(os.path.join(folder, 'truth.json'), encoding='utf-8') as f:
			truth = json.load(f)
		lists = [os.path.join(folder, name) if os.path.exists(os.path.join(folder, name)) else name for name in truth['lists']]
		status, out, err = run('audit', '-f', 'json', *(w for name in lists for w in ('-e', name)),
		                       *(w for name in truth['captures'] for w in ('-r', os.path.join(folder, name))),
		                       *(w for name in waits for w in ('--wait-' + name, '1h')))
		self.assertEqual(status, 0, err)
		return {i['signature'] for i in json.loads(out)['incidents']}

	def test_each_wait_decides_its_own_silence_and_no_other(self):
		for wait, scenario in SILENT.items():
			with self.subTest(wait=wait):
				usual = self.signatures(scenario, ())
				self.assertEqual(len(usual), 1)
				self.assertEqual(self.signatures(scenario, (wait,)), set())
				self.assertEqual(self.signatures(scenario, set(SILENT) - {wait}), usual)

	def test_a_snapshot_names_what_no_look_up_does(self):
		capture = self.file('a.pcap', pcap([(at, tcp(CLIENT, SERVER, 50000, 443, 2)) for at in (1, 2, 4, 8, 16)] +
		                                   [(30, udp(CLIENT, RESOLVER, 5354, 53, dns('other.example'))),
		                                    (30.01, udp(RESOLVER, CLIENT, 53, 5354, dns('other.example', SERVER[:3] + b'\x09')))]))
		answer = {'name': 'portal.example', 'type': 'A', 'server': '192.0.2.53:53', 'status': 'ok', 'aliases': [],
		          'addresses': [{'address': '192.0.2.1', 'ttl': 300}]}
		snapshot = self.file('names.json', json.dumps({'schema': 'rulegap/snapshot/1', 'taken': '2023-11-14T22:00:00Z', 'lists': [],
		                                               'answers': [answer]}).encode())
		words = ('audit', '-e', self.list, '-r', capture, '-f', 'json')
		self.assertEqual(json.loads(run(*words)[1])['summary']['unseen'], 2)
		status, out, err = run(*words, '--addresses', snapshot)
		self.assertEqual((status, err), (0, ''))
		r = json.loads(out)
		self.assertEqual([(m['rule'], m['signature']) for m in r['missing']], [(RULE, 'tcp-syn-timeout')])
		self.assertEqual([i['attributed_by'] for i in r['incidents']], ['resolved'])
		self.wrong(*words, '--addresses', self.list, says='no JSON')

	def test_verbose_says_what_was_counted_beside_the_report(self):
		capture = self.file('a.pcap', BLOCKED)
		plain = run('audit', '-e', self.list, '-r', capture)
		status, out, err = run('audit', '-e', self.list, '-r', capture, '-v')
		self.assertEqual((status, out), plain[:2])
		self.assertRegex(err, r'\Arulegap: %d frames, .* flows .*\n\Z' % (len(LOOKUP) + 7))


if __name__ == '__main__':
	main()
