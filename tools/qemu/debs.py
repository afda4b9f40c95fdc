# SPDX-License-Identifier: GPL-2.0
"""Debian's kernel packages: which versions there are, download, unpack."""

import collections
import functools
import pathlib
import re
import shutil
import subprocess
import tempfile

import toolchain
from common import CACHE, Fail, atomic_dir, output, run, say

# Series that the host's own suites lack, and the suite that has them.
SUITES = {"7.3": "trixie-backports"}
Release = collections.namedtuple("Release", "series version release flavour",
                                 defaults=("amd64",))
Release.__doc__ = """A kernel as packaged, e.g. 6.1, 6.1.192-2, 6.1.0-56, rt-amd64"""


def compare(a, b):
    """Order of two Debian versions."""
    less = subprocess.run(["dpkg", "--compare-versions", a, "lt", b]).returncode == 0
    return -1 if less else int(a != b)


def _rewrite_line(line, suite, base):
    """A line of a .list, with suite instead of base; None if it is about another."""
    match = re.match(r"\s*deb\s+(\[[^]]*\]\s+)?(\S+)\s+(\S+)\s+(?:\S+\s+)*?main(?!\S)", line)
    if match and match[3] in base and not match[2].startswith("cdrom:"):
        return f"deb {match[1] or ''}{match[2]} {suite} main"
    return None


def _rewrite_stanza(stanza, suite, base):
    """The same for a stanza of a .sources."""
    fields = {"types": "deb", "suites": suite, "components": "main"}

    def words(field):
        match = re.search(rf"^{field}:((?:.|\n[ \t])*)", stanza, re.M | re.I)
        return set(match[1].split()) if match else set()

    if not (words("types") >= {"deb"} and words("components") >= {"main"}
            and words("suites") & base) or words("enabled") & {"no", "false", "0"}:
        return None
    return re.sub(r"^(types|suites|components):(?:.|\n[ \t])*",
                  lambda match: f"{match[1]}: {fields[match[1].lower()]}", stanza,
                  flags=re.M | re.I)


def _derive_sources(suite, dest):
    """Write sources for a suite into dest, as the host's own ones but for the suite."""
    codename = re.search(r"^VERSION_CODENAME=(\w+)",
                         pathlib.Path("/etc/os-release").read_text(), re.M)
    base = {codename[1] if codename else "", "oldstable"}
    main, more = re.findall("'(.*)'", output(
        ["apt-config", "shell", "F", "Dir::Etc::sourcelist/f", "D", "Dir::Etc::sourceparts/d"]))
    files = [pathlib.Path(main), *pathlib.Path(more).glob("*.list"),
             *pathlib.Path(more).glob("*.sources")]
    count = 0
    for path in filter(pathlib.Path.is_file, files):
        text = re.sub(r"^#.*\n", "", path.read_text(), flags=re.M)
        if path.suffix == ".sources":
            parts = [_rewrite_stanza(part, suite, base) for part in re.split(r"\n\s*\n", text)]
        else:
            parts = [_rewrite_line(line, suite, base) for line in text.splitlines()]
        parts = list(filter(None, parts))
        count += len(parts)
        (dest / path.name).write_text("".join(part + "\n\n" for part in parts))
    if not count:
        raise Fail(f"apt's sources name no component main of {' or '.join(sorted(base))}: where to "
                   f"find {suite} is derived from that")


def _apt(series):
    """apt's options for a series: none, or those of a state of its own for its suite."""
    if series not in SUITES:
        return []
    top = CACHE / f"apt-{SUITES[series]}"
    return [f"-oDir::State={top}/state", f"-oDir::Cache={top}/cache",
            "-oDir::Etc::SourceList=/dev/null", f"-oDir::Etc::SourceParts={top}/sources"]


def _update(series):
    """Get the lists of the suite that has a series; apt's own are left as they are."""
    suite = SUITES[series]
    top = CACHE / f"apt-{suite}"
    shutil.rmtree(top, ignore_errors=True)
    for name in ("state/lists/partial", "cache/archives/partial", "sources"):
        (top / name).mkdir(parents=True)
    _derive_sources(suite, top / "sources")
    try:
        run(["apt-get", "update", "-q", "-oAPT::Sandbox::User=root",
             "-oAPT::Update::Error-Mode=any", *_apt(series)], top / "apt.log")
    except Fail as error:
        raise Fail(f"cannot get the package lists of {suite}, which has linux-source-{series}.\n"
                   "  Is the network up? Its keys are in debian-archive-keyring, "
                   f"2023.3+deb12u2 or newer.\n{error}") from None


def versions(packages, series):
    """Versions that apt knows of each of those packages."""
    found = collections.defaultdict(set)
    for row in output(["apt-cache", *_apt(series), "madison", *packages]).splitlines():
        name, version, origin = (field.strip() for field in row.split("|"))
        if origin.endswith("Packages"):
            found[name].add(version)
    return found


def newest(series, flavour):
    """Newest kernel of a series whose image, headers and source all exist."""
    if series in SUITES:
        _update(series)
    stock = re.compile(rf"linux-image-({re.escape(series)}\.\d+[-+][0-9a-z]*\d)-{flavour}")
    names = output(["apt-cache", *_apt(series), "pkgnames",
                    f"linux-image-{series}."]).split()
    releases = [match[1] for match in filter(None, map(stock.fullmatch, names))]
    source = f"linux-source-{series}"
    known = versions([source, *(f"linux-{kind}-{release}-{flavour}"
                                for release in releases for kind in ("image", "headers"))],
                     series)
    found = {version: release for release in releases
             for version in (known[f"linux-image-{release}-{flavour}"] & known[source]
                             & known[f"linux-headers-{release}-{flavour}"])}
    if not found:
        return None
    version = max(found, key=functools.cmp_to_key(compare))
    return Release(series, version, found[version], flavour)


def _entry(series, flavour):
    """How the names of such kernels in the cache begin."""
    return f"stock-{series}" + (f"-{flavour}" if flavour != "amd64" else "")


def cached(series, flavour):
    """Newest kernel of a series that is in the cache already."""
    entries = [p.name.split("_") for p in CACHE.glob(f"{_entry(series, flavour)}_*_*")
               if not p.name.endswith(".partial")]
    if not entries:
        return None
    best = max(entries, key=lambda e: functools.cmp_to_key(compare)(e[1]))
    return Release(series, best[1], best[2], flavour)


@functools.lru_cache(maxsize=None)
def choose(series, flavour="amd64"):
    """The kernel to use: apt's newest, or the cache's when apt has none."""
    # Where apt's own lists do not tell, asking takes the network: what there is will do.
    first, second = (cached, newest) if series in SUITES else (newest, cached)
    release = first(series, flavour) or second(series, flavour)
    if not release:
        raise Fail(f"no linux-image-{series}.*-{flavour} with its linux-headers and "
                   f"linux-source among apt's packages.\n"
                   "  This takes Debian 12 (bookworm) with its security updates among "
                   "apt's sources,\n  and an `apt-get update` that reached them.")
    return release


def download(series, packages, dest):
    """Fetch packages of a series (a list of name=version) into dest."""
    dest.mkdir(parents=True, exist_ok=True)
    log = dest / "apt.log"
    try:
        run(["apt-get", "download", "-q", "-oAPT::Sandbox::User=root", *_apt(series),
             *packages], log, cwd=dest)
    except Fail as error:
        raise Fail("cannot download " + " ".join(packages)
                   + f".\n  Is the network up, and `apt-get update` recent?\n{error}") from None
    return sorted(dest.glob("*.deb"))


def unpack(deb, dest, *members):
    """Unpack a package, or only the members given as tar patterns."""
    dest.mkdir(parents=True, exist_ok=True)
    with subprocess.Popen(["dpkg-deb", "--fsys-tarfile", deb],
                          stdout=subprocess.PIPE) as tar:
        done = subprocess.run(["tar", "x", "-C", dest, "--wildcards", *members],
                              stdin=tar.stdout)
    if done.returncode or tar.returncode:
        raise Fail(f"cannot unpack {deb}")


def _path(release):
    entry = _entry(release.series, release.flavour)
    path = CACHE / f"{entry}_{release.version}_{release.release}"
    if release.series in SUITES:
        path = path.with_name(f"{path.name}_{toolchain.CC}-{toolchain.version().strip()}")
    return path


def is_cached(release):
    return _path(release).exists()


def stock(release):
    """A stock kernel with its headers, ready in the cache: its directory."""
    path = _path(release)
    if path.exists():
        return path
    name, version, apt = _name(release), release.version, _apt(release.series)
    headers = f"linux-headers-{name}={version}"
    shown = output(["apt-cache", *apt, "show", headers])
    # Those of all flavours, and the programs that building a module runs.
    common, kbuild = (re.search(rf"linux-{part}[^\s,]*", shown)
                      for part in (r"headers-\S+-common", "kbuild-"))
    if not common or not kbuild:
        raise Fail(f"{headers} names no linux-headers-*-common or linux-kbuild package")
    # Newer releases have the image in a package of its own.
    image = "binary" if versions([f"linux-binary-{name}"], release.series) else "image"
    with atomic_dir(path) as tmp:
        for deb in download(release.series,
                            [f"linux-{image}-{name}={version}", headers,
                             f"{common[0]}={version}", f"{kbuild[0]}={version}"],
                            tmp / "debs"):
            if deb.name.startswith(f"linux-{image}"):
                unpack(deb, tmp, "*/vmlinuz*")
            else:
                # vmlinux is there for BTF, which would need pahole too.
                unpack(deb, tmp, "--exclude=vmlinux", "./usr")
        shutil.rmtree(tmp / "debs")
        _relocate_headers(_kdir(tmp, release))
        if release.series in SUITES:
            with tempfile.TemporaryDirectory(dir=tmp) as work:
                work = pathlib.Path(work)
                _unpack_source(release, work / "source", *toolchain.SOURCES)
                toolchain.adapt(_kdir(tmp, release), work / "source", work / "out")
    return path


def _name(release):
    return f"{release.release}-{release.flavour}"


def _kdir(tree, release):
    return tree / f"usr/src/linux-headers-{_name(release)}"


def image(release):
    """A stock kernel's image."""
    return next(stock(release).rglob("vmlinuz*"))


def kdir(release):
    """What a module is built against, in a stock kernel's directory."""
    return _kdir(stock(release), release)


def _relocate_headers(headers):
    """The Makefile of packaged headers has absolute names: make them relative."""
    makefile = headers / "Makefile"
    here = "$(dir $(lastword $(MAKEFILE_LIST)))"
    makefile.write_text(makefile.read_text().replace("/usr/src/", f"{here}../")
                        .replace("KBUILD_OUTPUT=", "KBUILD_OUTPUT:="))


def source_archive(release):
    """The kernel's source as packaged: a tar file in the cache."""
    path = CACHE / f"source-{release.version}"
    if not path.exists():
        with atomic_dir(path) as tmp:
            say(f"    downloading linux-source-{release.series} {release.version}")
            package = f"linux-source-{release.series}={release.version}"
            for deb in download(release.series, [package], tmp / "debs"):
                unpack(deb, tmp, "./usr/src/*.tar.xz")
            shutil.rmtree(tmp / "debs")
    return next(path.glob("usr/src/*.tar.xz"))


def _unpack_source(release, dest, *members):
    archive = source_archive(release)
    dest.mkdir(exist_ok=True)
    run(["tar", "xf", archive, "-C", dest, "--strip-components=1", "--wildcards", *members],
        dest / "tar.log", "unpacking the kernel's source")


def source(release, name, *members):
    """Unpack (part of) a kernel's source into the cache, once: its directory."""
    path = CACHE / f"{name}-{release.version}"
    if not path.exists():
        with atomic_dir(path) as tmp:
            _unpack_source(release, tmp, *members)
    return path
