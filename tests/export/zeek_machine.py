"""A reader and interpreter for the part of Zeek's language that the exported scripts use, written from Zeek's documentation (script reference:
types, operators, declarations, statements) and the grammar that the Zeek project publishes for editors. Anything outside that part is an
error, so a script that this reads is one that keeps to it. It runs the script's event handlers, so that the machine in it can be tried."""

import ipaddress
import re

TOKEN = re.compile(r"""(?P<space>\s+|\#[^\n]*)
    |(?P<string>"(?:[^"\\\n]|\\.)*")
    |(?P<addr>\d{1,3}(?:\.\d{1,3}){3}|\[[0-9a-fA-F]*:[0-9a-fA-F:.]*\])
    |(?P<interval>\d+(?:\.\d+)?(?:sec|secs|min|mins|hr|hrs|day|days|msec)\b)
    |(?P<count>\d+\b)
    |(?P<attribute>&[a-z_]+\b)
    |(?P<name>[A-Za-z_][A-Za-z_0-9]*(?:::[A-Za-z_][A-Za-z_0-9]*)*)
    |(?P<sign>!in\b|\+=|==|!=|<=|>=|&&|\|\||[-+*/<>=!?:;,.$(){}\[\]|])""", re.X)
UNITS = {"msec": 0.001, "sec": 1, "secs": 1, "min": 60, "mins": 60, "hr": 3600, "hrs": 3600, "day": 86400, "days": 86400}
TYPES = {"addr", "bool", "count", "double", "int", "interval", "port", "string", "subnet", "time", "any"}
WORDS = TYPES | {"module", "export", "redef", "enum", "type", "record", "const", "global", "option", "function", "event", "hook", "local", "if",
                 "else", "for", "in", "next", "break", "return", "delete", "add", "set", "table", "vector", "of", "T", "F", "print", "when",
                 "while", "switch"}
ATTRIBUTES = {"&redef", "&optional", "&default", "&create_expire", "&read_expire", "&write_expire", "&log"}
LEVELS = [["||"], ["&&"], ["==", "!=", "<", "<=", ">", ">="], ["in", "!in"], ["+", "-"], ["*", "/"]]


class Next(Exception):
    pass


def tokens(text):
    found, at, line = [], 0, 1
    text = re.sub(r"^@load [a-z/.-]+$", lambda m: " " * len(m.group()), text, flags=re.M)
    while at < len(text):
        match = TOKEN.match(text, at)
        assert match, "line %d: %r is no token" % (line, text[at:at + 20])
        kind = match.lastgroup
        if kind != "space":
            found.append((kind, match.group(), line))
        line += match.group().count("\n")
        at = match.end()
    return found + [("end", "", line)]


class Script:
    """Parses to closures: an expression is a function of a frame (the dictionary of local names)."""

    def __init__(self, text, builtins):
        self.tokens, self.at = tokens(text), 0
        self.globals, self.records, self.enums, self.functions, self.handlers = dict(builtins), {}, set(), {}, {}
        self.module = ""
        while self.peek() != "":
            self.declaration()

    # ---- tokens

    def peek(self):
        return self.tokens[self.at][1]

    def kind(self):
        return self.tokens[self.at][0]

    def take(self, wanted=None):
        kind, text, line = self.tokens[self.at]
        assert wanted is None or text == wanted, "line %d: %r where %r was expected" % (line, text, wanted)
        self.at += 1
        return text

    def accept(self, text):
        if self.peek() == text and self.kind() != "string":
            self.at += 1
            return True
        return False

    def new_name(self):
        assert self.kind() == "name" and self.peek() not in WORDS, "line %d: %r is no name" % (self.tokens[self.at][2], self.peek())
        return self.take()

    # ---- declarations

    def declaration(self):
        word = self.take()
        if word == "module":
            self.module = self.new_name()
            self.take(";")
        elif word == "export":
            self.take("{")
            while not self.accept("}"):
                self.declaration()
        elif word == "type":
            name = self.new_name()
            self.take(":")
            self.records[name] = self.type()
            self.take(";")
        elif word in ("const", "global", "option"):
            name = self.new_name()
            self.take(":")
            what = self.type()
            value = self.expression()({}) if self.accept("=") else None
            self.attributes()
            self.take(";")
            self.globals[name] = value if value is not None else {"table": {}, "set": set(), "vector": []}[what[0]]
        elif word == "redef":
            self.redef()
        elif word == "function":
            name = self.new_name()
            self.functions[name] = self.function()
        elif word == "event":
            name = self.new_name()
            self.handlers.setdefault(name, []).append(self.function())
        else:
            raise AssertionError("line %d: %r begins no declaration" % (self.tokens[self.at - 1][2], word))

    def redef(self):
        if self.accept("enum"):
            self.new_name()
            self.take("+=")
            self.take("{")
            while not self.accept("}"):
                self.enums.add(self.new_name())
                if not self.accept(","):
                    self.take("}")
                    break
            self.take(";")
            return
        name = self.new_name()
        module, _, short = name.rpartition("::")
        assert module in ("", self.module) and short in self.globals, name + " is not declared"
        self.take("+=")
        more = self.expression()({})
        self.take(";")
        assert isinstance(more, dict) and not set(more) & set(self.globals[short])
        for key, value in more.items():
            self.globals[short][key] = self.shaped(value, "Sequence")

    def shaped(self, value, record):
        """A record without a type takes the shape of the one that is wanted: all fields, no others."""
        fields = self.records[record][1]
        assert isinstance(value, dict) and set(value) == set(fields), "%s is not %s" % (sorted(value), sorted(fields))
        return value

    def type(self):
        word = self.take()
        if word in TYPES:
            return (word,)
        if word in ("table", "set"):
            self.take("[")
            inside = [self.type()]
            while self.accept(","):
                inside.append(self.type())
            self.take("]")
            if word == "set":
                return ("set", inside)
            self.take("of")
            return ("table", inside, self.type())
        if word == "vector":
            self.take("of")
            return ("vector", self.type())
        if word == "record":
            self.take("{")
            fields = {}
            while not self.accept("}"):
                name = self.new_name()
                self.take(":")
                fields[name] = self.type()
                self.attributes()
                self.take(";")
            return ("record", fields)
        assert word[0].isupper() or word in ("connection", "icmp_info"), word + " is no type"
        return ("named", word)

    def attributes(self):
        while self.kind() == "attribute":
            assert self.take() in ATTRIBUTES
            if self.accept("="):
                self.expression(skip=True)

    def function(self):
        self.take("(")
        names = []
        while not self.accept(")"):
            names.append(self.new_name())
            self.take(":")
            self.type()
            if not self.accept(","):
                self.take(")")
                break
        body = self.block()

        def call(*values):
            assert len(values) == len(names)
            body(dict(zip(names, values)))
        return call

    # ---- statements

    def block(self):
        self.take("{")
        statements = []
        while not self.accept("}"):
            statements.append(self.statement())

        def run(frame):
            for statement in statements:
                statement(frame)
        return run

    def statement(self):
        if self.peek() == "{":
            return self.block()
        if self.accept("if"):
            self.take("(")
            condition = self.expression()
            self.take(")")
            then = self.statement()
            other = self.statement() if self.accept("else") else None
            return lambda frame: then(frame) if condition(frame) else other and other(frame)
        if self.accept("for"):
            return self.loop()
        if self.accept("next"):
            self.take(";")

            def go_on(frame):
                raise Next
            return go_on
        if self.accept("delete"):
            table, index = self.place()
            self.take(";")
            return lambda frame: table(frame).pop(index(frame), None)
        if self.accept("local"):
            name = self.new_name()
            self.take("=")
            value = self.expression()
            self.take(";")
            return lambda frame: frame.__setitem__(name, value(frame))
        return self.assignment_or_call()

    def loop(self):
        self.take("(")
        name = self.new_name()
        self.take("in")
        over = self.expression()
        self.take(")")
        body = self.statement()

        def run(frame):
            for frame[name] in list(over(frame)):
                try:
                    body(frame)
                except Next:
                    pass
        return run

    def place(self):
        """A table's element."""
        name = self.new_name()
        self.take("[")
        index = self.index()
        return (lambda frame: self.globals[name]), index

    def index(self):
        parts = [self.expression()]
        while self.accept(","):
            parts.append(self.expression())
        self.take("]")
        return lambda frame: parts[0](frame) if len(parts) == 1 else tuple(part(frame) for part in parts)

    def assignment_or_call(self):
        begin = self.at
        target = self.expression()
        if not self.accept("="):
            self.take(";")
            return target
        end, self.at = self.at, begin
        if self.tokens[begin + 1][1] == "[":
            table, index = self.place()
            assert self.at == end - 1
            self.at = end
            value = self.expression()
            self.take(";")
            return lambda frame: table(frame).__setitem__(index(frame), value(frame))
        name = self.new_name()
        assert self.at == end - 1
        self.at = end
        value = self.expression()
        self.take(";")

        def assign(frame):
            assert name in frame, name + " is no local"
            frame[name] = value(frame)
        return assign

    # ---- expressions

    def expression(self, skip=False):
        condition = self.level(0)
        if not self.accept("?"):
            return condition
        then = self.expression()
        self.take(":")
        other = self.expression()
        return lambda frame: then(frame) if condition(frame) else other(frame)

    def level(self, depth):
        if depth == len(LEVELS):
            return self.unary()
        left = self.level(depth + 1)
        while self.peek() in LEVELS[depth] and self.kind() != "string":
            left = self.operation(self.take(), left, self.level(depth + 1))
        return left

    @staticmethod
    def operation(sign, left, right):
        return {
            "||": lambda f: left(f) or right(f), "&&": lambda f: left(f) and right(f),
            "==": lambda f: left(f) == right(f), "!=": lambda f: left(f) != right(f),
            "<": lambda f: left(f) < right(f), "<=": lambda f: left(f) <= right(f),
            ">": lambda f: left(f) > right(f), ">=": lambda f: left(f) >= right(f),
            "in": lambda f: left(f) in right(f), "!in": lambda f: left(f) not in right(f),
            "+": lambda f: left(f) + right(f), "-": lambda f: left(f) - right(f),
            "*": lambda f: left(f) * right(f), "/": lambda f: left(f) / right(f)}[sign]

    def unary(self):
        if self.accept("!"):
            inner = self.unary()
            return lambda frame: not inner(frame)
        if self.accept("|"):
            inner = self.level(4)
            self.take("|")
            return lambda frame: len(inner(frame))
        return self.postfix(self.primary())

    def postfix(self, value):
        while True:
            if self.accept("$"):
                field = self.new_name()
                value = (lambda inner, name: lambda frame: inner(frame)[name])(value, field)
            elif self.accept("["):
                value = (lambda inner, index: lambda frame: inner(frame)[index(frame)])(value, self.index())
            else:
                return value

    def arguments(self, close):
        values = []
        while not self.accept(close):
            values.append(self.expression())
            if not self.accept(","):
                self.take(close)
                break
        return values

    def fields(self, close):
        values = {}
        while not self.accept(close):
            self.take("$")
            name = self.new_name()
            assert name not in values
            self.take("=")
            values[name] = self.expression()
            if not self.accept(","):
                self.take(close)
                break
        return lambda frame: {name: value(frame) for name, value in values.items()}

    def primary(self):
        kind, text, line = self.tokens[self.at]
        self.at += 1
        if kind == "string":
            value = bytes(text[1:-1], "utf-8").decode("unicode_escape")
            return lambda frame: value
        if kind == "addr":
            value = ipaddress.ip_address(text.strip("[]"))
            return lambda frame: value
        if kind == "interval":
            number, unit = re.fullmatch(r"([\d.]+)([a-z]+)", text).groups()
            return lambda frame: float(number) * UNITS[unit]
        if kind == "count":
            return lambda frame: int(text)
        if text in ("T", "F"):
            return lambda frame: text == "T"
        if text in ("set", "vector"):
            self.take("(")
            values = self.arguments(")")
            make = set if text == "set" else list
            return lambda frame: make(value(frame) for value in values)
        if text == "(":
            inner = self.expression()
            self.take(")")
            return inner
        if text == "[":
            if self.peek() == "$":
                return self.fields("]")
            return self.index()
        if text == "{":
            return self.table()
        assert kind == "name" and text not in WORDS, "line %d: %r begins no expression" % (line, text)
        return self.name(text)

    def table(self):
        values = {}
        while not self.accept("}"):
            self.take("[")
            key = self.expression()
            self.take("]")
            self.take("=")
            values[key({})] = self.expression()({})
            if not self.accept(","):
                self.take("}")
                break
        return lambda frame: values

    def name(self, text):
        if self.accept("("):
            if self.peek() == "$":
                fields, record = self.fields(")"), text
                return lambda frame: self.shaped(fields(frame), record)
            values = self.arguments(")")

            def call(frame):
                function = self.functions.get(text) or self.globals[text]
                return function(*[value(frame) for value in values])
            return call

        def look_up(frame):
            if text in frame:
                return frame[text]
            if text in self.enums:
                return text
            return self.globals[text]
        return look_up

    # ---- running

    def raise_event(self, event, *values):
        for handler in self.handlers.get(event, []):
            handler(*values)
