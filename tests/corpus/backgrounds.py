"""Networks of several characters, without any knock. Each takes a seeded generator and about how many packets are wanted."""

import random

from traffic import SECOND, World

TOP = (21, 22, 23, 25, 53, 80, 81, 110, 111, 135, 139, 143, 443, 445, 465, 587, 993, 995, 1433, 1521, 1723, 2049, 3306, 3389, 5060,
       5432, 5900, 6379, 8000, 8080, 8081, 8443, 8888, 9200, 11211, 27017)
MAIL = (993, 143, 995, 110, 587, 465, 25)
DIRECTORY = (88, 135, 389, 445, 464, 3268)
LISTS = ((22, 2222, 22222, 2022), (80, 8080, 8000, 8888, 81), (5900, 5901, 5800), (3389, 3388, 3390, 33389), (1433, 3306, 5432, 1521),
         (9200, 27017, 6379, 11211), (23, 2323, 5555, 37215, 60023), (8545, 8546, 30303), (102, 502, 20000, 44818, 47808))


def people(w, count, net, system=None):
    return [w.host("%s.%d" % (net, 20 + i), True, system) for i in range(count)]


def lookup_and_visit(w, clients, names, sites):
    def act(t):
        a, site = w.rng.choice(clients), w.rng.choice(sites)
        t = w.dns(t, a, names) + 3000
        for _ in range(w.rng.choice((1, 1, 2, 4))):
            w.conn(t, a, site, w.rng.choice((443, 443, 443, 80)), 1, w.rng.choice((1, 2, 6, 14)), 1400, w.rng.choice((1, 1, 3)))
            t += w.rng.randrange(100, 90000)
    return act


def some_sites(w, count):
    sites = [w.stranger() for _ in range(count)]
    for site in sites:
        w.serve(site, 80, 443)
    return sites


def enterprise(rng, budget):
    w = World(rng, rng.choice((1800, 3600, 7200, 14400)))
    site, room = rng.randrange(256), rng.randrange(1, 250)
    net, other = "10.%d.%d" % (site, room), "10.%d.%d" % (site, room + 1)
    clients = people(w, rng.randrange(15, 60), net, "windows") + [w.host("%s.%d" % (net, 200 + i), True, "linux") for i in range(6)]
    dc, files, mail, web, base, proxy, watch = (w.host("%s.%d" % (net, 2 + i), True, "linux") for i in range(7))
    printers = [w.host("%s.%d" % (net, 240 + i), True, "linux") for i in range(4)]
    w.serve(dc, 53, 88, 135, 389, 445, 3268, 49664, 49667)
    w.serve(files, 445, 22, 2049, 111, 21)
    w.serve(mail, 25, 143, 993, 587, 443)
    w.serve(web, 22, 80, 443, 8443)
    w.serve(base, 22, 5432, 3306)
    w.serve(proxy, 22, 3128)
    w.serve(watch, 22, 443)
    w.serve(printers[0], 9100, 631)
    w.serve(printers[1], 515)
    gone, helper = w.host(other + ".9", True), w.stranger()
    w.serve(helper, rng.choice((443, 80)))
    sites, pick = some_sites(w, 40), rng.choice
    servers = (dc, files, mail, web, base, proxy)
    bad_list = rng.sample((8443, 9443, 8080, 443, 7443, 10050, 5666, 8140, 4505, 4506), 3)
    agents = rng.sample(clients, 3)

    def logon(t):
        a = pick(clients)
        w.ask(t, a, a.ephemeral(), dc, 389, 120, 160)
        for dp in DIRECTORY:
            t = w.reach(t + w.rng.randrange(500, 20000), a, dc, dp, turns=1)
        w.conn(t, a, dc, 49664, turns=2)

    def share(t):
        a = pick(clients)
        if w.rng.random() < 0.4:  # both at once: the dual SYN of SMB clients
            w.refused(t + 40, a, files, 139)
        w.conn(t, a, files, 445, 1, w.rng.choice((1, 5, 20)), 1400, w.rng.randrange(1, 6))

    def post(t):
        w.fallback(t, pick(clients), mail, pick((MAIL, (587, 25), (995, 110, 993), (465, 587))))

    def printing(t):
        a, p = pick(clients), pick(printers)
        w.fallback(t, a, p, (9100, 515, 631), pick(("rst", "drop")), 0.3)
        w.ask(t, a, a.ephemeral(), p, 161, 60, 90 if p is not printers[3] else 0)

    def ftp(t):
        a = pick(clients)
        w.conn(t, a, files, 21, turns=4)
        for _ in range(w.rng.randrange(1, 4)):  # passive data ports answer once
            t += w.rng.randrange(300000, 2000000)
            w.conn(t, a, files, w.rng.randrange(30000, 50000), 1, 6)

    def restart(t):  # a service that is down for a while, then answers again
        a, (b, dp) = pick(clients), pick(((web, 8443), (base, 5432), (proxy, 3128), (web, 443)))
        for _ in range(w.rng.randrange(2, 7)):
            w.refused(t, a, b, dp)
            t += w.rng.randrange(1, 20) * SECOND
        w.conn(t, a, b, dp, turns=2)

    def reboot(t):  # all services of a machine are away for a while; who uses it tries again and again
        b, a, wrong = pick((web, base, mail)), pick(clients), pick(("rst", "drop"))
        for _ in range(w.rng.randrange(3, 7)):
            for i, dp in enumerate(sorted(w.services[b.name])):
                at = t + i * w.rng.randrange(20000, 400000)
                w.refused(at, a, b, dp) if wrong == "rst" else w.silent(at, a, b, dp, 1)
            t += w.rng.randrange(8, 40) * SECOND
        for dp in sorted(w.services[b.name]):
            w.conn(t, a, b, dp)
            t += SECOND

    def voip(t):
        a, b = w.rng.sample(clients, 2)
        w.stream(t, a, w.rng.randrange(16384, 32767), b, w.rng.randrange(16384, 32767), w.rng.randrange(40, 160))

    def stale_agent(t):  # an agent whose server is gone: a fixed list in a fixed order, again and again
        w.fallback(t, pick(agents), gone, bad_list, "drop", 1.0, 1)

    def remote_help(t):  # tries its own port, then those that every firewall lets through
        w.fallback(t, pick(clients), helper, (5938, 443, 80), "drop", 0.1, 1)

    def wrong_port(t):
        w.reach(t, pick(clients), pick(servers), pick(TOP + (113, 5985, 8009, 1080)))

    def check(t):
        for i, b in enumerate(servers):
            for j, dp in enumerate(checks[b.name]):
                w.reach(t + (i * 7 + j) * 21000, watch, b, dp)
        w.ping(t, watch, servers[0], 1)

    checks = {b.name: sorted(w.services[b.name])[:3] + ([rng.choice((5666, 10050, 9100))] if rng.random() < 0.5 else []) for b in servers}
    period = max(60, w.span / SECOND * len(servers) * 36 / (0.25 * budget))
    w.every(period, check)
    w.every(max(64, w.span / SECOND / 40), lambda t: [w.ask(t + i * 900, a, 123, sites[0], 123) for i, a in enumerate(clients[:12])])
    w.every(max(30, w.span / SECOND / 60), lambda t: w.ask(t, pick(clients), 138, dc, 138, 201, 0))
    if rng.random() < 0.6:
        inspector = w.host(net + ".250", True, "linux")
        ports = list(TOP)
        for b in servers:
            rng.shuffle(ports)
            w.vertical(w.at(0.1, 0.8), inspector, b, ports, rng.choice((0.01, 0.1)))
    w.mix([(lookup_and_visit(w, clients, dc, sites), 40), (logon, 6), (share, 10), (post, 8), (printing, 4), (ftp, 1), (restart, 1),
           (lambda t: w.trace(t, watch, pick(sites)), 1), (remote_help, 1), (reboot, 1 if budget > 30000 else 0), (voip, 1), (stale_agent, 1), (wrong_port, 3), (lambda t: w.conn(t, pick(clients), web, 22, turns=20, think=400000), 2),
           (lambda t: w.conn(t, pick(clients), base, 5432, turns=6), 5)], int(budget * 0.6))
    w.mix([(lambda t: w.bulk(t, pick(clients), pick((files,)), 445, 400), 3), (lambda t: w.bulk(t, pick(clients), pick(sites), 443, 600), 4)],
          budget)
    return w


def industrial(rng, budget):
    w = World(rng, rng.choice((1800, 3600, 7200)))
    net = "192.168.%d" % rng.randrange(256)
    hmi, historian, work, gateway = (w.host("%s.%d" % (net, 10 + i), True, s) for i, s in enumerate(("windows", "windows", "windows", "linux")))
    plcs = [w.host("%s.%d" % (net, 50 + i), True, "linux") for i in range(rng.randrange(3, 9))]
    for plc in plcs:
        w.serve(plc, *rng.choice(((502, 80), (102,), (44818, 80), (4840, 22))))
    w.serve(historian, 1433, 135, 445, 4840)
    w.serve(hmi, 3389, 445)
    w.serve(gateway, 22, 443)
    down, pick = plcs[-1], rng.choice
    period = max(0.5, w.span / SECOND * len(plcs) * 10 / (0.7 * budget))

    def poll(t):
        for i, plc in enumerate(plcs[:-1]):
            w.conn(t + i * 3000, hmi, plc, min(w.services[plc.name]), 1, 1, 60, 1, 2000)

    def lost(t):  # the HMI's driver tries every protocol of a controller that is switched off
        for i, dp in enumerate((502, 102, 44818)):
            w.silent(t + i * 3 * SECOND, hmi, down, dp, 2)

    w.every(period, poll)
    w.every(max(20, w.span / SECOND / 80), lost, 0.02)
    w.every(60, lambda t: [w.ask(t, historian, 123, gateway, 123), w.ping(t, gateway, pick(plcs), 1)])
    w.every(30, lambda t: w.wire.udp(t, gateway, 5353, w.host("224.0.0.251"), 5353, 60))
    if rng.random() < 0.7:
        ports = list(range(1, rng.choice((100, 1000))))
        if rng.random() < 0.5:
            rng.shuffle(ports)
        for b in plcs[:rng.randrange(1, 4)]:
            w.vertical(w.at(0.1, 0.7), work, b, ports[:max(20, budget // 60)], rng.choice((0.004, 0.05)))
    if rng.random() < 0.5:
        guesses = min(400, budget // 60)
        t = w.at(0.1, 0.5)
        for _ in range(guesses):
            t = w.conn(t, work, gateway, 22, 2, 2, 300, 2, 200000) + 500000
    w.mix([(lambda t: w.conn(t, historian, pick(plcs[:-1]), 4840, turns=3), 1), (lambda t: w.conn(t, hmi, historian, 1433, turns=4), 6),
           (lambda t: w.reach(t, work, pick(plcs), pick((22, 23, 80, 443, 502))), 2), (lambda t: w.conn(t, work, gateway, 443, turns=3), 3),
           (lambda t: w.bulk(t, work, historian, 445, 300), 2)], budget)
    return w


def internet(w, ours, share, budget):
    """What the Internet sends to any address: scanners with and without lists, worms, backscatter. `share` of the budget."""
    rng, pick = w.rng, w.rng.choice
    bots = [w.stranger() for _ in range(60)]
    listers = [(w.stranger("linux"), pick(LISTS) if i & 1 else tuple(rng.sample(TOP, rng.randrange(3, 12))), rng.random() < 0.5)
               for i in range(24)]

    def lister(t):  # its own list, at a run of neighbours; some keep the order, others shuffle it
        a, ports, fixed = pick(listers)
        at = rng.randrange(len(ours))
        for b in ours[at:at + rng.choice((1, 4, 12))]:
            order = list(ports)
            if not fixed:
                rng.shuffle(order)
            for dp in order:
                w.probe(t, a, b, dp, None, "drop" if b.asum & 3 else "rst")
                t += int(rng.expovariate(2.0) * SECOND) + 1000

    def worm(t):
        a = pick(bots)
        for b in rng.sample(ours, min(len(ours), rng.randrange(1, 20))):
            w.probe(t, a, b, pick((445, 23, 2323, 22, 5555, 7547)), None, "drop" if b.asum & 3 else "rst", "windows")
            t += rng.randrange(500, 300000)

    def sweeper(t):  # one port of its own, over many addresses
        w.horizontal(t, pick(bots), rng.sample(ours, min(len(ours), 30)), (rng.randrange(1, 65536),), 0.05, "drop")

    def stray(t):
        w.probe(t, w.stranger(), pick(ours), rng.randrange(1, 65536), None, "drop")

    w.mix([(lister, 4), (worm, 5), (sweeper, 2), (stray, 8), (lambda t: w.backscatter(t, pick(bots), pick(ours)), 12),
           (lambda t: w.stale_udp(t, pick(bots), rng.randrange(1024, 65536), pick(ours), pick((53, 123, 161, 1900, 5060, 11211)), 40), 6)],
          len(w.wire) + int(budget * share))


def uplink(rng, budget):
    w = World(rng, rng.choice((900, 1800, 3600)))
    net = "%d.%d" % (rng.choice((131, 141, 152, 193)), rng.randrange(1, 250))
    ours = [w.host("%s.%d.%d" % (net, rng.randrange(8), i), True) for i in range(2, 2 + min(250, 60 + budget // 1500))]
    servers, names, pick = ours[:20], ours[20], rng.choice
    for b in servers:
        w.serve(b, *rng.sample((22, 25, 80, 443, 993, 8080, 53), 3))
    sites = some_sites(w, 150)
    visitors = [w.stranger() for _ in range(200)]

    def visitor(t):
        b = pick(servers)
        w.reach(t, pick(visitors) if rng.random() < 0.7 else w.stranger(), b, pick((22, 25, 80, 443, 993)), "drop",
                down=pick((1, 3, 8)), turns=pick((1, 2)))

    def guesser(t):
        a, b = pick(visitors), pick(servers)
        for _ in range(rng.randrange(3, 25)):
            t = w.reach(t, a, b, 22, "drop", turns=2) + rng.randrange(100000, 3000000)

    internet(w, ours, 0.12, budget)
    w.mix([(lookup_and_visit(w, ours, names, sites), 20), (visitor, 12), (guesser, 1), (lambda t: w.trace(t, pick(servers), pick(sites)), 1),
           (lambda t: w.fallback(t, pick(ours), pick(sites), (443, 80)), 2)], int(budget * 0.6))
    w.mix([(lambda t: w.bulk(t, pick(ours), pick(sites), 443, 500), 4), (lambda t: w.bulk(t, pick(visitors), pick(servers), 443, 300), 2),
           (lambda t: w.stream(t, pick(ours), rng.randrange(1024, 65536), pick(sites), 443, 200, 4000, 1200), 1)], budget)
    return w


def swarm(w, a, budget):
    """One peer-to-peer client: live peers, and stale ones that are asked again and again."""
    rng, pick = w.rng, w.rng.choice
    port = rng.randrange(20000, 60000)
    live = [(w.stranger(), rng.randrange(1024, 65536)) for _ in range(30)]
    stale = [(w.stranger(), rng.randrange(1024, 65536)) for _ in range(120)]
    for b, dp in live:
        w.serve(b, dp)

    def asked(t):
        b, dp = pick(stale)
        w.stale_udp(t, a, port, b, dp, pick((20, 30, 103)), rng.random() < 0.2)
        if rng.random() < 0.5:
            w.silent(t + 3000, a, b, dp, pick((0, 1, 3, 7)))

    def moved(t):  # a peer behind NAT whose port changes: several closed ports at one host
        b, _ = pick(stale)
        for dp in rng.sample(range(1024, 65536), rng.randrange(1, 4)):
            w.silent(t, a, b, dp, 1)
            t += rng.randrange(1, 40) * SECOND

    def incoming(t):
        b = w.stranger()
        w.wire.udp(t, b, rng.randrange(1024, 65536), a, port, 103)
        if rng.random() < 0.6:
            w.wire.udp(t + 40000, a, port, b, rng.randrange(1024, 65536), 300)

    w.mix([(asked, 10), (moved, 1), (incoming, 8), (lambda t: w.refused(t, a, *pick(stale)), 2),
           (lambda t: w.conn(t, a, *pick(live), turns=3), 4)], len(w.wire) + budget // 3)
    w.mix([(lambda t: w.bulk(t, a, *pick(live), 400), 2),
           (lambda t: w.stream(t, a, port, *pick(live), 300, 3000, 1300), 2)], len(w.wire) + 2 * budget // 3)


def home(rng, budget):
    w = World(rng, rng.choice((3600, 7200, 14400)))
    net = "192.168.%d" % rng.choice((0, 1, 178))
    router = w.host(net + ".1", True, "linux")
    devices = people(w, rng.randrange(4, 12), net)
    store, pick = w.host(net + ".5", True, "linux"), rng.choice
    w.serve(router, 53, 80, 443)
    w.serve(store, 22, 80, 139, 445, 5000, 8096)
    sites = some_sites(w, 60)
    group, group_dns = w.host("239.255.255.250"), w.host("224.0.0.251")
    w.inside.remove(group)
    w.inside.remove(group_dns)
    w.every(60, lambda t: [w.wire.udp(t + i * 100000, pick(devices), 50000 + i, group, 1900, 130) for i in range(3)], 0.1)
    w.every(45, lambda t: w.wire.udp(t, pick(devices), 5353, group_dns, 5353, 90), 0.5)
    if rng.random() < 0.7:
        swarm(w, pick(devices), budget // 3)

    def share(t):
        a = pick(devices)
        w.conn(t, a, store, 445, turns=4)
        if rng.random() < 0.5:
            w.refused(t + 50, a, store, pick((548, 5357, 2869)))

    def game(t):
        a, b = pick(devices), pick(sites)
        if rng.random() < 0.4:  # looks through a machine's game servers
            for dp in range(27015, 27015 + rng.randrange(2, 7)):
                w.ask(t, a, 27005, b, dp, 25, pick((0, 0, 200)))
                t += 30000
        for dp in (3478, 3479, 19302):
            w.ask(t, a, a.ephemeral(), b, dp, 28, pick((60, 0)))
            t += 50000
        w.stream(t, a, a.ephemeral(), b, rng.randrange(27000, 27100), 150)

    w.mix([(lookup_and_visit(w, devices, router, sites), 30), (share, 4), (game, 1), (lambda t: w.trace(t, pick(devices), pick(sites)), 1),
           (lambda t: w.ask(t, pick(devices), 5351, router, 5351, 12, 0), 1), (lambda t: w.refused(t, pick(devices), router, 49152), 1),
           (lambda t: w.fallback(t, pick(devices), store, (8009, 8008, 8096)), 1),
           (lambda t: w.conn(t, pick(devices), pick(sites), 993, turns=2) if rng.random() < 0.1 else
            w.silent(t, pick(devices), pick(sites), pick((993, 5228, 4244)), 3), 2)], max(len(w.wire), int(budget * 0.6)))
    w.mix([(lambda t: w.bulk(t, pick(devices), pick(sites), 443, 600), 3),
           (lambda t: w.stream(t, pick(devices), rng.randrange(50000, 60000), pick(sites), 443, 300, 3000, 1250), 2)], budget)
    return w


def scans(rng, budget):
    """Scanned from everywhere: ascending, shuffled, slow, over many hosts, and lists that come back."""
    w = World(rng, rng.choice((1800, 3600, 7200)))
    net = "203.0.%d" % rng.randrange(256)
    ours = people(w, 30, net)
    pick = rng.choice
    for b in ours[:12]:
        w.serve(b, *rng.sample((22, 25, 80, 443, 993, 3306), 2))
    sites = some_sites(w, 30)
    for _ in range(rng.randrange(2, 5)):
        ports = list(range(1, 1025)) if rng.random() < 0.5 else rng.sample(range(1, 65536), 1000)
        if rng.random() < 0.5:
            rng.shuffle(ports)
        a = w.stranger("linux") if rng.random() < 0.7 else pick(ours)
        w.vertical(w.at(0, 0.6), a, pick(ours), ports[:budget // 40], pick((0.002, 0.05, 0.3)), pick(("rst", "drop")))
    slow, b = w.stranger("linux"), pick(ours)
    w.every(max(10, w.span / SECOND / 150), lambda t: w.probe(t, slow, b, rng.randrange(1, 65536), None, "drop"), 0.5)
    again = [(w.stranger("linux"), pick(ours), rng.sample(TOP, rng.randrange(4, 20))) for _ in range(6)]
    for a, b, ports in again:  # the same source comes back with the same list, shuffled anew
        for _ in range(rng.randrange(2, 8)):
            rng.shuffle(ports)
            w.vertical(w.at(), a, b, ports, pick((0.05, 1.0)), "rst")
    for _ in range(4):
        w.horizontal(w.at(0, 0.8), w.stranger("linux"), ours, rng.sample(TOP, 3), 0.01, pick(("rst", "drop")))
    internet(w, ours, 0.25, budget)
    w.mix([(lookup_and_visit(w, ours, ours[0], sites), 10), (lambda t: w.reach(t, w.stranger(), pick(ours[:12]), pick((22, 80, 443))), 8)],
          max(len(w.wire), int(budget * 0.7)))
    w.mix([(lambda t: w.bulk(t, pick(ours), pick(sites), 443, 500), 1)], budget)
    return w


def p2p(rng, budget):
    w = World(rng, rng.choice((600, 1800, 3600)))
    clients = people(w, rng.randrange(1, 4), "10.0.%d" % rng.randrange(256))
    sites = some_sites(w, 10)
    names = w.stranger()
    for a in clients:
        swarm(w, a, int(budget * 0.9 / len(clients)))
    w.mix([(lookup_and_visit(w, clients, names, sites), 1)], budget)
    return w


def link(rng, budget):
    """Two hosts that talk all the time, over many services."""
    w = World(rng, rng.choice((600, 1800, 3600)))
    a, b = w.host("172.16.%d.10" % rng.randrange(256), True, "linux"), w.host("172.16.8.20", True, "linux")
    w.serve(b, 22, 80, 443, 111, 2049, 5432, 6379, 8080, 8081, 8443, 9090, 9200, 50051)
    w.serve(a, 22, 9100)
    pick = rng.choice
    ports = sorted(w.services[b.name])

    def deploy(t):  # a service restarts: refused for a while, then open
        dp = pick((8080, 8081, 9090, 50051))
        for _ in range(rng.randrange(2, 9)):
            w.refused(t, a, b, dp)
            t += SECOND
        w.conn(t, a, b, dp)

    def data_port(t):  # a port that is agreed on over another connection
        w.conn(t, a, b, 111, turns=2)
        w.conn(t + 50000, a, b, rng.randrange(32768, 61000), turns=3)

    w.every(10, lambda t: [w.reach(t + i * 2000, a, b, dp) for i, dp in enumerate((80, 443, 8080, 9091))])
    w.every(15, lambda t: w.conn(t, b, a, 9100, 1, 3))
    w.every(30, lambda t: w.ask(t, a, 514, b, 514, 180, 0))
    w.mix([(lambda t: w.conn(t, a, b, pick(ports), turns=pick((1, 2, 5))), 60), (deploy, 1), (data_port, 2),
           (lambda t: w.refused(t, a, b, pick((113, 8082, 4317, 14268))), 2), (lambda t: w.dns(t, a, b), 6),
           (lambda t: w.conn(t, b, a, 22, turns=3), 1)], int(budget * 0.6))
    w.mix([(lambda t: w.bulk(t, a, b, pick((2049, 5432)), 500), 1)], budget)
    return w


def pair(rng, budget):
    """Two hosts that talk twice a second: services, a range of passive ports that open all day, the same attempts in vain."""
    w = World(rng, max(300, budget / 18))
    a, b = w.host("10.9.%d.1" % rng.randrange(256), True, "linux"), w.host("10.9.0.2", True, "linux")
    w.serve(b, 22, 80, 443, 8080)
    w.serve(a, 5432, 873)
    w.tried[b.name] = set(range(49152, 49300))  # the passive ports: no knock is planted among them
    pick = rng.choice

    def datagram(t):
        w.ask(t, a, a.ephemeral(), b, pick((53, 514, 161)), 80, pick((0, 90)))

    w.mix([(lambda t: w.conn(t, a, b, pick((80, 8080, 443)), turns=2), 50), (lambda t: w.conn(t, b, a, 5432, turns=2), 20),
           (lambda t: w.conn(t, a, b, rng.randrange(49152, 49300), turns=3), 10), (datagram, 8), (lambda t: w.conn(t, a, b, 22, turns=4), 5),
           (lambda t: w.refused(t, a, b, pick((9200, 6379, 11211))), 3), (lambda t: w.refused(t, a, b, rng.randrange(1024, 65535)), 1),
           (lambda t: w.conn(t, b, a, 873, turns=4), 3)], budget)
    return w


def scanned(rng, budget):
    """Four servers under big port scans, scanners with lists and one that guesses passwords, and not much else."""
    w = World(rng, 3600)
    ours = [w.host("203.0.113.%d" % i, True, "linux") for i in (10, 11, 12, 20)]
    visitors, pick = [w.stranger() for _ in range(120)], rng.choice
    for b in ours:
        w.serve(b, 22, 80, 443)
    lists = (21, 22, 23, 25, 80, 110, 143, 443, 445, 1433, 3306, 3389, 5432, 5900, 6379, 8080, 8443, 9200, 11211, 27017)

    def lister(t):
        a, ports, sp = w.stranger("linux"), rng.sample(lists, rng.randrange(1, 6)), rng.randrange(32768, 61000)
        for b in rng.sample(ours, rng.randrange(1, 5)):
            for dp in ports:
                w.probe(t, a, b, dp, sp, "rst" if b is not ours[0] else "drop")
                t += int(rng.uniform(0, 0.8) * SECOND)

    size = max(60, budget // 40)
    for _ in range(26):
        most = pick((100, 200, 500, 1000)) * size // 1000
        ports = list(range(1, most + 1)) if rng.random() < 0.4 else rng.sample(range(1, 65536 if rng.random() < 0.3 else 10000), most)
        w.vertical(w.at(0, 0.8), w.stranger("linux"), pick(ours), ports, pick((0.002, 0.02, 0.1, 0.5)), pick(("rst", "drop")))
    t, guesser = w.start + SECOND, w.stranger("linux")
    while t < w.start + w.span * 0.8 and len(w.wire) < budget * 0.7:
        w.conn(t, guesser, ours[1], 22, turns=2)
        t += int(max(rng.uniform(1, 5), 0.8 * w.span / SECOND * 14 / (0.15 * budget)) * SECOND)
    w.mix([(lambda t: w.conn(t, pick(visitors), pick(ours), pick((80, 443, 443, 22)), 1, 3, 1200, 2), 9), (lister, 4)], budget)
    return w


def lab(rng, budget):
    """A laboratory: two hosts, some pings, now and then a third one; hardly a hundred packets, whatever is asked for."""
    w = World(rng, rng.choice((1200, 5000)))
    a, b = w.host("10.200.1.1", True, "linux"), w.host("10.200.1.2", True, "linux")
    w.serve(b, 80)
    w.every(rng.choice((40, 120)), lambda t: w.ping(t, a, b, 1), 0.5)
    if rng.random() < 0.5:
        w.every(900, lambda t: w.conn(t, w.host("10.200.1.9", True, "linux"), b, 80), 0.5)
    return w


ALL = {f.__name__: f for f in (enterprise, industrial, uplink, home, scans, p2p, link, pair, scanned, lab)}


def make(name, seed, budget):
    """The background of this name; the same for the same seed and size."""
    rng = random.Random("%s %s %d" % (name, seed, budget))
    w = ALL[name](rng, budget)
    w.name = name
    stop = w.start + w.span
    w.wire.records = [item for item in w.wire.records if item[0] < stop]
    w.busiest = [pair for pair, _ in sorted(w.volume.items(), key=lambda item: (-item[1], item[0]))]
    return w
