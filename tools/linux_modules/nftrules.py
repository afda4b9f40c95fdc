# SPDX-License-Identifier: GPL-2.0
"""A rule set for nft: thousands of rules and of elements, and the expected contents of its list."""

CHAINS, RULES = 40, 50   # RULES per chain
HOSTS, PORTS, NETS, FLOWS, SPANS, MARKS = 1200, 300, 400, 600, 150, 200
CHANGED = 100   # elements added, and as many deleted


def _address(number, first=10):
    """An address for a number below 2^24."""
    return f"{first}.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"


def _hosts(start, count):
    return [_address(number * 37 + 5) for number in range(start, start + count)]


def elements():
    """Elements of each set and map, as nft lists them."""
    flows = (f"{_address(i * 11, 11)} . {2000 + i % 97}" for i in range(FLOWS))
    spans = (f"12.0.{i}.0/24 . {3000 + 10 * i}-{3005 + 10 * i}" for i in range(SPANS))
    return {"hosts": _hosts(0, HOSTS),
            "ports": [str(5000 + 3 * i) for i in range(PORTS)],
            "nets": [f"{_address((i << 10) + 1, 13)}-{_address((i << 10) + 100 + i, 13)}"
                     for i in range(NETS)],
            "flows": list(flows), "spans": list(spans),
            "marks": [f"{_address(i * 5, 14)} : 0x{i + 1:08x}" for i in range(MARKS)],
            "ways": [f"{9000 + i} : jump c{i}" for i in range(CHAINS)]}


HEADS = {"hosts": "type ipv4_addr", "ports": "type inet_service",
         "nets": "type ipv4_addr; flags interval",
         "flows": "type ipv4_addr . inet_service",
         "spans": "type ipv4_addr . inet_service; flags interval",
         "marks": "type ipv4_addr : mark", "ways": "type inet_service : verdict"}

# The chain that counts incoming packets and records their sources.
INPUT = """\
    chain input {
        type filter hook input priority filter; policy accept;
        ct state invalid counter drop comment "invalid"
        icmp type echo-request counter comment "echoes"
        udp dport 7000 counter comment "to-7000"
        udp dport 8000-8999 add @seen { ip saddr . udp dport } counter comment "to-8000s"
        udp dport 9000-9999 counter comment "to-9000s"
        udp dport vmap @ways
        ip saddr @hosts counter
        tcp dport @ports counter
        ip saddr @nets counter
        ip saddr . tcp dport @flows counter
        ip saddr . tcp dport @spans counter
        meta mark set ip saddr map @marks
        tcp flags syn limit rate 1000/second counter
        counter name "total"
    }
"""


def _rule(chain, number):
    """A rule of one of several kinds; its comment is unique."""
    address = _address(chain << 8 | number, 15)
    kinds = (f"ip saddr {address} tcp dport {number + 1} counter",
             f"ip daddr {address} udp sport {number + 1} meta mark set {number + 1} accept",
             f"ip saddr @hosts tcp dport {{ {number + 1}, {number + 101}, {number + 201} }} drop",
             f"ct state new limit rate {number + 1}/minute ip saddr {address} counter return",
             f"udp dport {20000 + number} counter")
    return f'        {kinds[number % len(kinds)]} comment "rule-{chain}-{number}"\n'


def comments():
    """Comments of all rules; each must be listed."""
    return [f"rule-{chain}-{number}" for chain in range(CHAINS) for number in range(RULES)]


def _set(name):
    """A set or a map with its elements."""
    kind = "map" if ":" in HEADS[name] else "set"
    return (f"    {kind} {name} {{\n        {HEADS[name]}\n"
            f"        elements = {{ {', '.join(elements()[name])} }}\n    }}\n")


def _chains():
    return "".join(f"    chain c{chain} {{\n"
                   + "".join(_rule(chain, number) for number in range(RULES)) + "    }\n"
                   for chain in range(CHAINS))


def text():
    """The whole rule set, for nft -f."""
    sets = "".join(map(_set, elements()))
    seen = ("    set seen {\n        type ipv4_addr . inet_service\n        size 65535\n"
            "        flags dynamic,timeout\n        timeout 1h\n    }\n")
    return f"table inet t {{\n    counter total {{ }}\n{sets}{seen}{_chains()}{INPUT}}}\n"


def parts():
    """Files of a guest with only the rules, and with only the elements."""
    ways = "".join(f"    chain c{chain} {{ }}\n" for chain in range(CHAINS))
    empty = f"    set hosts {{\n        {HEADS['hosts']}\n    }}\n"
    return {"nft/cost-rules": f"table inet t {{\n{empty}{_chains()}}}\n",
            "nft/cost-elements": "table inet t {\n" + "".join(map(_set, elements()))
                                 + f"{ways}}}\n"}


def _exchange(gone, come):
    return (f"delete element inet t hosts {{ {', '.join(gone)} }}\n"
            f"add element inet t hosts {{ {', '.join(come)} }}\n")


def change():
    """A transaction that deletes elements and adds others."""
    return _exchange(_hosts(0, CHANGED), _hosts(HOSTS, CHANGED))


def change_back():
    return _exchange(_hosts(HOSTS, CHANGED), _hosts(0, CHANGED))


def refused():
    """A change that fails at its last command: all commands before must be undone."""
    more = [f'add rule inet t c{number} counter comment "never"' for number in range(CHAINS)]
    return (change() + "\n".join(more)
            + "\nadd chain inet t never\ndelete element inet t ports { 1 }\n")


def _lines(found):
    """Elements in the format that the guest prints."""
    return "".join(f"{line}\n" for line in sorted(f"{name} {element}" for name in found
                                                  for element in found[name]))


def files():
    """Files of a guest, below nft/: rule sets to load, and expected lists."""
    changed = {**elements(), "hosts": _hosts(CHANGED, HOSTS)}
    found = {"rules": text(), "change": change(), "change-back": change_back(),
             "refused": refused(), "comments": "\n".join(sorted(comments())) + "\n",
             "elements": _lines(elements()), "elements-changed": _lines(changed)}
    return {f"nft/{name}": content for name, content in found.items()}


def settings():
    """Numbers of chains, rules and elements, for the guest."""
    return {"CHAINS": CHAINS, "RULES": CHAINS * RULES,
            "ELEMENTS": sum(map(len, elements().values()))}
