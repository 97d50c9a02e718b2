"""Captures sent again in their own time give the verdicts that they give offline."""
import os
import signal
import unittest

import wire
from traffic import read_pcap

CAPTURES = ['syn-drop', 'syn-reset', 'icmp-prohibited', 'hello-drop', 'hello-close', 'tcp-reset', 'dns-filter', 'quic-timeout',
            'stun-timeout', 'race-cancelled', 'retry-helps', 'cut-in-retries', 'wrap-vxlan', 'ipv6-closed']


def player_of(frames, monitor):
	"""Sends, and ends the monitor at once, whatever else there is to do: watching on for seconds shows more silence than the capture"""
	def play(sender):
		sender.play(frames)
		monitor.signal(signal.SIGTERM)
	return play


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
			running.append((name, capture, lists, m, frames, w.run(player_of(frames, m))))
		self.assertGreaterEqual(len(running), 6)
		wrong = {}
		for name, capture, lists, m, frames, player in running:
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
