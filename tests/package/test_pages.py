#!/usr/bin/env python3
"""Manual pages and completions say what --help says, and are understood by man and the shells."""
import os
import re
import shutil
import subprocess
import unittest

RULEGAP, DESCRIBED = os.environ['RULEGAP'], os.environ['DESCRIBED']


def out_of(*argv, **kw):
    return subprocess.run(argv, capture_output=True, text=True, check=False, **kw)


def commands():
    text = out_of(RULEGAP, '--help').stdout.split('Commands:\n')[1]
    return [line.split()[0] for line in text.split('\n\n')[0].split('\n')]


def options(command):
    """{long: (letter, argument)} as --help says"""
    found = re.findall(r'^  (?:-(\w), |    )--([\w-]+)(?: (\S+))?', out_of(RULEGAP, command, '--help').stdout, flags=re.M)
    return {name: (letter, argument) for letter, name, argument in found}


def page(name):
    with open('%s/%s' % (DESCRIBED, name), encoding='utf-8') as f:
        return f.read()


def complete(*words):
    """what bash offers behind these words, of which the last is being typed"""
    script = 'source "$0"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _rulegap 2>/dev/null; printf "%s\\n" "${COMPREPLY[@]}"'
    done = out_of('bash', '--norc', '-c', script, DESCRIBED + '/completion.bash', 'rulegap', *words)
    return done.stdout.split()


class Pages(unittest.TestCase):
    def test_each_command_has_a_page_and_its_line_in_the_programs(self):
        for c in commands():
            self.assertIn('.BR rulegap\\-%s (1)' % c, page('rulegap.1'))
            self.assertTrue(page('rulegap-%s.1' % c).split('\n')[1].startswith('.TH RULEGAP\\-%s 1' % c.upper()))

    def test_each_option_is_on_its_page(self):
        for c in commands():
            text = page('rulegap-%s.1' % c).replace('\\-', '-')
            for name, (letter, argument) in options(c).items():
                self.assertIn('\\fB--%s\\fR' % name, text)
                if letter:
                    self.assertIn('\\fB-%s\\fR, \\fB--%s\\fR' % (letter, name), text)
                if argument:
                    self.assertIn('\\fB--%s\\fR \\fI%s\\fR' % (name, argument), text)

    @unittest.skipUnless(shutil.which('groff'), 'no groff')
    def test_groff_understands_every_page_without_a_warning(self):
        for name in ['rulegap.1'] + ['rulegap-%s.1' % c for c in commands()]:
            done = out_of('groff', '-man', '-Tutf8', '-k', '-ww', '-z', '%s/%s' % (DESCRIBED, name))
            self.assertEqual((done.returncode, done.stderr), (0, ''), name)

    @unittest.skipUnless(shutil.which('groff'), 'no groff')
    def test_what_is_shown_is_what_was_meant(self):
        text = out_of('groff', '-man', '-Tutf8', '-k', '-P-cbou', DESCRIBED + '/rulegap-audit.1').stdout
        self.assertIn('rulegap audit -e LIST', text)
        self.assertIn('--exit-code', text)
        self.assertNotIn('\\', text)


class Bash(unittest.TestCase):
    def test_the_shell_understands_the_script(self):
        self.assertEqual(out_of('bash', '-n', DESCRIBED + '/completion.bash').stderr, '')

    def test_commands_and_options_are_offered(self):
        self.assertLessEqual(set(commands()), set(complete('')))
        self.assertEqual(complete('inc'), ['incidents'])
        for c in commands():
            offered = complete(c, '--')
            self.assertEqual(sorted(offered), sorted('--' + o for o in options(c)), c)

    def test_values_are_offered_where_they_are_known(self):
        self.assertIn('json', complete('audit', '-f', ''))
        self.assertEqual(complete('audit', '--format', 'mark'), ['markdown'])
        self.assertIn('remotespark-2.0.33', complete('audit', '-e', 'remote'))
        self.assertIn('tls-hello-reset', complete('incidents', '--signature', 'tls'))
        self.assertIn('nftables', complete('rules', '--for', 'nf'))
        self.assertEqual(complete('endpoints', 'res'), ['resolve'])
        self.assertIn('lo', complete('monitor', '-i', ''))
        self.assertEqual(complete('audit', '--duration', ''), complete('audit', ''))

    def test_files_with_spaces_are_one_word(self):
        here = os.getcwd()
        folder = out_of('mktemp', '-d').stdout.strip()
        try:
            os.chdir(folder)
            with open('a capture.pcap', 'w', encoding='ascii'):
                pass
            script = 'source "$0"; COMP_WORDS=(rulegap audit -r a); COMP_CWORD=3; _rulegap 2>/dev/null; echo "${#COMPREPLY[@]} ${COMPREPLY[0]}"'
            self.assertEqual(out_of('bash', '--norc', '-c', script, DESCRIBED + '/completion.bash').stdout, '1 a capture.pcap\n')
        finally:
            os.chdir(here)
            shutil.rmtree(folder)


@unittest.skipUnless(shutil.which('zsh'), 'no zsh')
class Zsh(unittest.TestCase):
    def test_the_shell_understands_the_script(self):
        self.assertEqual(out_of('zsh', '-n', DESCRIBED + '/completion.zsh').stderr, '')


class ZshText(unittest.TestCase):
    def test_each_option_of_each_command_is_in_its_part(self):
        text = page('completion.zsh')
        for c in commands():
            part = re.search(r'^\t%s\)\n(.*?)^\t\t;;' % c, text, flags=re.S | re.M).group(1)
            for name in options(c):
                self.assertRegex(part, r'--%s[=\'\[,}]' % re.escape(name), c)


if __name__ == '__main__':
    unittest.main()
