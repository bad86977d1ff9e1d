"""Regular expressions of the API models as tables for src/gateway/text_pattern.h.

Read as Java reads them, for AWS's services do: literals, classes with ranges, negation, \\w \\d \\s \\S \\uXXXX
\\p{L} \\p{Z} \\p{N} and others by Unicode category, groups, alternatives, ? * + {m} {m,n}. A pattern matches the
whole text. The automaton is Glushkov's: one position for each character in the expression, at most 64.
"""
import dataclasses
import functools
import sys
import unicodedata

POSITIONS_MAX = 64
LINE_ENDS = [(0x0A, 0x0A), (0x0D, 0x0D), (0x85, 0x85), (0x2028, 0x2029)]
SHORT_CLASSES = {
    "d": [(0x30, 0x39)],
    "w": [(0x30, 0x39), (0x41, 0x5A), (0x5F, 0x5F), (0x61, 0x7A)],
    "s": [(0x09, 0x0D), (0x20, 0x20)],
}

Ranges = list[tuple[int, int]]


class Untranslatable(Exception):
    pass


@functools.cache
def category(letter: str) -> Ranges:
    return united([(c, c) for c in range(sys.maxunicode + 1) if unicodedata.category(chr(c)).startswith(letter)])


def united(ranges: Ranges) -> Ranges:
    result: Ranges = []
    for first, last in sorted(ranges):
        if result and first <= result[-1][1] + 1:
            result[-1] = (result[-1][0], max(last, result[-1][1]))
        else:
            result.append((first, last))
    return result


def complement(ranges: Ranges) -> Ranges:
    result, free = [], 0
    for first, last in united(ranges):
        if first > free:
            result.append((free, first - 1))
        free = last + 1
    return result + [(free, sys.maxunicode)] if free <= sys.maxunicode else result


@dataclasses.dataclass
class Node:
    """What an expression may begin and end with, by position."""
    empty: bool
    first: set[int]
    last: set[int]


class Automaton:
    def __init__(self, source: str):
        self.source, self.at = source, 0
        self.positions: list[Ranges] = []
        self.follow: list[set[int]] = []
        if source.startswith("^"):
            self.at = 1
        self.end = len(source) - (1 if source.endswith("$") and not source.endswith("\\$") else 0)
        self.root = self.alternatives()
        if self.at != self.end:
            raise Untranslatable(f"{source}: unexpected {source[self.at]!r}")

    def peek(self) -> str:
        return self.source[self.at] if self.at < self.end else ""

    def take(self) -> str:
        if self.at >= self.end:
            raise Untranslatable(f"{self.source}: ends too early")
        self.at += 1
        return self.source[self.at - 1]

    def alternatives(self) -> Node:
        node = self.sequence()
        while self.peek() == "|":
            self.take()
            other = self.sequence()
            node = Node(node.empty or other.empty, node.first | other.first, node.last | other.last)
        return node

    def sequence(self) -> Node:
        node = Node(True, set(), set())
        while self.peek() and self.peek() not in "|)":
            node = self.joined(node, self.quantified())
        return node

    def joined(self, left: Node, right: Node) -> Node:
        for position in left.last:
            self.follow[position] |= right.first
        return Node(left.empty and right.empty, left.first | (right.first if left.empty else set()),
                    right.last | (left.last if right.empty else set()))

    def quantified(self) -> Node:
        begin = self.at
        node = self.atom()
        end = self.at
        low, high = self.quantifier()
        if high is None:
            return self.repeated(node, low)
        return self.counted(node, low, high, begin, end)

    def quantifier(self) -> tuple[int, int | None]:
        simple = {"?": (0, 1), "*": (0, None), "+": (1, None)}
        if self.peek() in simple:
            return simple[self.take()]
        if self.peek() != "{":
            return 1, 1
        self.take()
        text = ""
        while self.peek() != "}":
            text += self.take()
        self.take()
        low, comma, high = text.partition(",")
        return int(low), (int(high) if high else None) if comma else int(low)

    def repeated(self, node: Node, low: int) -> Node:
        if low > 1:
            raise Untranslatable(f"{self.source}: {{{low},}}")
        for position in node.last:
            self.follow[position] |= node.first
        return Node(node.empty or low == 0, node.first, node.last)

    def counted(self, node: Node, low: int, high: int, begin: int, end: int) -> Node:
        """The first copy is `node`; further ones are read from the source again, each with positions of its own."""
        if high == 0:
            raise Untranslatable(f"{self.source}: a quantifier of none")
        node = Node(node.empty or low == 0, node.first, node.last)
        for copy in range(1, high):
            other = self.again(begin, end)
            node = self.joined(node, Node(other.empty or copy >= low, other.first, other.last))
        return node

    def again(self, begin: int, end: int) -> Node:
        after, self.at = self.at, begin
        node = self.atom()
        assert self.at == end
        self.at = after
        return node

    def atom(self) -> Node:
        character = self.take()
        if character == "(":
            if self.source.startswith("?:", self.at):
                self.at += 2
            node = self.alternatives()
            if self.take() != ")":
                raise Untranslatable(f"{self.source}: a group without end")
            return node
        if character == "[":
            return self.position(self.character_class())
        if character == "\\":
            return self.position(self.escape())
        if character == ".":
            return self.position(complement(LINE_ENDS))
        if character in "?*+{}^$])":
            raise Untranslatable(f"{self.source}: unexpected {character!r}")
        return self.position([(ord(character), ord(character))])

    def position(self, ranges: Ranges) -> Node:
        self.positions.append(united(ranges))
        self.follow.append(set())
        if len(self.positions) > POSITIONS_MAX:
            raise Untranslatable(f"{self.source}: more than {POSITIONS_MAX} positions")
        return Node(False, {len(self.positions) - 1}, {len(self.positions) - 1})

    def escape(self) -> Ranges:
        letter = self.take()
        if letter == "u":
            code = int("".join(self.take() for _ in range(4)), 16)
            return [(code, code)]
        if letter == "p":
            if self.take() != "{":
                raise Untranslatable(f"{self.source}: \\p without a name")
            name = ""
            while self.peek() != "}":
                name += self.take()
            self.take()
            return category(name)
        if letter.lower() in SHORT_CLASSES:
            ranges = SHORT_CLASSES[letter.lower()]
            return ranges if letter.islower() else complement(ranges)
        control = {"t": 0x09, "n": 0x0A, "r": 0x0D}
        if letter.isalnum() and letter not in control:
            raise Untranslatable(f"{self.source}: \\{letter}")
        return [(control.get(letter, ord(letter)),) * 2]

    def class_member(self) -> Ranges:
        character = self.take()
        if character in "[&" and self.peek() == character:
            raise Untranslatable(f"{self.source}: a class within a class")
        return self.escape() if character == "\\" else [(ord(character), ord(character))]

    def range_follows(self) -> bool:
        after = self.source[self.at + 1:self.at + 3]
        return after == "\\u" or after[:1] not in ("]", "\\")

    def character_class(self) -> Ranges:
        negated = self.peek() == "^"
        if negated:
            self.take()
        ranges: Ranges = []
        while self.peek() != "]":
            member = self.class_member()
            single = len(member) == 1 and member[0][0] == member[0][1]
            if single and self.peek() == "-" and self.range_follows():
                self.take()
                upper = self.class_member()[0][0]
                if upper < member[0][0]:
                    raise Untranslatable(f"{self.source}: a range that runs backwards")
                member = [(member[0][0], upper)]
            ranges += member
        self.take()
        return complement(ranges) if negated else united(ranges)


def mask(positions: set[int]) -> str:
    return hex(sum(1 << position for position in positions))
