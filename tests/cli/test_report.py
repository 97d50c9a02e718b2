"""What report says of databases with known content: verdicts, missing rules, severities, filters."""
import json
import sqlite3

import schema_check
from common import Case, T0, main, run

A, B, C = '10.0.0.5', '10.0.0.6', '10.0.1.7'
WEB = 'web/portal.example:443/tcp'
LOGIN = 'web/login.example:443/tcp'
DC = {'role': 'datacentre', 'works_if_any': ['3478/udp', '3478/tcp']}
DC_TLS, DC_TCP, DC_UDP = ('dc/eu1.example:%s' % p for p in ('443/tcp', '3478/tcp', '3478/udp'))
TURN = 'turn/turn.example:3478/udp'


def rule(report, name):
	return next(r for r in report['rules'] if r['id'] == name)


def missing(report):
	return {(m['rule'] or m['host'], m['kind']): m for m in report['missing']}


class Shape(Case):
	def test_an_empty_run_is_a_whole_report(self):
		r = self.report(self.database([WEB], {'web': {}, 'ask': {'hosts_status': 'ask-vendor'}}))
		self.assertEqual(schema_check.faults(r), [])
		self.assertEqual(r['summary'], {'rules': 1, 'allowed': 0, 'blocked': 0, 'partial': 0, 'inconclusive': 0, 'unseen': 1, 'missing': 0})
		self.assertEqual([(g['id'], g['function'], g['hosts_status']) for g in r['groups']],
		                 [('web', 'unknown', 'given'), ('ask', 'unknown', 'ask-vendor')])

	def test_every_kind_of_row_fits_the_schema(self):
		d = self.database([WEB, LOGIN, DC_TLS, DC_UDP, 'fb/2001:db8::/48:50000-50999/udp'], {'web': {}, 'dc': DC})
		d.tried(WEB, A, 1)
		d.tried(WEB, B, 2, 'blocked', 'icmp-prohibited', blocker='10.0.0.1', confidence='high')
		d.failed_lookup(LOGIN, A, 3)
		d.tried(DC_UDP, A, 4, 'blocked', 'stun-timeout', hint='path-mtu')
		d.tried(None, C, 5, 'blocked', 'tcp-syn-timeout', host='elsewhere.example', attributed_by='')
		d.insert('unlisted', run=1, host='alias.example', seen_as='cname of portal.example', port=443, transport='tcp', clients=2, verdict='allowed')
		d.insert('call_step', run=1, client=A, server='192.0.2.3', host='eu1.example', rule=DC_UDP, port=3478, transport='udp',
		         started=T0, ended=T0, result='ok', software='x', media_out=1, media_in=2)
		d.insert('notice', run=1, time=T0, level='warning', code='empty-group', text='ask has no hosts')
		r = self.report(d)
		self.assertEqual(schema_check.faults(r), [])
		self.assertEqual(len(r['incidents']), 4)
		self.assertEqual(r['unlisted'][0]['ports'], ['443/tcp'])
		self.assertEqual([i['rule'] for i in r['incidents'] if i['host'] == 'elsewhere.example'], [None])
		self.assertEqual(r['capture']['sources'][0]['name'], 'a.pcap')

	def test_the_schema_refuses_what_is_wrong(self):
		r = self.report(self.database([WEB]))
		r['rules'][0]['verdict'] = 'fine'
		r['extra'] = 1
		del r['period']
		self.assertEqual(len(schema_check.faults(r)), 3)

	def test_arrays_are_sorted(self):
		d = self.database([LOGIN, WEB])
		d.tried(WEB, B, 50, 'blocked', 'tls-alert', address='192.0.2.9')
		d.tried(WEB, A, 10, 'blocked', 'tcp-syn-timeout', address='192.0.2.8')
		d.tried(LOGIN, B, 5, 'blocked', 'tcp-syn-reset')
		d.tried(LOGIN, A, 1, 'inconclusive')
		r = self.report(d)
		self.assertEqual([x['id'] for x in r['rules']], [LOGIN, WEB])
		self.assertEqual([c['address'] for c in rule(r, WEB)['clients']], [A, B])
		self.assertEqual(rule(r, WEB)['addresses'], ['192.0.2.8', '192.0.2.9'])
		self.assertEqual([s['name'] for s in rule(r, WEB)['signatures']], ['tcp-syn-timeout', 'tls-alert'])
		self.assertEqual([m['rule'] for m in r['missing']], [LOGIN, WEB])
		self.assertEqual([i['signature'] for i in r['incidents']], ['tcp-syn-reset', 'tcp-syn-timeout', 'tls-alert'])
		self.assertEqual(rule(r, WEB)['first'], '2023-11-14T22:13:30.000000Z')


class Missing(Case):
	def test_a_blocked_rule_of_two_clients_is_one_entry(self):
		d = self.database([WEB])
		for n in range(3):
			d.tried(WEB, A, n * 20, 'blocked', 'tcp-syn-timeout')
		d.tried(WEB, B, 70, 'blocked', 'tcp-syn-timeout', address='192.0.2.2')
		r = self.report(d)
		(m,) = r['missing']
		self.assertEqual((m['rule'], m['kind'], m['severity'], m['from'], m['signature']), (WEB, 'firewall', 'critical', [A, B], 'tcp-syn-timeout'))
		self.assertEqual((m['addresses'], m['port'], m['transport'], m['blocker']), (['192.0.2.1', '192.0.2.2'], '443', 'tcp', None))
		self.assertEqual(len(m['incidents']), 2)
		self.assertNotIn('hint', m)
		self.assertEqual(r['groups'][0]['function'], 'broken')

	def test_kinds_follow_the_signatures(self):
		d = self.database([WEB])
		for n, signature in enumerate(('proxy-denied', 'tls-intercepted', 'tls-alert')):
			d.tried(WEB, '10.0.0.%d' % (n + 1), n, 'blocked', signature)
		self.assertEqual({(m['kind'], *m['from']) for m in self.report(d)['missing']},
		                 {('proxy', '10.0.0.1'), ('tls-inspection', '10.0.0.2'), ('firewall', '10.0.0.3')})

	def test_a_client_is_not_reported_twice_for_a_rule(self):
		d = self.database([WEB])
		d.tried(WEB, A, 0, 'blocked', 'proxy-denied')
		d.tried(WEB, A, 30, 'blocked', 'proxy-denied')
		d.tried(WEB, A, 60, 'blocked', 'tcp-syn-timeout')
		(m,) = self.report(d)['missing']
		self.assertEqual((m['kind'], m['signature'], m['from']), ('proxy', 'proxy-denied', [A]))

	def test_a_name_that_does_not_resolve_is_one_entry_for_all_its_rules(self):
		d = self.database([WEB, DC_TLS, DC_TCP, DC_UDP], {'web': {}, 'dc': DC})
		for client in (A, B):
			for name in (DC_TLS, DC_TCP, DC_UDP):
				d.failed_lookup(name, client, 1)
		r = self.report(d)
		(m,) = r['missing']
		self.assertEqual((m['rule'], m['host'], m['kind'], m['from'], m['port']), (None, 'eu1.example', 'dns', [A, B], None))
		self.assertEqual(m['rules'], [DC_TLS, DC_TCP, DC_UDP])
		self.assertEqual(r['summary']['blocked'], 3)

	def test_failed_lookups_are_dropped_where_the_client_has_an_ok_attempt(self):
		d = self.database([DC_TLS, DC_UDP], {'dc': DC})
		d.failed_lookup(DC_TLS, A, 10)
		d.failed_lookup(DC_UDP, A, 10)
		d.tried(DC_TLS, A, 0)
		r = self.report(d)
		self.assertEqual(rule(r, DC_TLS)['verdict'], 'allowed')
		self.assertEqual(rule(r, DC_TLS)['attempts']['blocked'], 0)
		self.assertEqual(rule(r, DC_TLS)['signatures'], [])
		self.assertEqual([i['rule'] for i in r['incidents']], [DC_UDP])
		self.assertEqual(r['missing'][0]['rules'], [DC_UDP])

	def test_a_name_that_resolves_later_is_not_missing(self):
		d = self.database([WEB, LOGIN])
		for name, host in ((WEB, 'portal.example'), (LOGIN, 'login.example')):
			d.failed_lookup(name, A, 0, 'dns-servfail')
			d.insert('dns_lookup', run=1, client=A, resolver='10.0.0.53', name=host, qtype=1, asked=T0 + 600 * 10**6, answered=T0 + 600 * 10**6,
			         rcode=0, answer='192.0.2.1' if host == 'portal.example' else '', listed=1)
		d.insert('dns_lookup', run=1, client=A, resolver='10.0.0.53', name='portal.example', qtype=1, asked=T0 - 9, answered=T0 - 8, rcode=0,
		         answer='192.0.2.1', listed=1)  # written later, as of another sensor that was merged
		r = self.report(d)
		self.assertEqual([(x['id'], x['verdict']) for x in r['rules']], [(WEB, 'unseen'), (LOGIN, 'blocked')])
		self.assertEqual([m['host'] for m in r['missing']], ['login.example'])

	def test_where_dns_lied_connections_make_no_firewall_entry(self):
		d = self.database([WEB])
		d.failed_lookup(WEB, A, 0, 'dns-sinkhole')
		d.tried(WEB, A, 1, 'blocked', 'tcp-syn-timeout', address='127.0.0.2')
		self.assertEqual([m['kind'] for m in self.report(d)['missing']], ['dns'])

	def test_mended_rules_are_partial_and_nothing_is_missing(self):
		d = self.database([WEB])
		d.tried(WEB, A, 0, 'blocked', 'tcp-syn-timeout')
		d.tried(WEB, A, 900)
		r = self.report(d)
		self.assertEqual((rule(r, WEB)['verdict'], rule(r, WEB)['partial_by'], r['missing']), ('partial', 'mended', []))
		self.assertEqual(r['groups'][0]['function'], 'working')
		self.assertEqual(len(r['incidents']), 1)

	def test_the_blocker_is_named_when_all_agree(self):
		for blockers, want in (((None, '10.0.0.1'), '10.0.0.1'), (('10.0.0.1', '10.0.0.2'), None), ((None, None), None)):
			d = self.database([WEB], name='%s.db' % (blockers,))
			for n, blocker in enumerate(blockers):
				d.tried(WEB, '10.0.0.%d' % (50 + n), n, 'blocked', 'icmp-prohibited', blocker=blocker)
			self.assertEqual(self.report(d)['missing'][0]['blocker'], want)

	def test_confidence_is_the_highest(self):
		d = self.database([WEB])
		d.tried(WEB, A, 0, 'blocked', 'tcp-syn-timeout', confidence='low')
		d.tried(WEB, B, 0, 'blocked', 'tcp-syn-timeout', confidence='high')
		r = self.report(d)
		self.assertEqual((r['missing'][0]['confidence'], rule(r, WEB)['confidence']), ('high', 'high'))

	def test_an_idle_connection_cut_later_is_only_recorded(self):
		d = self.database([WEB])
		d.tried(WEB, A, 0, 'reset', 'tcp-reset', answered=1, hint='state-timeout')
		r = self.report(d)
		self.assertEqual((rule(r, WEB)['verdict'], rule(r, WEB)['attempts']['ok'], r['missing']), ('allowed', 1, []))
		self.assertEqual((r['incidents'][0]['hint'], r['incidents'][0]['outcome']), ('state-timeout', 'reset'))
		self.assertEqual(rule(r, WEB)['signatures'], [{'name': 'tcp-reset', 'count': 1}])

	def test_some_addresses_that_die_beside_others_are_a_drift(self):
		d = self.database([WEB])
		d.tried(WEB, A, 0, 'blocked', 'tcp-syn-timeout', address='192.0.2.1')
		d.tried(WEB, A, 4, address='192.0.2.2')
		(m,) = self.report(d)['missing']
		self.assertEqual((m['hint'], m['addresses']), ('address-drift', ['192.0.2.1']))

	def test_no_drift_when_others_reach_the_same_address_or_only_another_family_works(self):
		d = self.database([WEB, LOGIN])
		d.tried(WEB, A, 0, 'blocked', 'tcp-syn-timeout', address='192.0.2.1')
		d.tried(WEB, A, 4, address='192.0.2.2')
		d.tried(WEB, B, 4, address='192.0.2.1')
		d.tried(LOGIN, A, 0, 'blocked', 'tcp-syn-timeout', address='2001:db8::1')
		d.tried(LOGIN, A, 4, address='192.0.2.2')
		self.assertEqual([m.get('hint') for m in self.report(d)['missing']], [None, None])

	def test_one_client_blocked_and_another_not(self):
		d = self.database([WEB])
		d.tried(WEB, A, 0)
		d.tried(WEB, B, 0, 'blocked', 'tcp-syn-timeout')
		r = self.report(d)
		self.assertEqual((rule(r, WEB)['verdict'], rule(r, WEB)['partial_by'], r['missing'][0]['from']), ('partial', 'client', [B]))
		self.assertEqual({c['address']: c['verdict'] for c in rule(r, WEB)['clients']}, {A: 'allowed', B: 'blocked'})


class Severity(Case):
	def severity(self, rules, groups, tries):
		d = self.database(rules, groups, name='%d.db' % abs(hash(str((rules, groups, tries)))))
		for name, client, outcome in tries:
			d.tried(name, client, 0, outcome, None if outcome == 'ok' else 'stun-timeout')
		r = self.report(d)
		return {m['rule']: m['severity'] for m in r['missing']}, {g['id']: g['function'] for g in r['groups']}

	def test_required_and_no_other_way_is_critical(self):
		self.assertEqual(self.severity([WEB], {}, [(WEB, A, 'blocked')]), ({WEB: 'critical'}, {'web': 'broken'}))

	def test_an_optional_group_is_degraded(self):
		self.assertEqual(self.severity([WEB], {'web': {'required': 0}}, [(WEB, A, 'blocked')])[0], {WEB: 'degraded'})

	def test_an_alternative_of_works_if_any_was_ok(self):
		self.assertEqual(self.severity([DC_TCP, DC_UDP], {'dc': DC}, [(DC_UDP, A, 'blocked'), (DC_TCP, A, 'ok')]),
		                 ({DC_UDP: 'degraded'}, {'dc': 'degraded'}))

	def test_a_rule_outside_works_if_any_has_no_alternative(self):
		self.assertEqual(self.severity([DC_TLS, DC_UDP], {'dc': DC}, [(DC_TLS, A, 'blocked'), (DC_UDP, A, 'ok')])[0], {DC_TLS: 'critical'})
		self.assertEqual(self.severity([DC_TCP, DC_UDP], {'dc': {}}, [(DC_UDP, A, 'blocked'), (DC_TCP, A, 'ok')])[0], {DC_UDP: 'critical'})

	def test_a_rule_is_no_alternative_of_itself(self):
		d = self.database([DC_UDP], {'dc': DC})
		d.tried(DC_UDP, A, 0, 'ok')
		d.tried(DC_UDP, A, 900, 'blocked', 'stun-timeout')
		self.assertEqual(self.report(d)['missing'][0]['severity'], 'critical')

	def test_the_alternative_of_another_client_does_not_help(self):
		self.assertEqual(self.severity([DC_TCP, DC_UDP], {'dc': DC}, [(DC_UDP, A, 'blocked'), (DC_TCP, B, 'ok')])[0], {DC_UDP: 'critical'})

	def test_a_fallback_group_was_ok(self):
		groups = {'dc': {}, 'turn': {'role': 'stun-turn', 'fallback_for': ['dc']}}
		self.assertEqual(self.severity([DC_UDP, TURN], groups, [(DC_UDP, A, 'blocked'), (TURN, A, 'ok')]),
		                 ({DC_UDP: 'degraded'}, {'dc': 'degraded', 'turn': 'working'}))
		self.assertEqual(self.severity([DC_UDP, TURN], groups, [(DC_UDP, A, 'blocked'), (TURN, A, 'blocked')])[0],
		                 {DC_UDP: 'critical', TURN: 'critical'})

	def test_a_fallback_counts_even_when_it_is_filtered_out(self):
		d = self.database([DC_UDP, TURN], {'dc': {}, 'turn': {'fallback_for': ['dc']}})
		d.tried(DC_UDP, A, 0, 'blocked', 'stun-timeout')
		d.tried(TURN, A, 0)
		r = self.report(d, '--group', 'dc')
		self.assertEqual(([m['severity'] for m in r['missing']], len(r['rules'])), (['degraded'], 1))

	def test_quic_is_replaced_by_tcp(self):
		rules = ['web/portal.example:443/udp', WEB]
		self.assertEqual(self.severity(rules, {}, [(rules[0], A, 'blocked'), (WEB, A, 'ok')])[0], {rules[0]: 'degraded'})
		self.assertEqual(self.severity(rules, {}, [(rules[0], A, 'blocked'), (WEB, B, 'ok')])[0], {rules[0]: 'critical'})

	def test_a_group_whose_rule_is_blocked_at_times_had_no_other_way(self):
		def why(*outcomes):
			d = self.database([WEB, DC_UDP, DC_TCP], {'dc': DC}, name='%d.db' % len(outcomes))
			for n, outcome in enumerate(outcomes):
				d.tried(DC_UDP, A, n * 300, outcome, None if outcome == 'ok' else 'stun-timeout')
			if len(outcomes) == 1:
				d.tried(DC_TCP, A, 0)
			g = next(g for g in self.report(d)['groups'] if g['id'] == 'dc')
			return g['function'], g['why']
		self.assertEqual(why('ok', 'blocked'), ('degraded', DC_UDP + ' is blocked, but only for a part of the attempts'))
		self.assertEqual(why('blocked'), ('degraded', DC_UDP + ' is blocked, but the clients had another way'))
		d = self.database([WEB, DC_UDP, DC_TCP, DC_TLS], {'dc': DC}, name='other.db')  # of another rule, which is not the one told
		d.tried(DC_UDP, A, 0, 'blocked', 'stun-timeout')
		d.tried(DC_TCP, A, 10)
		for n, outcome in enumerate(('ok', 'blocked')):
			d.tried(DC_TLS, A, n * 300, outcome, None if outcome == 'ok' else 'tcp-syn-timeout')
		self.assertEqual([g['why'] for g in self.report(d)['groups'] if g['id'] == 'dc'], [DC_UDP + ' is blocked, but the clients had another way'])

	def test_one_critical_client_makes_it_critical(self):
		tries = [(DC_UDP, A, 'blocked'), (DC_TCP, A, 'ok'), (DC_UDP, B, 'blocked')]
		self.assertEqual(self.severity([DC_TCP, DC_UDP], {'dc': DC}, tries), ({DC_UDP: 'critical'}, {'dc': 'broken'}))


class Filters(Case):
	def setUp(self):
		super().setUp()
		d = self.database([WEB, LOGIN, DC_UDP], {'web': {}, 'dc': DC})
		d.tried(WEB, A, 0, 'blocked', 'tcp-syn-timeout')
		d.tried(WEB, C, 1800)
		d.tried(LOGIN, C, 1800, 'blocked', 'tls-alert')
		d.tried(DC_UDP, B, 3000, 'blocked', 'stun-timeout')
		self.db = d.close()

	def ask(self, *words, command='report'):
		status, out, err = run(command, '-d', self.db, '-f', 'json', *words)
		self.assertEqual((status, err), (0, ''))
		return json.loads(out)

	def blocked(self, *words):
		return [m['rule'] for m in self.ask(*words)['missing']]

	def test_a_period_leaves_out_what_was_tried_before_and_after(self):
		self.assertEqual(self.blocked('--to', '2023-11-14T22:20'), [WEB])
		self.assertEqual(self.blocked('--from', '2023-11-14T22:20', '--to', '2023-11-14T22:50'), [LOGIN])
		self.assertEqual(self.blocked('--from', '2023-11-14T23:00+00:00'), [DC_UDP])
		r = self.ask('--from', '2023-11-14T22:20', '--to', '2023-11-14T22:50')
		self.assertEqual(r['period'], {'first': '2023-11-14T22:20:00.000000Z', 'last': '2023-11-14T22:50:00.000000Z'})
		self.assertEqual(rule(r, WEB)['verdict'], 'allowed')

	def test_a_period_without_runs_shows_the_rules_unseen(self):
		r = self.ask('--from', '1h')
		self.assertEqual((r['summary']['unseen'], r['lists'][0]['name'], r['period']['first']), (3, 'Example', None))

	def test_clients_are_chosen_by_address_and_network(self):
		self.assertEqual(self.blocked('--client', A), [WEB])
		self.assertEqual(self.blocked('--client', '10.0.1.0/24'), [LOGIN])
		self.assertEqual(self.blocked('--client', '%s,10.0.0.6/32' % A), [WEB, DC_UDP])
		self.assertEqual(self.blocked('--client', A, '--client', B), [WEB, DC_UDP])
		self.wrong('report', '-d', self.db, '--client', 'me', says='me')

	def test_groups_are_chosen_by_id_and_hosts_by_pattern(self):
		self.assertEqual(self.blocked('--group', 'dc'), [DC_UDP])
		self.assertEqual(self.blocked('--host', '*.EXAMPLE'), [WEB, LOGIN, DC_UDP])
		self.assertEqual(self.blocked('--host', 'p*'), [WEB])
		self.wrong('report', '-d', self.db, '--group', 'nope', says='nope')

	def test_a_host_under_a_wildcard_is_the_wildcards_rule(self):
		wild = 'web/*.pool.example:443/tcp'
		d = self.database([WEB, wild], name='wild.db')
		d.tried(wild, A, 1, 'blocked', 'tcp-syn-timeout', host='a.pool.example')
		r = self.report(d, '--host', 'A.pool.example')
		self.assertEqual(([m['rule'] for m in r['missing']], [q['id'] for q in r['rules']]), ([wild], [wild]))

	def test_incidents_are_chosen_by_signature_and_host(self):
		self.assertEqual([i['signature'] for i in self.ask(command='incidents')], ['tcp-syn-timeout', 'tls-alert', 'stun-timeout'])
		self.assertEqual([i['rule'] for i in self.ask('--signature', 'tls-alert', command='incidents')], [LOGIN])
		self.assertEqual([i['rule'] for i in self.ask('--host', 'eu1*', command='incidents')], [DC_UDP])
		self.assertEqual(len(run('incidents', '-d', self.db)[1].splitlines()), 3)

	def test_counts_of_an_incident_are_those_of_the_period(self):
		d = self.database([WEB], name='b.db')
		for n in range(10):
			d.tried(WEB, A, n * 60, 'blocked', 'tcp-syn-timeout')
		r = self.report(d, '--from', '2023-11-14T22:15:00', '--to', '2023-11-14T22:17:00')
		self.assertEqual((r['incidents'][0]['attempts'], r['incidents'][0]['first']), (2, '2023-11-14T22:15:20.000000Z'))

	def test_of_what_a_monitor_could_not_see_only_that_of_the_period_is_told(self):
		d = self.database([WEB], name='b.db')
		d.tried(WEB, A, 60)
		for code, minute in (('capture-drops', 1), ('disk', 1), ('encrypted-dns', 1), ('interface', 1), ('outage', 30), ('flood', 3 * 24 * 60)):
			d.insert('notice', run=1, time=T0 + minute * 60 * 10**6, level='warning', code=code, text='x')
		d.c.execute("UPDATE run SET command = 'monitor'")
		d.close()
		def told(*period):
			status, out, _ = run('report', '-d', d.path, '-f', 'json', *period)
			return status, sorted(n['code'] for n in json.loads(out)['notices'])
		self.assertEqual(told(), (3, ['capture-drops', 'disk', 'encrypted-dns', 'flood', 'interface', 'outage']))
		self.assertEqual(told('--from', '2023-11-14T22:20'), (0, ['encrypted-dns', 'flood', 'interface', 'outage']))
		self.assertEqual(told('--to', '2023-11-14T22:20'), (3, ['capture-drops', 'disk', 'encrypted-dns', 'interface', 'outage']))
		c = sqlite3.connect(d.path)
		c.execute("UPDATE run SET command = 'audit'")
		c.commit()
		c.close()
		self.assertEqual(len(told('--from', '2023-11-14T22:20')[1]), 6)

	def test_an_incident_tells_of_its_attempts_in_the_period(self):
		d = self.database([WEB], name='b.db')
		d.tried(WEB, A, 0, 'blocked', 'tcp-syn-timeout', confidence='high', address='192.0.2.1', detail='7 SYN', hint='path-mtu',
		        proofs=[{'name': 'control-client', 'text': 'x'}])
		d.tried(WEB, A, 600, 'blocked', 'tcp-syn-timeout', confidence='low', address='192.0.2.2', detail='2 SYN', attributed_by='sni')
		d.tried(WEB, A, 900, 'blocked', 'tcp-syn-timeout', confidence='medium', address='192.0.2.3', detail='3 SYN')
		d.tried(WEB, A, 1200, 'blocked', 'tcp-syn-timeout', confidence='medium', address='192.0.2.4', detail='4 SYN')
		words = ('address', 'confidence', 'detail')
		i = self.report(d)['incidents'][0]
		self.assertEqual([i[w] for w in ('confidence', 'detail', 'hint')], ['high', '7 SYN', 'path-mtu'])
		def told(*period):
			return json.loads(run('report', '-d', d.path, '-f', 'json', *period)[1])['incidents'][0]
		i = told('--from', '2023-11-14T22:20:00')
		self.assertEqual([i[w] for w in words], ['192.0.2.4', 'medium', '3 SYN'])
		self.assertEqual((i.get('hint'), i['proofs'][0]['name']), (None, 'repeated'))
		i = told('--from', '2023-11-14T22:20:00', '--to', '2023-11-14T22:25:00')
		self.assertEqual([i[w] for w in (*words, 'attributed_by')], ['192.0.2.2', 'low', '2 SYN', 'sni'])

	def test_an_entry_is_shown_with_all_its_incidents(self):
		d = self.database([WEB, 'extra/portal.example:8443/tcp'], name='b.db')
		for n in (WEB, 'extra/portal.example:8443/tcp'):
			d.failed_lookup(n, A, 1)
		r = self.report(d, '--group', 'web')
		self.assertEqual([r['missing'][0]['rules'], r['missing'][0]['incidents']], [[WEB, 'extra/portal.example:8443/tcp'], [1, 2]])
		self.assertEqual([i['id'] for i in r['incidents']], [1, 2])

	def test_groups_of_no_rule_that_was_asked_for_are_left_out(self):
		self.assertEqual([g['id'] for g in self.ask('--host', 'eu1*')['groups']], ['dc'])
		self.assertEqual(len(self.ask()['groups']), 2)


class Status(Case):
	def test_exit_code_is_asked_for(self):
		d = self.database([WEB])
		d.tried(WEB, A, 0, 'blocked', 'tcp-syn-timeout')
		d.close()
		self.assertEqual(run('report', '-d', d.path)[0], 0)
		self.assertEqual(run('report', '-d', d.path, '--exit-code')[0], 1)
		self.assertEqual(run('report', '-d', d.path, '--exit-code', '--client', B)[0], 0)

	def test_an_incomplete_answer_wins(self):
		for n, code in enumerate(('damaged-file', 'capture-drops', 'truncated-packets', 'one-sided', 'table-full', 'link-type')):
			d = self.database([WEB], name='%d.db' % n)
			d.tried(WEB, A, 0, 'blocked', 'tcp-syn-timeout')
			d.insert('notice', run=1, time=T0, level='warning', code=code, text='x')
			self.assertEqual(self.report(d, '--exit-code', status=3)['notices'][0]['code'], code)

	def test_a_port_of_a_name_of_no_list_is_told_once(self):
		d = self.database([WEB])
		d.insert('run', id=2, command='audit', version='0', started=T0, ended=T0, complete=1, packets=1, bytes=1, first=T0, last=T0)
		for run_number, port, verdict in ((1, 443, 'allowed'), (2, 443, 'blocked'), (2, 80, 'allowed')):
			d.insert('unlisted', run=run_number, host='edge.example', seen_as='cname of portal.example', port=port, transport='tcp', clients=1,
			         verdict=verdict)
		u = self.report(d)['unlisted']
		self.assertEqual([(x['ports'], x['verdict']) for x in u], [(['80/tcp', '443/tcp'], 'partial')])

	def test_other_notices_leave_it_complete(self):
		d = self.database([WEB])
		d.insert('notice', run=1, time=T0, level='warning', code='empty-group', text='x')
		d.insert('notice', run=1, time=T0, level='info', code='link-type', text='x')
		self.report(d)

	def test_an_interrupted_audit_is_incomplete_and_says_so(self):
		r = self.report(self.database([WEB], complete=0), status=3)
		self.assertEqual(r['notices'][0]['code'], 'interrupted')

	def test_one_that_was_killed_before_it_wrote_a_time_names_none(self):
		d = self.database([WEB], complete=0)
		d.c.execute('UPDATE run SET first = NULL, last = NULL')
		r = self.report(d, status=3)
		self.assertEqual(r['notices'][0]['text'], 'run 1 (audit) was interrupted before it had written down how far it got')


if __name__ == '__main__':
	main()
