"""A plan: how one knock is done, by whom, at which ports, how fast, and what opens. plant.py does it."""

from clients import ECHO

DOORS = (22, 22, 2222, 8022, 5002, 31337, 4444, 3389, 1234, 5900, 8443, 10022)
FAMOUS = ((200, 80, 22, 53, 3), (7000, 8000, 9000), (999, 888, 777, 666, 555), (123, 234, 345, 456), (888, 555, 222),
          (12345, 54321, 24680, 13579), (9000, 6000), (333, 777, 888), (1111, 2222, 3333, 4444), (6001, 7001, 8001))
GAPS = {"burst": (0.00005, 0.001), "quick": (0.005, 0.3), "human": (0.5, 5.0), "slow": (8.0, 60.0)}


PAIRS = ("link", "pair")  # networks of two hosts


def label(item):
    proto, port = item
    return str(port) if proto == "tcp" else "udp/%d" % port if proto == "udp" else "%s/%d" % (ECHO[proto], port)


def log_uniform(rng, low, high):
    return low * (high / low) ** rng.random()


class Plan:
    """How one knock is done. Fields that a style does not set are drawn."""

    def __init__(self, w, style):
        rng = w.rng
        self.w, self.style = w, style
        self.target = pick_target(w)
        self.source = pick_source(w, self.target)
        self.answer = rng.choice(("rst", "rst", "drop", "drop", "reject"))
        self.client = "knock"
        self.handshake = False   # the knock ports are served: full connections
        self.served = set()      # knock ports that are open services
        self.doubled = False
        self.sources = None      # None: `source` alone; else a function that gives each packet's source
        self.opener = None       # who uses the door; None: the source
        self.gap = log_uniform(rng, *GAPS[rng.choice(("burst", "burst", "quick", "quick", "quick", "human", "human", "slow"))])
        self.jitter = rng.choice((0.02, 0.3, 0.8))
        self.items = []
        self.door = "fixed" if rng.random() < 0.6 else rng.choice(("varying", "back", None))
        self.door_port = None
        self.delay = log_uniform(rng, 0.2, 3) if rng.random() < 0.7 else log_uniform(rng, 3, 30 if rng.random() < 0.7 else 150)
        self.named = False
        self.chaff = 0           # random attempts between two knocks, on average
        self.scan = False
        self.one_time = False
        self.roam = None         # gives each activation's source
        self.closing = False
        self.eager = False       # the door is tried too early as well
        self.patience = rng.choice((1.3, 2.4, 5.0))  # telnet: seconds until the user gives up
        self.manners = ()        # see manners.py
        self.exact = False       # the same gaps, source ports and sequence numbers each time
        self.interleaved = False  # ordinary connections of the knocker between the knocks
        self.probes = None       # "before", "after", "mid", "among", "decoy": a port scan, and where the knock stands to it
        self.scan_size = (0, 0)  # its ports, and the seconds from one to the next
        self.strewn = False      # random attempts of the knocker all over the capture
        self.stumbling = False   # a try that goes wrong comes first, most of the time
        self.polled = False      # the door is tried until it opens
        self.resent = False      # the SYN to the door is sent again until it opens
        self.tried = False       # the door is tried in vain shortly before each activation
        self.shut = False        # and, at times, after it
        self.shared = False      # the door serves others all day
        self.apart = None        # the closing knock where it is not the knock backwards
        self.regular = False     # activations at even distances
        self.truth = {"style": style, "activations": []}

    # ports -----------------------------------------------------------------------------------------------------------

    def taken(self, port):
        name = self.target.name
        return port in self.w.services.get(name, ()) or port in self.w.tried.get(name, ()) or ("tcp", port) in self.items or \
            ("udp", port) in self.items or port == self.door_port

    def free_port(self, low=1024, high=65535):
        for _ in range(2000):
            port = self.w.rng.randrange(low, high + 1)
            if not self.taken(port):
                return port
        return self.free_port()  # a scan has tried them all

    def draw_items(self, count, proto="tcp"):
        rng = self.w.rng
        low, high = rng.choice(((1024, 65535), (1024, 65535), (1024, 20000), (1, 1023), (20000, 32767)))
        ports = set()
        while len(ports) < count:
            ports.add(self.free_port(low, high))
        ports = sorted(ports)
        rng.shuffle(ports)
        if rng.random() < 0.1:
            ports.sort(reverse=rng.random() < 0.7)
        self.items = [(proto if proto != "mixed" else rng.choice(("tcp", "udp")), port) for port in ports]
        if proto == "mixed" and len({p for p, _ in self.items}) == 1:
            self.items[0] = ("udp" if self.items[0][0] == "tcp" else "tcp", self.items[0][1])

    def draw_sizes(self, count):
        """Echo requests of different sizes."""
        rng = self.w.rng
        proto = "icmp6" if self.target.v6 else "icmp"
        if rng.random() < 0.3:
            step = rng.choice((50, 100, 100, 111))
            sizes = [step * (i + 1) for i in range(count)]
        else:
            sizes = rng.sample(range(*rng.choice(((1, 300), (57, 1200), (100, 1000)))), count)
        self.items = [(proto, size) for size in sizes]

    def draw_door(self):
        rng = self.w.rng
        good = [port for port in DOORS if not self.taken(port)]
        return rng.choice(good) if good and rng.random() < 0.75 else self.free_port()

    # how long --------------------------------------------------------------------------------------------------------

    def steps(self):
        return (len(self.items) or self.one_time or 0) * (2 if self.doubled else 1)

    def wait(self):
        """Seconds that a client needs for one port at least."""
        if self.client == "telnet" and self.answer == "drop":
            return self.patience + 0.2
        if self.client == "windows":
            return 3.2 if self.answer == "drop" else 1.2
        if self.client == "nmap":
            return 1.3 if self.answer == "drop" else 0.1
        return 0.0

    def seconds(self):
        """What one activation needs, with its opening and some peace after it."""
        span = self.steps() * max(self.gap * (1 + self.jitter), self.wait() + self.gap)
        total = span + max(12.0, span)
        if self.door:
            total += self.delay + 6
        if self.closing:
            total += span + 12
        if self.style == "tries":
            total += span + 10
        if self.stumbling:
            total += span + 12 + 3 * self.gap
        if self.tried:
            total += 20
        if self.shut:
            total += 50
        if self.probes:
            total += self.scan_size[0] * self.scan_size[1] * 1.3 + 20
        return total


def pick_target(w):
    rng = w.rng
    draw = rng.random()
    servers = [host for host in w.servers if host in w.inside and not host.v6]
    if draw < 0.5 and servers:
        return rng.choice(servers)
    if draw > 0.92:  # somebody inside wakes a machine outside
        return w.stranger("linux")
    inside = [host for host in w.inside if not host.v6 and not host.name.startswith(("224.", "239."))]
    if draw < 0.75 or w.name in PAIRS:
        return rng.choice(inside)
    return new_inside(w)


def new_inside(w):
    rng = w.rng
    near = rng.choice([host for host in w.inside if not host.v6 and not host.name.startswith(("224.", "239."))])
    net = near.name.rsplit(".", 1)[0]
    for last in rng.sample(range(2, 254), 252):
        if "%s.%d" % (net, last) not in w.hosts:
            return w.host("%s.%d" % (net, last), True, "linux")
    return w.stranger("linux")


def pick_source(w, target):
    rng = w.rng
    draw = rng.random() if not target.far else rng.random() * 0.4
    known = [host for host in w.inside if host is not target and not host.v6 and not host.name.startswith(("224.", "239."))]
    if (draw < 0.25 or w.name in PAIRS and draw < 0.6) and known:
        return rng.choice(known)
    if draw < 0.4:
        return new_inside(w)
    if draw < 0.5 and w.outside:
        return rng.choice(w.outside)
    return w.stranger("linux")
