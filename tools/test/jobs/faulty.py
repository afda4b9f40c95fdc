# SPDX-License-Identifier: GPL-2.0
"""The faults of tools/testmods/sanitizer_bugs, as the kernel's log must report them."""

OFFSET = r"\+0x[0-9a-f]+/0x[0-9a-f]+"


def _title(kind, function, module="kpool_faulty", checker="KASAN"):
    return rf"BUG: {checker}: {kind} in {function}{OFFSET} \[{module}\]"


BOUNDS, FREED = "slab-out-of-bounds", "slab-use-after-free"
# KASAN's reports, in the order of the module's list.
REPORTS = (
    _title(BOUNDS, "faulty_write_right"),
    _title(BOUNDS, "faulty_write_right"),
    _title(BOUNDS, "faulty_read_right"),
    _title(BOUNDS, "faulty_read_left"),
    _title(BOUNDS, "faulty_write_neighbour"),
    _title(BOUNDS, "faulty_write_neighbour"),
    _title(FREED, "faulty_read_freed"),
    _title(FREED, "faulty_write_freed"),
    _title(FREED, "faulty_read_moved"),
    _title(BOUNDS, "faulty_read_shrunk"),
    _title(FREED, "faulty_read_after_rcu"),
    _title(FREED, "kpool_free", "kpool"),
    _title(FREED, "kpool_free_bulk", "kpool"),
    _title(BOUNDS, "kpool_heap_free_sized", "kpool"),
    _title(FREED, "kpool_heap_realloc", "kpool"),
    r"kpool: heap faulty: bad free: not a block, or of another heap .*",
    r"kmemleak: [0-9]+ new suspected memory leaks .*",
)
# KMSAN's reports, in the order of the module's list.
UNINITIALISED = tuple(_title("uninit-value", f"faulty_look_at_{what}", checker="KMSAN")
                      for what in ("new", "new", "reused", "bulk", "grown"))
