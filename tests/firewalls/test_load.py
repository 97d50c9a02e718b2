"""The real programs load what is written: nft, iptables-restore and ip6tables-restore, each scenario of pcaps/ in a namespace of its own."""
import concurrent.futures
import glob
import json
import os
import subprocess
import tempfile

from places import SOURCE, TABLE, Case, main, no_namespaces, rules, run, sample, skip

# nft: dry first, as the file's head says; then truly, twice (the second time changes nothing but the jump).
NFT = 'nft "$1" && nft -c -f "$2" && nft -f "$2" && nft -f "$2" && nft -j list ruleset'
# iptables-nft-restore --test accepts targets that do not exist: only loading tells.
IPTABLES = 'sh "$2" && sh "$2" && iptables-save && ip6tables-save'


def load(script, text):
	with tempfile.NamedTemporaryFile('w', suffix='.rules', encoding='ascii') as f:
		f.write(text)
		f.flush()
		p = subprocess.run(['unshare', '-n', 'sh', '-c', script, 'sh', TABLE, f.name], capture_output=True, text=True, timeout=60, check=False)
	if p.returncode:
		raise AssertionError('%s\n%s' % (p.stderr, text))
	return p.stdout


def chain_of_nft(output):
	return [r['rule'] for r in json.loads(output)['nftables'] if r.get('rule', {}).get('chain') == 'rulegap']


def chain_of_iptables(output):
	return [line for line in output.splitlines() if line.startswith('-A RULEGAP ')]


class Load(Case):
	def check(self, database, name):
		wanted = rules(database, 'nftables')
		loaded = chain_of_nft(load(NFT, wanted)) if 'add rule' in wanted else []
		self.assertEqual(len(loaded), wanted.count('\nadd rule '), name)
		for rule in loaded:
			self.assertTrue(any('accept' in e for e in rule['expr']), rule)
			self.assertTrue(rule['comment'].startswith('rulegap '), rule)
		wanted = rules(database, 'iptables')
		lines = chain_of_iptables(load(IPTABLES, wanted))
		self.assertEqual(len(lines), wanted.count('\n-A RULEGAP '), name)
		self.assertTrue(all(line.endswith('-j ACCEPT') for line in lines), lines)
		return len(loaded)

	def test_the_sample_is_loaded(self):
		self.assertEqual(self.check(sample(self), 'sample'), 6)

	def test_loading_twice_adds_no_rule_and_closing_closes(self):
		database = sample(self)
		text = rules(database, 'nftables')
		out = load(NFT.replace('&& nft -j', '&& nft flush chain inet filter rulegap && nft -j'), text)
		self.assertEqual(chain_of_nft(out), [])
		out = load(IPTABLES.replace('&& iptables-save', '&& iptables -D FORWARD -j RULEGAP && iptables -F RULEGAP && iptables -X RULEGAP && '
		                            'ip6tables -D FORWARD -j RULEGAP && ip6tables -F RULEGAP && ip6tables -X RULEGAP && iptables-save'),
		           rules(database, 'iptables'))
		self.assertNotIn('RULEGAP', out)

	def test_without_the_chain_nothing_is_changed(self):
		text = rules(sample(self), 'nftables', '--into', 'inet other forward')
		out = load('nft "$1"; nft -f "$2" 2>&1; test $? != 0 && nft -j list ruleset', text)
		self.assertNotIn('rulegap_', out.split('\n')[-2])

	def test_every_scenario_is_loaded(self):
		folders = sorted(os.path.dirname(p) for p in glob.glob(os.path.join(SOURCE, 'pcaps', '*', 'truth.json')))
		self.assertGreater(len(folders), 90)

		def one(folder):
			name = os.path.basename(folder)
			database = self.path(name + '.db')
			with open(os.path.join(folder, 'truth.json'), encoding='utf-8') as f:
				truth = json.load(f)
			words = [w for c in truth['captures'] for w in ('-r', os.path.join(folder, c))]
			words += [w for c in truth['lists'] for w in ('-e', os.path.join(folder, c))]
			status, _, err = run('audit', '-q', '--no-evidence', '-d', database, '-o', os.devnull, *words, *truth['args'])
			self.assertIn(status, (0, 3), '%s: %s' % (name, err))
			return self.check(database, name)
		with concurrent.futures.ThreadPoolExecutor(2) as pool:
			self.assertGreater(sum(pool.map(one, folders)), 40)


if __name__ == '__main__':
	reason = no_namespaces('unshare', 'nft', 'iptables-restore', 'ip6tables-restore')
	if reason:
		skip(reason)
	main()
