#!/usr/bin/env python3
"""Pictures of the explorer's screens for README.md, from the program itself: it runs a script without a terminal, dumps the cells with their roles, and the
roles get the colours of the dark theme's table. Needs python3 only.

    doc/pictures.py KNOCKSCOPE SOURCE-FOLDER OUTPUT-FOLDER
"""
import os
import re
import subprocess
import sys
import tempfile
from xml.sax.saxutils import escape

SCREENS = [  # name, capture, options, steps before the dump
    ('tune', 'data/replica-1.pcap.gz', ['--preset', 'paper'], ['1']),
    ('curve', 'data/replica-1.pcap.gz', ['--preset', 'paper'], ['2']),
    ('rules', 'data/replica-1.pcap.gz', ['--preset', 'paper'], ['3']),
    ('rule', 'data/replica-1.pcap.gz', ['--preset', 'paper'], ['3', '<Enter>']),
    ('knocks', 'data/office.pcap.gz', [], ['4', '<Tab>', '<Down>']),
    ('packets', 'data/office.pcap.gz', [], ['4', '<Tab>', '<Enter>']),
    ('capture', 'data/office.pcap.gz', [], ['5', '<Tab>', '<Tab>', '<Tab>']),
    ('export', 'data/office.pcap.gz', [], ['4', 'e']),
    ('help', 'data/office.pcap.gz', [], ['?']),
    ('settings', 'data/office.pcap.gz', [], [':settings theme']),
]
W, H, CELL_W, CELL_H = 132, 36, 8.4, 17
FG, BG = '#d0d0d0', '#14161a'


def xterm(n):
    """The colour of a 256-colour palette's number (xterm's cube and grey ramp)."""
    base = ['#000000', '#cd3131', '#0dbc79', '#e5e510', '#2472c8', '#bc3fbc', '#11a8cd', '#e5e5e5',
            '#666666', '#f14c4c', '#23d18b', '#f5f543', '#3b8eea', '#d670d6', '#29b8db', '#ffffff']
    if n < 16:
        return base[n]
    if n >= 232:
        return '#%02x%02x%02x' % ((8 + 10 * (n - 232),) * 3)
    n -= 16
    return '#%02x%02x%02x' % tuple(0 if v == 0 else 55 + 40 * v for v in (n // 36, n // 6 % 6, n % 6))


def looks(source):
    """role -> (foreground, background, bold) of the dark theme, read from its table in the source."""
    text = open(os.path.join(source, 'src/tui/toolkit/theme.c'), encoding='utf-8').read()
    table = text[text.index(' dark[KS_ROLE_N]'):]
    table = table[:table.index('};')]
    out = {}
    for role, fg, bg, attributes in re.findall(r'\[KS_ROLE_(\w+)\] = P\((-?\d+), (-?\d+), -?\d+, -?\d+, ([^)]*)\)', table):
        out[role.lower().replace('_', '-')] = (xterm(int(fg)) if int(fg) >= 0 else FG, xterm(int(bg)) if int(bg) >= 0 else None,
                                               'BOLD' in attributes)
    return out


def dump(program, source, capture, options, steps, folder):
    script, out = os.path.join(folder, 'steps'), os.path.join(folder, 'cells')
    with open(script, 'w', encoding='utf-8') as f:
        f.write('\n'.join([':resize %dx%d' % (W, H)] + steps + [':dump-screen %s attributes' % out, '']))
    environment = dict(os.environ, LC_ALL='C.UTF-8', TZ='UTC')
    environment.pop('NO_COLOR', None)
    subprocess.run([program, '--no-settings', '--no-sandbox', '--script', script] + options + [capture], check=True, cwd=source, env=environment)
    lines = open(out, encoding='utf-8').read().split('\n')
    rows = [line.ljust(W) for line in lines[:H]]
    runs = [re.match(r'(\d+) (\d+)-(\d+) (\S+)(.*)', line) for line in lines[H:] if line and not line.startswith('cursor')]
    return rows, [(int(m[1]), int(m[2]), int(m[3]), m[4], m[5].split()) for m in runs if m]


def svg(rows, runs, look):
    style = [[('text', ())] * W for _ in range(H)]
    for y, a, b, role, attributes in runs:
        for x in range(a, min(b, W - 1) + 1):
            style[y][x] = (role, tuple(attributes))
    out = ['<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %g %g" font-family="DejaVu Sans Mono, Menlo, Consolas, monospace" font-size="14">'
           % (W * CELL_W + 16, H * CELL_H + 16),
           '<rect width="100%%" height="100%%" rx="6" fill="%s"/>' % BG]
    for y in range(H):
        x = 0
        while x < W:
            end = x
            while end < W and style[y][end] == style[y][x]:
                end += 1
            role, attributes = style[y][x]
            fg, bg, bold = look.get(role, (FG, None, False))
            if 'reverse' in attributes:
                fg, bg = bg or BG, fg
            text, left = rows[y][x:end], 8 + x * CELL_W
            if bg:
                out.append('<rect x="%g" y="%g" width="%g" height="%g" fill="%s"/>' % (left, 8 + y * CELL_H, (end - x) * CELL_W, CELL_H, bg))
            stripped = text.strip(' ')
            if stripped:
                at = left + (len(text) - len(text.lstrip(' '))) * CELL_W
                weight = ' font-weight="bold"' if bold or 'bold' in attributes else ''
                under = ' text-decoration="underline"' if 'underline' in attributes else ''
                out.append('<text x="%g" y="%g" textLength="%g" lengthAdjust="spacingAndGlyphs" xml:space="preserve" fill="%s"%s%s>%s</text>'
                           % (at, 8 + y * CELL_H + 13, len(stripped) * CELL_W, fg, weight, under, escape(stripped)))
            x = end
    out.append('</svg>')
    return '\n'.join(out) + '\n'


def main():
    program, source, target = (os.path.abspath(p) for p in sys.argv[1:4])
    look = looks(source)
    os.makedirs(target, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        for name, capture, options, steps in SCREENS:
            rows, runs = dump(program, source, capture, options, steps, folder)
            with open(os.path.join(target, name + '.svg'), 'w', encoding='utf-8') as f:
                f.write(svg(rows, runs, look))


main()
