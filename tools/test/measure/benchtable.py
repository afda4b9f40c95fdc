# SPDX-License-Identifier: GPL-2.0
"""Tables of the benchmark's results. "SLUB" is the better of kmalloc and kmem_cache."""

import collections
import math
import statistics

from common import say

SLUB = ("kmalloc", "kmem_cache")
KPOOL = "kpool"
FORMS = (KPOOL, "kpool_sized", "kpool_inline")
HEADS = {"kpool_sized": "sized", "kpool_inline": "inline"}
MIB = 1 << 20


class Values:
    """Results of a kernel in a mode. Repetitions are lists in order."""

    def __init__(self, rows):
        self.samples = collections.defaultdict(list)
        for row in rows:
            key = row["workload"], row["allocator"], row["metric"]
            self.samples[key].append(row["value"])

    def workloads(self, metric):
        return dict.fromkeys(work for work, _, m in self.samples if m == metric)

    def allocators(self, metric):
        """Allocators that measured the metric, in the order of columns."""
        found = {who for _, who, m in self.samples if m == metric}
        return [who for who in (*SLUB, *FORMS) if who in found]

    def get(self, work, who, metric):
        """Repetitions of an allocator. If a form has no call of its own, use plain kpool's."""
        if who in FORMS and (work, who, metric) not in self.samples:
            who = KPOOL
        return self.samples.get((work, who, metric), [])

    def median(self, work, who, metric):
        found = self.get(work, who, metric)
        return statistics.median(found) if found else None

    def slub(self, work, metric):
        """Repetitions of the better one of SLUB's allocators."""
        found = [self.get(work, who, metric) for who in SLUB]
        return min(filter(None, found), key=statistics.median, default=[])

    def ratio(self, work, who, metric):
        """Median of the ratios to SLUB, computed per repetition."""
        ratios = [mine / slub for mine, slub in
                  zip(self.get(work, who, metric), self.slub(work, metric)) if slub > 0]
        return statistics.median(ratios) if ratios else None


def _cell(value, digits):
    if value is None:
        return f"{'-':>11}"
    return f"{value:11,.{digits}f}" if isinstance(value, float) else f"{value:11,}"


def _heading(title, width, columns, ratios=()):
    say(f"\n{title}")
    say(" " * width + "".join(f"{HEADS.get(column, column):>11}" for column in columns)
        + "".join(f"{HEADS.get(form, form) + '/SLUB':>12} " for form in ratios))


def _ratios(values, title, metric, mean):
    """Print a row per workload: each allocator's figure, each form's ratio; mark worst ratios."""
    works, whos = values.workloads(metric), values.allocators(metric)
    if not works:
        return
    forms = [who for who in FORMS if who in whos]
    width = max(map(len, [*works, mean])) + 2
    _heading(title, width, whos, forms)
    table = {form: {work: values.ratio(work, form, metric) for work in works} for form in forms}
    worst = {form: max((r for r in table[form].values() if r), default=0) for form in forms}
    for work in works:
        figures = "".join(_cell(values.median(work, who, metric)
                                if (work, who, metric) in values.samples else None, 1)
                          for who in whos)
        ratios = "".join(" " + _cell(table[form][work], 2)
                         + ("<" if table[form][work] == worst[form] else " ") for form in forms)
        say(f"{work:{width}}{figures}{ratios}")
    means = [[r for r in table[form].values() if r] for form in forms]
    means = [math.exp(statistics.fmean(map(math.log, m))) if m else None for m in means]
    say(f"{mean:{width}}" + " " * 11 * len(whos) + "".join(f" {_cell(m, 2)} " for m in means))


def _rows(values, title, metrics, digits=0, ratio=True):
    """Print a row per workload and metric: each allocator's figure, and kpool's ratio."""
    names = dict.fromkeys(work for metric in metrics for work in values.workloads(metric))
    works = [(work, metric) for work in names for metric in metrics
             if work in values.workloads(metric)]
    if not works:
        return
    whos = [who for who in (*SLUB, *FORMS)
            if any(who in values.allocators(metric) for metric in metrics)]
    width = max(len(f"{work} {metric}") for work, metric in works) + 2
    _heading(title, width, [*whos, "kpool/SLUB"] if ratio else whos)
    for work, metric in works:
        figures = [values.median(work, who, metric)
                   if (work, who, metric) in values.samples else None for who in whos]
        say(f"{f'{work} {metric}':{width}}" + "".join(_cell(f, digits) for f in figures)
            + (_cell(values.ratio(work, KPOOL, metric), 2) if ratio else ""))


def _exact(kernel, values):
    _ratios(values, f"{kernel}: instructions per alloc+free, one CPU", "insn_pair",
            "geometric mean")
    _rows(values, f"{kernel}: instructions of the longest single operation",
          ("insn_worst_alloc", "insn_worst_free", "insn_worst", "insn_p999", "ops_left_out"))


def _init(kernel, values):
    _ratios(values, f"{kernel}, init_on_alloc=1: instructions per alloc+free, one CPU",
            "insn_pair", "geometric mean")


def _cache(kernel, values):
    _rows(values, f"{kernel}: alloc+free, loop subtracted (misses: a modelled 32 KiB L1D)",
          ("pair_insns", "pair_loads", "pair_stores", "alloc_l1d_misses", "free_l1d_misses",
           "pair_l1d_misses"), digits=2)


def _derived(values, prefix, function):
    """Derive figures by function from metrics with this prefix; skip those without a result."""
    derived = Values([])
    for (work, who, metric), found in values.samples.items():
        if metric.startswith(prefix):
            figure = function(work, who, metric, found[0])
            if figure is not None:
                derived.samples[work, who, metric] = [figure]
    return derived


def _memory(kernel, values):
    def to_live(work, who, metric, held):
        live = values.get(work, who, "live_" + metric.split("_")[1])
        return held / live[0] if live else None

    def given_back(work, who, _, held):
        return 100 * (1 - held / values.get(work, who, "held_peak")[0])

    def unaccounted(work, who, metric, pages):
        held = values.get(work, who, metric.replace("pages", "held"))[0]
        return abs(pages - held) / MIB

    _rows(_derived(values, "held_", to_live), f"{kernel}: bytes held / bytes live",
          [f"held_{when}" for when in ("peak", "kept", "kept_1s", "kept_shrink")], digits=3)
    _rows(_derived(values, "held_freed", given_back),
          f"{kernel}: percent of the peak given back when all was freed",
          ("held_freed", "held_freed_1s", "held_freed_shrink"), digits=2, ratio=False)
    # Workloads with nothing live in between: compare their peaks, in MiB.
    peaks = Values([])
    peaks.samples = {key: [found[0] / MIB] for key, found in values.samples.items()
                     if key[0] in ("phases", "ten_million_16")}
    _rows(peaks, f"{kernel}: MiB held in phases, and by the space's next user",
          ("held_largest_phase", "held_peak", "held_emptied", "held_reuse"), digits=1)
    _rows(values, f"{kernel}: arenas added after the largest phase; instructions",
          ("arenas_above", "arenas_renewed", "insn_alloc", "insn_free", "insn_reuse_alloc"),
          digits=1)
    differences = _derived(values, "pages_", unaccounted).samples
    if differences:
        key = max(differences, key=differences.get)
        say(f"\nheld and free pages differ by {differences[key][0]:.2f} MiB at most "
            f"({' '.join(key)})")


def _wall(kernel, values):
    _ratios(values, f"{kernel}: ns per alloc+free of all threads together, workload@threads",
            "ns_pair", "geometric mean")
    works = [work.removesuffix("@4") for work in values.workloads("ns_pair")
             if work.endswith("@4") and work.replace("@4", "@1") in values.workloads("ns_pair")]
    if not works:
        return
    whos = values.allocators("ns_pair")
    width = max(map(len, works)) + 2
    _heading(f"{kernel}: throughput with 4 threads / with 1", width, whos)
    for work in works:
        pairs = [(values.median(f"{work}@1", who, "ns_pair"),
                  values.median(f"{work}@4", who, "ns_pair")) for who in whos]
        say(f"{work:{width}}" + "".join(_cell(one / four if one and four else None, 2)
                                        for one, four in pairs))


TABLES = {"exact": _exact, "init": _init, "cache": _cache, "memory": _memory, "wall": _wall}


def show(rows):
    """Print all tables, kernel by kernel."""
    groups = collections.defaultdict(list)
    for row in rows:
        groups[row["kernel"], row["mode"]].append(row)
    for kernel in dict.fromkeys(kernel for kernel, _ in groups):
        for mode in TABLES:
            if (kernel, mode) in groups:
                TABLES[mode](kernel, Values(groups[kernel, mode]))
