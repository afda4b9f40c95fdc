# SPDX-License-Identifier: GPL-2.0
"""Debian's kernel packages: find versions, download, unpack."""

import collections
import functools
import pathlib
import re
import shutil
import subprocess
import tempfile

from common import CACHE, Fail, atomic_dir, output, run, say
from kernels import toolchain

# Suites of series that the host's own suites lack; kernels.py adds them.
SUITES = {}
Release = collections.namedtuple("Release", "series version release flavour arch",
                                 defaults=("amd64", "amd64"))
Release.__doc__ = """A kernel as packaged, e.g. 6.1, 6.1.192-2, 6.1.0-56, rt-amd64, amd64"""
HOST = "amd64"
BUSYBOX = "bin/busybox"
# The modules of a stock kernel that guests can use.
MODULES = ("crypto/*", "arch/x86/crypto/*", "lib/*", "fs/*", "net/*", "drivers/net/veth.ko*")


def compare(a, b):
    """Compare two Debian versions."""
    less = subprocess.run(["dpkg", "--compare-versions", a, "lt", b]).returncode == 0
    return -1 if less else int(a != b)


def _rewrite_line(line, rename):
    """Rewrite a line of a .list for the suite that rename() returns; None if there is none."""
    match = re.match(r"\s*deb\s+(\[[^]]*\]\s+)?(\S+)\s+(\S+)\s+(?:\S+\s+)*?main(?!\S)", line)
    if not match or not rename(match[3]) or match[2].startswith("cdrom:"):
        return None
    options = re.sub(r"\barch=\S+?(?=[\s\]])", "", match[1] or "")
    return f"deb {options if '=' in options else ''}{match[2]} {rename(match[3])} main"


def _rewrite_stanza(stanza, rename):
    """Rewrite a stanza of a .sources for the suites that rename() returns; None if no suite is."""
    def words(field):
        match = re.search(rf"^{field}:((?:.|\n[ \t])*)", stanza, re.M | re.I)
        return set(match[1].split()) if match else set()

    suites = set(filter(None, map(rename, words("suites"))))
    if not (words("types") >= {"deb"} and words("components") >= {"main"} and suites) \
            or words("enabled") & {"no", "false", "0"}:
        return None
    fields = {"types": "Types: deb", "suites": f"Suites: {' '.join(sorted(suites))}",
              "components": "Components: main", "architectures": ""}
    return re.sub(rf"^({'|'.join(fields)}):(?:.|\n[ \t])*\n?",
                  lambda match: f"{fields[match[1].lower()]}\n".lstrip(), stanza + "\n",
                  flags=re.M | re.I)


def derive_sources(suite, dest):
    """Write apt's sources to dest: the host's own, rewritten for suite if one is given."""
    codename = re.search(r"^VERSION_CODENAME=(\w+)",
                         pathlib.Path("/etc/os-release").read_text(), re.M)
    base = {codename[1] if codename else "", "oldstable"}

    def rename(theirs):
        if suite:
            return suite if theirs in base else None
        return theirs if theirs.split("-")[0] in base else None

    main, more = re.findall("'(.*)'", output(
        ["apt-config", "shell", "F", "Dir::Etc::sourcelist/f", "D", "Dir::Etc::sourceparts/d"]))
    files = [pathlib.Path(main), *pathlib.Path(more).glob("*.list"),
             *pathlib.Path(more).glob("*.sources")]
    count = 0
    for path in filter(pathlib.Path.is_file, files):
        text = re.sub(r"^#.*\n", "", path.read_text(), flags=re.M)
        if path.suffix == ".sources":
            parts = [_rewrite_stanza(part, rename) for part in re.split(r"\n\s*\n", text)]
        else:
            parts = [_rewrite_line(line, rename) for line in text.splitlines()]
        parts = list(filter(None, parts))
        count += len(parts)
        (dest / path.name).write_text("".join(part + "\n\n" for part in parts))
    if not count:
        raise Fail(f"apt's sources name no component main of {' or '.join(sorted(base))}: where to "
                   "find other kernels is derived from that")


def _lists(series, arch):
    """Name of our own package lists for such kernels; empty if apt's lists have them."""
    return "-".join(filter(None, (SUITES.get(series), arch if arch != HOST else None)))


def _apt(series, arch):
    """apt's options for such kernels: none, or options for a separate state."""
    lists = _lists(series, arch)
    if not lists:
        return []
    top = CACHE / f"apt-{lists}"
    return [f"-oDir::State={top}/state", f"-oDir::Cache={top}/cache",
            "-oDir::Etc::SourceList=/dev/null", f"-oDir::Etc::SourceParts={top}/sources",
            f"-oAPT::Architecture={arch}", f"-oAPT::Architectures::={arch}"]


@functools.lru_cache(maxsize=None)
def _update(series, arch):
    """Update our lists for such kernels; apt's own lists do not change."""
    lists = _lists(series, arch)
    top = CACHE / f"apt-{lists}"
    shutil.rmtree(top, ignore_errors=True)
    for name in ("state/lists/partial", "cache/archives/partial", "sources"):
        (top / name).mkdir(parents=True)
    derive_sources(SUITES.get(series), top / "sources")
    try:
        run(["apt-get", "update", "-q", "-oAPT::Sandbox::User=root",
             "-oAPT::Update::Error-Mode=any", *_apt(series, arch)], top / "apt.log")
    except Fail as error:
        # If one of several archives is unreachable, continue.
        if not list((top / "state/lists").glob("*_Packages*")):
            raise Fail(f"cannot get the package lists of {lists}, which has "
                       f"linux-image-{series}.\n"
                       "  Is the network up? Its keys are in debian-archive-keyring, "
                       f"2023.3+deb12u2 or newer.\n{error}") from None


def versions(packages, series, arch=HOST):
    """Versions of each package that apt knows."""
    found = collections.defaultdict(set)
    for row in output(["apt-cache", *_apt(series, arch), "madison", *packages]).splitlines():
        name, version, origin = (field.strip() for field in row.split("|"))
        if origin.endswith("Packages"):
            found[name].add(version)
    return found


def newest(series, flavour, arch):
    """Newest kernel of a series with image, headers and source."""
    if _lists(series, arch):
        _update(series, arch)
    stock = re.compile(rf"linux-image-({re.escape(series)}\.\d+[-+][0-9a-z]*\d)-{flavour}")
    names = output(["apt-cache", *_apt(series, arch), "pkgnames",
                    f"linux-image-{series}."]).split()
    releases = [match[1] for match in filter(None, map(stock.fullmatch, names))]
    source = f"linux-source-{series}"
    known = versions([source, *(f"linux-{kind}-{release}-{flavour}"
                                for release in releases for kind in ("image", "headers"))],
                     series, arch)
    found = {version: release for release in releases
             for version in (known[f"linux-image-{release}-{flavour}"] & known[source]
                             & known[f"linux-headers-{release}-{flavour}"])}
    if not found:
        return None
    version = max(found, key=functools.cmp_to_key(compare))
    return Release(series, version, found[version], flavour, arch)


def _entry(series, flavour):
    """Prefix of the names of such kernels in the cache."""
    return f"stock-{series}" + (f"-{flavour}" if flavour != "amd64" else "")


def cached(series, flavour, arch):
    """Newest kernel of a series in the cache."""
    entries = [p.name.split("_") for p in CACHE.glob(f"{_entry(series, flavour)}_*_*")
               if not p.name.endswith(".partial")]
    if not entries:
        return None
    best = max(entries, key=lambda e: functools.cmp_to_key(compare)(e[1]))
    return Release(series, best[1], best[2], flavour, arch)


@functools.lru_cache(maxsize=None)
def choose(series, flavour="amd64", arch=HOST):
    """The kernel to use: apt's newest, or the cache's if apt has none."""
    # If apt's own lists lack such kernels, a query needs the network: prefer the cache.
    first, second = (cached, newest) if _lists(series, arch) else (newest, cached)
    release = first(series, flavour, arch) or second(series, flavour, arch)
    if not release:
        raise Fail(f"no linux-image-{series}.*-{flavour} with its linux-headers and "
                   f"linux-source among apt's packages.\n"
                   "  This takes Debian 12 (bookworm) with its security updates among "
                   "apt's sources,\n  and an `apt-get update` that reached them.")
    return release


def download(series, packages, dest, arch=HOST):
    """Download packages (a list of name=version) of a series into dest."""
    dest.mkdir(parents=True, exist_ok=True)
    log = dest / "apt.log"
    try:
        run(["apt-get", "download", "-q", "-oAPT::Sandbox::User=root",
             *_apt(series, arch), *packages], log, cwd=dest)
    except Fail as error:
        raise Fail("cannot download " + " ".join(packages)
                   + f".\n  Is the network up, and `apt-get update` recent?\n{error}") from None
    return sorted(dest.glob("*.deb"))


def unpack(deb, dest, *members):
    """Unpack a package, or only the members that match tar patterns."""
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


def _download_stock(release, dest):
    """Download the packages of a stock kernel, its headers, and programs for it."""
    series, version, arch = release.series, release.version, release.arch
    headers = f"linux-headers-{name(release)}={version}"
    shown = output(["apt-cache", *_apt(series, arch), "show", headers])
    # Headers common to all flavours, and the programs that building a module runs.
    common, kbuild = (re.search(rf"linux-{part}[^\s,]*", shown)
                      for part in (r"headers-\S+-common", "kbuild-"))
    if not common or not kbuild:
        raise Fail(f"{headers} names no linux-headers-*-common or linux-kbuild package")
    # In newer releases the image is in a separate package.
    binary = f"linux-binary-{name(release)}"
    image = binary if versions([binary], series, arch) else f"linux-image-{name(release)}"
    packages = [f"{image}={version}", headers, f"{common[0]}={version}"]
    if arch == HOST:
        return download(series, [*packages, f"{kbuild[0]}={version}"], dest)
    # kbuild's programs run on the host, busybox runs in the guest.
    return [*download(series, [kbuild[0]], dest / "host"),
            *download(series, [*packages, "busybox-static"], dest, arch)]


def stock(release):
    """A stock kernel with its headers, in the cache: its directory."""
    path = _path(release)
    if path.exists():
        return path
    with atomic_dir(path) as tmp:
        for deb in _download_stock(release, tmp / "debs"):
            if re.match(r"linux-(image|binary)-", deb.name):
                unpack(deb, tmp, "*/vmlinu[xz]*")
            elif deb.name.startswith("busybox"):
                unpack(deb, tmp, f"./{BUSYBOX}")
            else:
                # With vmlinux, kbuild would make BTF, which needs pahole.
                unpack(deb, tmp, "--exclude=vmlinux", "./usr")
        shutil.rmtree(tmp / "debs")
        _relocate_headers(_kdir(tmp, release))
        if release.series in SUITES:
            with tempfile.TemporaryDirectory(dir=tmp) as work:
                work = pathlib.Path(work)
                _unpack_source(release, work / "source", *toolchain.SOURCES)
                toolchain.adapt(_kdir(tmp, release), work / "source", work / "out")
    return path


def modules(release):
    """The modules of a stock kernel that MODULES names: name -> path, decompressed."""
    path = CACHE / f"modules-{name(release)}_{release.version}"
    if not path.exists():
        with atomic_dir(path) as tmp:
            package = f"linux-image-{name(release)}={release.version}"
            for deb in download(release.series, [package], tmp / "debs", release.arch):
                unpack(deb, tmp, *(f"*/kernel/{part}" for part in MODULES))
            shutil.rmtree(tmp / "debs")
            if packed := list(tmp.rglob("*.ko.xz")):
                run(["xz", "-d", *packed], tmp / "xz.log")
    return {file.stem.replace("-", "_"): file for file in path.rglob("*.ko")}


def name(release):
    """The kernel's own name, which its packages end with."""
    return f"{release.release}-{release.flavour}"


def _kdir(tree, release):
    return tree / f"usr/src/linux-headers-{name(release)}"


def image(release):
    """Path of a stock kernel's image."""
    return next(path for path in stock(release).rglob("vmlinu*")
                if re.match("vmlinuz|vmlinux-", path.name))


def busybox(release):
    """A static busybox for the release's architecture; None: use the host's own."""
    return None if release.arch == HOST else stock(release) / BUSYBOX


def kdir(release):
    """The directory of a stock kernel that modules are built against."""
    return _kdir(stock(release), release)


def _relocate_headers(headers):
    """Make the absolute paths in the Makefile of packaged headers relative."""
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
    """Unpack a kernel's source, or these members, into the cache, once: its directory."""
    path = CACHE / f"{name}-{release.version}"
    if not path.exists():
        with atomic_dir(path) as tmp:
            _unpack_source(release, tmp, *members)
    return path
