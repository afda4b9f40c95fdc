# SPDX-License-Identifier: GPL-2.0
"""A model of heaps: allocates and frees roughly like kpool, and writes kpool's debugfs files.
All sums that Documentation/ABI/testing/debugfs-kpool promises hold."""

import pathlib
import shutil

SIZES = (8, 16, 24, 32, 40, 48, 56, 64, 72, 80, 88, 96, 104, 112, 120, 128, 136, 144, 152, 160,
         168, 176, 184, 192, 200, 208, 224, 240, 256, 272, 288, 304, 312, 320, 336, 352, 368, 384,
         400, 408, 448, 512, 576, 584, 640, 672, 680, 768, 800, 816, 1024)
POOL = 4096
POOLS = 64
ARENA = POOL * POOLS
BATCH = 32
EVENTS = ("allocs", "magazine_hits", "depot_hits", "refills", "drains", "fresh",
          "recycled_same", "recycled_other")


def letter(number):
    return chr(ord("a") + number) if number < 26 else chr(ord("A") + number - 26)


def capacity(number):
    return (POOL - (64 if SIZES[number] == 8 else 0)) // SIZES[number]


class Pool:
    """4 KiB: header, free, returned, or in use by a class."""

    def __init__(self):
        self.kind = "."
        self.number = None      # of the class, or of the last class
        self.out = 0

    def chars(self):
        if self.kind != "use":
            return self.kind * 2
        full = self.out >= capacity(self.number)
        return letter(self.number) + ("F" if full else str(self.out * 10 // capacity(self.number)))


class Arena:
    def __init__(self, number, node):
        self.id, self.node = number, node
        self.pools = [Pool() for _ in range(POOLS)]
        self.pools[0].kind = "#"

    def count(self, kind):
        return sum(pool.kind == kind for pool in self.pools)


class Heap:
    def __init__(self, name):
        self.name = name
        self.arenas = []
        self.created = 0
        self.turn = 1
        self.used = [0] * len(SIZES)
        self.cached = [0] * len(SIZES)
        self.events = [dict.fromkeys(EVENTS, 0) for _ in SIZES]
        self.other = {"large": 3, "zone": 1, "fallbacks": 0, "corruptions": 0, "reserve": 1,
                      "quarantined": 0}
        self.base = {}          # added to counters of "stats" and of the first class
        self.traces = None
        self.more = {}          # unknown keys at the end of "stats"
        self.more_columns = {}  # unknown columns of "classes"

    def add_arena(self, node):
        """Add an arena with pools that were never used."""
        self.created += 1
        self.arenas.append(Arena(self.created, node))

    def _take(self, number):
        """Claim a free pool for the class, from a new arena if necessary."""
        free = [pool for arena in self.arenas for pool in arena.pools if pool.kind in ".-"]
        if not free:
            self.add_arena(self.created % 2)
            free = self.arenas[-1].pools[1:]
        pool = next((p for p in free if p.number == number), free[0])
        kind = ("fresh" if pool.number is None else
                "recycled_same" if pool.number == number else "recycled_other")
        self.events[number][kind] += 1
        pool.kind, pool.number, pool.out = "use", number, 0
        return pool

    def _pools(self, number):
        return [pool for arena in self.arenas for pool in arena.pools
                if pool.kind == "use" and pool.number == number]

    def alloc(self, size, count):
        number = SIZES.index(size)
        events = self.events[number]
        for _ in range(count):
            if self.cached[number]:
                events["magazine_hits"] += 1
            else:
                events["refills"] += 1
                pool = next((p for p in self._pools(number) if p.out < capacity(number)),
                            None) or self._take(number)
                batch = min(BATCH, capacity(number) - pool.out)
                pool.out += batch
                self.cached[number] += batch
            self.cached[number] -= 1
            self.used[number] += 1
            events["allocs"] += 1

    def free(self, size, count):
        number = SIZES.index(size)
        count = min(count, self.used[number])
        self.used[number] -= count
        self.cached[number] += count
        while self.cached[number] > 2 * BATCH:
            self._drain(number, BATCH)
            self.events[number]["depot_hits"] += 1

    def _drain(self, number, count):
        self.events[number]["drains"] += 1
        self.cached[number] -= count
        pools = self._pools(number)
        while count:
            # Choose a pool at random, because callers free in any order.
            self.turn = (self.turn * 1103515245 + 12345) % 2**31
            pool = pools[self.turn // 7 % len(pools)]
            some = min(count, pool.out, 8)
            pool.out -= some
            count -= some
            if not pool.out:
                pool.kind = "."
                pools.remove(pool)

    def shrink(self):
        """Release empty arenas, and return the free pools of other arenas."""
        for number, count in enumerate(self.cached):
            if count:
                self._drain(number, count)
        self.arenas = [arena for arena in self.arenas if arena.count("use")]
        for arena in self.arenas:
            for pool in arena.pools:
                if pool.kind == ".":
                    pool.kind, pool.number = "-", None

    def rows(self):
        """The rows of "classes", by column."""
        for number, size in enumerate(SIZES):
            pools = self._pools(number)
            out = sum(pool.out for pool in pools)
            events = dict(self.events[number])
            if not number:
                for key in self.base.keys() & events.keys():
                    events[key] += self.base[key]
            assert out == self.used[number] + self.cached[number]
            yield {"class": letter(number), "size": size, "pools": len(pools),
                   "used": self.used[number], "cached": self.cached[number],
                   "free": len(pools) * capacity(number) - out, "allocs": events["allocs"],
                   "frees": events["allocs"] - self.used[number],
                   **{key: events[key] for key in EVENTS[1:]},
                   **self.more_columns}

    def stats(self):
        rows = list(self.rows())

        def total(key):
            return sum(row[key] for row in rows)

        def of_size(key):
            return sum(row[key] * row["size"] for row in rows)
        free = sum(arena.count(".") for arena in self.arenas)
        returned = sum(arena.count("-") for arena in self.arenas)
        stats = {
            "bytes": len(self.arenas) * ARENA - returned * POOL, "bytes_used": of_size("used"),
            "bytes_cached": of_size("cached"), "bytes_free": of_size("free") + free * POOL,
            "bytes_tail": sum(row["pools"] * (POOL - capacity(n) * SIZES[n])
                              for n, row in enumerate(rows)),
            "bytes_header": len(self.arenas) * POOL, "bytes_returned": returned * POOL,
            "arena_size": ARENA, "arenas": len(self.arenas),
            "arenas_empty": sum(not arena.count("use") for arena in self.arenas),
            "arenas_created": self.created, "arenas_released": self.created - len(self.arenas),
            "pools": total("pools"), "pools_free": free, "pools_returned": returned,
            "pools_fresh": total("fresh"), "recycled_same": total("recycled_same"),
            "recycled_other": total("recycled_other"), "blocks_used": total("used"),
            "blocks_cached": total("cached"), "blocks_free": total("free"),
            **{key: total(key) for key in ("allocs", "frees", "magazine_hits", "depot_hits",
                                           "refills", "drains")},
            "magazines": 12, "metadata_bytes": 33872, **self.other, **self.more}
        assert stats["arenas"] * ARENA == sum(stats["bytes_" + part] for part in (
            "used", "cached", "free", "tail", "header", "returned"))
        return stats

    def arena_lines(self):
        yield "id node used free returned classes fill"
        for arena in self.arenas:
            classes, fill = zip(*(pool.chars() for pool in arena.pools))
            yield (f"{arena.id} {arena.node} {arena.count('use')} {arena.count('.')} "
                   f"{arena.count('-')} {''.join(classes)} {''.join(fill)}")

    def files(self):
        rows = list(self.rows())
        files = {"stats": "".join(f"{key} {value}\n" for key, value in self.stats().items()),
                 "classes": "\n".join([" ".join(rows[0]),
                                       *(" ".join(map(str, row.values())) for row in rows), ""]),
                 "arenas": "\n".join([*self.arena_lines(), ""])}
        if self.traces is not None:
            files["traces"] = self.traces
        return files


SLABINFO = """\
slabinfo - version: 2.1
# name            <active_objs> <num_objs> <objsize> <objperslab> <pagesperslab> \
: tunables <limit> <batchcount> <sharedfactor> : slabdata <active_slabs> <num_slabs> <sharedavail>
dentry              9000   9450    192   21    1 : tunables    0    0    0 : slabdata    450    450      0
kmalloc-cg-64         60    64     64   64    1 : tunables    0    0    0 : slabdata      1      1      0
kmalloc-2k           100    128   2048   16    8 : tunables    0    0    0 : slabdata      8      8      0
kmalloc-1k           100    128   1024   16    4 : tunables    0    0    0 : slabdata      8      8      0
kmalloc-512          100    128    512   16    2 : tunables    0    0    0 : slabdata      8      8      0
kmalloc-256          100    128    256   16    1 : tunables    0    0    0 : slabdata      8      8      0
kmalloc-192          100    126    192   21    1 : tunables    0    0    0 : slabdata      6      6      0
kmalloc-128          100    128    128   32    1 : tunables    0    0    0 : slabdata      4      4      0
kmalloc-96           100    126     96   42    1 : tunables    0    0    0 : slabdata      3      3      0
kmalloc-64           700    768     64   64    1 : tunables    0    0    0 : slabdata     12     12      0
kmalloc-32           100    128     32  128    1 : tunables    0    0    0 : slabdata      1      1      0
kmalloc-16           100    256     16  256    1 : tunables    0    0    0 : slabdata      1      1      0
kmalloc-8            100    512      8  512    1 : tunables    0    0    0 : slabdata      1      1      0
"""
TRACES = """\
40 objects 5120 bytes
  kpool_heap_alloc+0x5c/0xa0 [kpool]
  parse_name+0x1d/0x90 [client]
  do_one_initcall+0x58/0x230
3 objects 900 bytes
  (no trace)
"""


class Tree:
    """Heaps, and the directory with their files."""

    def __init__(self, root):
        self.root = pathlib.Path(root)
        self.version = "kpool 1 0.9.1\n"
        self.heaps = {}
        self.add("default")

    def add(self, name):
        self.heaps[name] = Heap(name)
        return self.heaps[name]

    def remove(self, name):
        del self.heaps[name]
        shutil.rmtree(self.root / "heaps" / name)

    def write(self):
        """Replace the files, so that a reader finds complete ones."""
        (self.root / "heaps").mkdir(parents=True, exist_ok=True)
        self._put("version", self.version)
        self._put("slabinfo", SLABINFO)
        for name, heap in self.heaps.items():
            (self.root / "heaps" / name).mkdir(exist_ok=True)
            for file, text in heap.files().items():
                self._put(f"heaps/{name}/{file}", text)
        return self

    def _put(self, path, text):
        new = self.root / f"{path.rpartition('/')[2]}.new"
        new.write_text(text)
        new.rename(self.root / path)


def example(root):
    """Two normal heaps and a debug heap, used and fragmented."""
    tree = Tree(root)
    heap = tree.heaps["default"]
    for size, count in ((64, 9000), (128, 2500), (24, 6000), (320 + 16, 700), (1024, 90)):
        heap.alloc(size, count)
    heap.free(64, 6500)
    heap.free(128, 1200)
    heap.alloc(200, 800)
    net = tree.add("net")
    net.alloc(192, 500)
    net.alloc(1024, 40)
    debug = tree.add("debug")
    debug.alloc(256, 43)
    debug.traces = TRACES
    return tree.write()
