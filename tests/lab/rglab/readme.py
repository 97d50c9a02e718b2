"""pcaps/README.md: what every capture holds and how it was made."""
import json
import os


def write(folder):
    rows = []
    for name in sorted(os.listdir(folder)):
        path = os.path.join(folder, name, 'truth.json')
        if os.path.exists(path):
            with open(path, encoding='utf-8') as f:
                t = json.load(f)
            size = sum(os.path.getsize(os.path.join(folder, name, c)) for c in t['captures'])
            rows.append('| `%s` | %s | %s. %s | %d | %d |'
                    % (name, t['kind'], t['title'], t['done'].replace('|', '\\|'), t['packets'], (size + 1023) // 1024))
    text = ['# Captures with known truth', '',
            'Made by `tests/lab/run`: real clients, servers and a firewall (nftables, and a user-space wire for what nftables cannot do) in network',
            'namespaces, captured by tcpdump at the client\'s side of the firewall. Each folder holds the capture, the endpoint list and `truth.json`: what was',
            'done to the network and what follows from it by the contract. The scenario of the same name is `tests/lab/scenarios/NAME.toml`. All addresses are',
            'private or documentation addresses, all names end in `.test` or `.example` but those that RemoteSpark\'s vendor publishes.', '',
            '`tests/scenario/score.py rulegap pcaps` compares. This page is written by the lab.', '',
            '| capture | kind | what was done | packets | KiB |', '| --- | --- | --- | ---: | ---: |'] + rows
    with open(os.path.join(folder, 'README.md'), 'w', encoding='utf-8') as f:
        f.write('\n'.join(text) + '\n')
