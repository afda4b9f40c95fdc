# SPDX-License-Identifier: GPL-2.0
"""`make plots`: draws the results of `make bench` with gnuplot."""

import collections
import itertools
import json
import os
import re
import shutil
import statistics

from common import BUILD, ROOT, Fail, run, say
from measure.bench import RESULTS
from measure.benchtable import KPOOL, SLUB, Values

OUT = ROOT / "Documentation/performance"
COLOURS = ("#4477aa", "#ee9944", "#228833", "#aa3377")
GREY = "#999999"
ROW = 13       # pixels per bar
MOMENTS = {"peak": "all live", "kept_1s": "1 s after the others are freed",
           "kept_shrink": "after shrink"}


def load(path):
    """Read the results: {mode: {kernel: Values}}."""
    if not path.exists():
        raise Fail(f"there is no {path}: run `make bench`")
    modes = collections.defaultdict(lambda: collections.defaultdict(list))
    try:
        for row in json.loads(path.read_text()):
            modes[row["mode"]][row["kernel"]].append({**row, "value": float(row["value"])})
        return collections.defaultdict(dict, {
            mode: {kernel: Values(rows) for kernel, rows in kernels.items()}
            for mode, kernels in modes.items()})
    except (ValueError, KeyError, TypeError) as error:
        raise Fail(f"{path} is not results of `make bench`: {error!r}") from None


def newest(kernels):
    """Sort names of kernels, the newest last."""
    return sorted(kernels, key=lambda name: [int(n) for n in re.findall(r"\d+", name)])


def ratios(kernels, metric):
    """{workload: {kernel: kpool / SLUB}}, medians of the ratios; the last row is their mean."""
    rows = collections.defaultdict(dict)
    means = {}
    for kernel in newest(kernels):
        values, name = kernels[kernel], f"Linux {kernel}"
        for work in values.workloads(metric):
            if ratio := values.ratio(work, KPOOL, metric):
                rows[work][name] = ratio
        if column := [row[name] for row in rows.values() if name in row]:
            means[name] = statistics.geometric_mean(column)
    # Put workloads together that differ only in the number of threads.
    names = list(dict.fromkeys(work.partition("@")[0] for work in rows))
    works = sorted(rows, key=lambda work: (names.index(work.partition("@")[0]), work))
    return {**{work: rows[work] for work in works}, "geometric mean": means} if rows else {}


def held(values):
    """{population and moment: {allocator: bytes held / bytes live}}."""
    rows = collections.defaultdict(dict)
    for work in values.workloads("live_kept"):
        for moment, text in MOMENTS.items():
            for who in values.allocators(f"held_{moment}"):
                mine = values.median(work, who, f"held_{moment}")
                live = values.median(work, who, f"live_{moment.split('_')[0]}")
                if mine and live:
                    rows[f"{work}, {text}"][who] = mine / live
    return rows


def misses(values):
    """{workload: {allocator: misses of an allocation and a free}}."""
    metric = "pair_l1d_misses"
    return {work: {who: values.median(work, who, metric) for who in values.allocators(metric)
                   if values.get(work, who, metric)} for work in values.workloads(metric)}


def bars(name, title, unit, rows, marks, out):
    """Write out/name.svg: a group of bars for each row, a colour for each series."""
    series = list(dict.fromkeys(s for row in rows.values() for s in row))
    series.sort(key=lambda s: s not in SLUB)
    spare = itertools.cycle(COLOURS)
    colour = {s: GREY if s == "kmalloc" else "#cccccc" if s == "kmem_cache" else next(spare)
              for s in series}
    thick = 1 / (len(series) + 1)
    high = max(v for row in rows.values() for v in row.values())
    text = [
        f"set terminal svg size 860,{120 + ROW * len(rows) * (len(series) + 1)} "
        "font 'sans-serif,12' background '#ffffff' noenhanced",
        f"set output '{out / name}.svg'",
        f"set title '{title}'",
        f"set xlabel '{unit}'",
        f"set xrange [0:{max([high * 1.08, *(at * 1.03 for at in marks.values())]):.4g}]",
        f"set yrange [{len(rows) - 0.5:g}:-0.5]",
        "set key above horizontal Left reverse samplen 1",
        "set style fill solid noborder",
        "set border 3 linecolor '#666666'",
        "set tics nomirror out textcolor '#000000'",
        "set grid xtics linecolor '#dddddd'",
        "set ytics scale 0 (" + ", ".join(f"'{label}' {i}" for i, label in enumerate(rows)) + ")",
    ]
    for label, at in marks.items():
        text += [f"set arrow from first {at},graph 0 to first {at},graph 1 nohead back "
                 "dashtype 2 linecolor '#000000'",
                 f"set label '{label}' at first {at},graph 1 center offset 0,0.5 font ',10'"]
    plots = []
    for index, s in enumerate(series):
        text.append(f"$bars{index} << EOD")
        for row, values in enumerate(rows.values()):
            if s in values:
                middle = row + (index - (len(series) - 1) / 2) * thick
                text.append(f"{values[s]:.4g} {middle:.4f} 0 {values[s]:.4g} "
                            f"{middle - thick / 2:.4f} {middle + thick / 2:.4f}")
        text.append("EOD")
        plots += [f"$bars{index} with boxxyerror linecolor '{colour[s]}' title '{s}'",
                  f"$bars{index} using 1:2:(sprintf('%.2f', $1)) with labels left "
                  "offset 0.3,0 font ',9' notitle"]
    text.append("plot " + ", \\\n     ".join(plots))
    script = BUILD / "plots" / f"{name}.gnuplot"
    script.parent.mkdir(parents=True, exist_ok=True)
    script.write_text("\n".join(text) + "\n")
    run(["gnuplot", script], script.with_suffix(".log"), f"gnuplot for {name}.svg",
        env={**os.environ, "LC_ALL": "C"})
    say(f"{out / name}.svg")


def _pictures(modes):
    """(name, title, unit, rows, marks) of each picture."""
    better = "kpool / SLUB (the better of kmalloc and kmem_cache), less is better"
    yield ("instructions", "Instructions of an allocation and a free, one CPU", better,
           ratios(modes["exact"], "insn_pair"), {"goal of the mean": 0.33, "SLUB": 1})
    yield ("cpus", "Time of an allocation and a free, workload@threads", better,
           ratios(modes["wall"], "ns_pair"), {"goal": 0.6, "SLUB": 1})
    for name, mode, rows, title, unit, marks in (
            ("memory", "memory", held, "Bytes held / bytes live, a million objects, Linux {}",
             "bytes held / bytes live, metadata counted, less is better", {"nothing wasted": 1}),
            ("misses", "cache", misses, "Misses of a modelled 32 KiB L1 data cache, Linux {}",
             "misses of an allocation and a free, loop subtracted, less is better", {})):
        kernel = newest(modes[mode])[-1:]
        yield (name, title.format(*kernel or ("-",)), unit,
               rows(modes[mode][kernel[0]]) if kernel else {}, marks)


def plots(results=RESULTS, out=OUT):
    """Draw all available results; name the missing ones."""
    if not shutil.which("gnuplot"):
        raise Fail("gnuplot is missing (package gnuplot-nox)")
    modes = load(results)
    out.mkdir(parents=True, exist_ok=True)
    for name, title, unit, rows, marks in _pictures(modes):
        if rows:
            bars(name, title, unit, rows, marks, out)
        else:
            say(f"no {name}.svg: {results} has nothing for it")
