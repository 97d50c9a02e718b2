"""Captures sent again in their own time give the verdicts that they give offline."""
import os
import shlex
import time
import unittest

import wire
from traffic import read_pcap

CAPTURES = ['syn-drop', 'syn-reset', 'icmp-prohibited', 'hello-drop', 'hello-close', 'tcp-reset', 'dns-filter', 'quic-timeout',
            'stun-timeout', 'race-cancelled', 'retry-helps', 'cut-in-retries', 'wrap-vxlan', 'ipv6-closed']


class Verdicts(wire.Case):
	def test_live_verdicts_are_those_of_the_capture_read_offline(self):
		folder = os.path.join(wire.SOURCE, 'pcaps')
		running = []
		for name in CAPTURES:
			capture, lists = os.path.join(folder, name, 'capture.pcap'), os.path.join(folder, name, 'list.yaml')
			if not os.path.exists(capture):
				continue
			w = self.wire()
			m = self.monitor(w, lists=[lists], database=name + '.db')
			frames = read_pcap(capture)
			running.append((name, capture, lists, m, frames, w.play(frames), time.monotonic()))
		self.assertGreaterEqual(len(running), 6)
		wrong = {}
		# each ends when its capture does, so that it has watched as long
		for name, capture, lists, m, frames, player, begun in sorted(running, key=lambda r: r[6] + r[4][-1][0]):
			player.finish()
			status, seconds = m.end()
			self.assertEqual(status, 0, m.said)
			live = wire.verdicts(['report', '-d', m.database])
			offline = wire.verdicts(['audit', '-q', '-e', lists, '-r', capture])
			for rule in offline:
				if live.get(rule) != offline[rule]:
					wrong['%s %s' % (name, rule)] = 'live %s, offline %s' % (live.get(rule), offline[rule])
			self.assertEqual(wire.rows(m.database, 'SELECT packets, dropped FROM run'), [(len(frames), 0)], name)
		self.assertEqual(wrong, {})


wire.main()
