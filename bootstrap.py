"""Make or repair the environment of this checkout: ``python3 bootstrap.py``.

It makes ``.venv`` beside this file and installs the course in it, with the versions that
``constraints.txt`` names. Run it as often as you like: when nothing has changed it stops at once.
It needs Python alone, no root, and ends with one plain line when something is missing.

The file keeps to words that every Python can read, so that an old one can still say that it is old.
"""

from __future__ import print_function

import argparse
import glob
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import time

if sys.version_info < (3, 6):
    sys.exit(
        "bootstrap: Python 3.11 or newer is needed, this is Python %d.%d." % sys.version_info[:2]
    )

NEEDED = (3, 11)
NEWER_NAMES = ["python3.11", "python3.12", "python3.13", "python3.14"]
EXTRAS = "book,grading,cluster,lite,dev"

ROOT = os.path.dirname(os.path.realpath(__file__))
VENV = os.path.join(ROOT, ".venv")
# Where the former environment waits while a new one takes its place: an environment knows its own
# path, so the new one cannot be built elsewhere and moved.
BEFORE = os.path.join(ROOT, "_build", "venv-before")
CONSTRAINTS = os.path.join(ROOT, "constraints.txt")
SCRIPTS, EXE = ("Scripts", ".exe") if os.name == "nt" else ("bin", "")

# What an interpreter says of itself; the words work in every Python, even in 2.7.
PROBE = """
import sys
print("%d.%d" % sys.version_info[:2])
print(getattr(sys, "_base_executable", None) or sys.executable)
for name in ("venv", "ensurepip", "virtualenv"):
    try:
        __import__(name)
        print(name)
    except ImportError:
        pass
"""

# The first that fits an installer's words gives the sentence for the person.
REASONS = [
    (r"No space left|os error 28|[Qq]uota exceeded", "the disk is full: about 1 GB is needed"),
    (
        r"Permission denied|Read-only file system|Access is denied|os error (5|13|30)\b",
        "a folder cannot be written: {root}, or the cache of the installer",
    ),
    (
        r"Failed to fetch|error sending request|dns error|[Cc]onnection|[Tt]imed out"
        r"|[Nn]ame resolution|connectivity is disabled|unreachable|from versions: none",
        "the package index did not answer: connect to the network, then run the same command again",
    ),
]


class Stop(Exception):
    """The reason why there is no environment, in one line for the person."""


class Python:
    """One interpreter: where it is, its version, and what it can make environments with."""

    def __init__(self, command):
        try:
            words = subprocess.check_output(
                [command, "-c", PROBE], stderr=subprocess.DEVNULL, universal_newlines=True
            ).split("\n")
            self.version = tuple(int(part) for part in words[0].split("."))
        except (OSError, ValueError, subprocess.CalledProcessError):
            self.version, words = (), ["", ""]
        self.name = ".".join(str(part) for part in self.version)
        # Inside an environment this is the interpreter below it, which outlives the environment.
        self.path = words[1]
        self.modules = set(words[2:])


def find_python(wanted):
    """Choose the interpreter: the wanted one, else this one, else a newer one on the PATH."""
    first = Python(wanted or sys.executable)
    if not first.version:
        raise Stop("'{}' does not start: give the path of a Python 3.11 or newer".format(wanted))
    names = [] if wanted else NEWER_NAMES
    for python in [first] + [Python(path) for path in map(shutil.which, names) if path]:
        if python.version >= NEEDED:
            return python
        if python is first and not names:
            break
    raise Stop(
        "Python 3.11 or newer is needed, this is Python {}".format(first.name)
        + ("" if wanted else " and no newer one is on the PATH")
        + ": install one, or name it with 'make PYTHON=/path/to/python3.12 ...'"
    )


def find_uv():
    """Give a uv that really starts: an environment's own, else one on the PATH, else ''."""
    folders = [os.path.join(environment, SCRIPTS) for environment in (VENV, BEFORE)]
    for uv in [shutil.which("uv", path=folder) for folder in folders] + [shutil.which("uv")]:
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        try:
            if uv and subprocess.call([uv, "--version"], **quiet) == 0:
                return uv
        except OSError:
            pass
    return ""


def run(command):
    """Run an installer, show its progress, and turn its failure into one sentence."""
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        universal_newlines=True,
        # Some installers print characters that a plain locale does not know.
        encoding="utf-8",
        errors="replace",
    )
    said = []
    with process:
        for line in process.stdout:
            said.append(line)
            if re.match(r"\s*(Resolved|Downloading|Building|Prepared|Installed) ", line):
                print("  " + line.strip(), flush=True)
    if process.returncode:
        words = "".join(said)
        for pattern, sentence in REASONS:
            if re.search(pattern, words):
                raise Stop(sentence.format(root=ROOT))
        sys.stderr.write(words)
        raise Stop("the packages could not be installed, for the reason above")


def create(python):
    """Make an empty environment and give the uv that fills it."""
    uv = find_uv()
    if uv:
        run([uv, "venv", "--quiet", "--no-project", "--python", python.path, VENV])
    elif {"venv", "ensurepip"} <= python.modules:
        run([python.path, "-m", "venv", VENV])
    elif "virtualenv" in python.modules:
        run([python.path, "-m", "virtualenv", "--quiet", VENV])
    else:
        raise Stop(
            "Python {} here cannot make environments: on Debian or Ubuntu run "
            "'apt install python3-venv' as root, or put uv on the PATH".format(python.name)
        )
    return uv


def install(uv):
    """Install the course and all that it needs into the environment.

    By uv, because it pays: on 2 cores and a near index a first set-up took 16 and 23 s with it
    (fetching uv itself included), 110 and 145 s with pip: five to nine times as long.
    'make bench' measures it again.
    """
    pinned = ["--constraint", CONSTRAINTS]
    if not uv:
        run(
            [inside("python"), "-m", "pip", "install", "--disable-pip-version-check"]
            + pinned
            + ["uv"]
        )
        uv = inside("uv")
    pinned += ["--build-constraint", CONSTRAINTS]
    target = ["--editable", ".[{}]".format(EXTRAS)]
    run([uv, "pip", "install", "--python", inside("python")] + pinned + target)


def inside(program):
    """Give the path of a program of the environment."""
    return os.path.join(VENV, SCRIPTS, program + EXE)


def state():
    """Describe what the environment was made from and what lies in it; equal means unchanged."""
    made_from = hashlib.sha256(EXTRAS.encode())
    for path in ["pyproject.toml", CONSTRAINTS, os.path.join(VENV, "pyvenv.cfg")]:
        with open(os.path.join(ROOT, path), "rb") as file:
            made_from.update(file.read() + b"\0")
    libraries = "Lib" if os.name == "nt" else os.path.join("lib", "python3.*")
    packages = glob.glob(os.path.join(glob.escape(VENV), libraries, "site-packages", "*.dist-info"))
    return {
        "made from": made_from.hexdigest(),
        "packages": sorted(os.path.basename(path) for path in packages),
    }


def stamp():
    """Give the path of the file that says: this environment was finished."""
    return os.path.join(VENV, "organizer-lab.json")


def usable(wanted):
    """Say whether the environment starts, was made for this very path, and has a fitting Python."""
    try:
        with open(os.path.join(VENV, SCRIPTS, "activate"), encoding="utf-8") as file:
            if VENV not in file.read():
                return False
    except OSError:
        return False
    found = Python(inside("python")).version
    return found >= NEEDED and (not wanted or found == Python(wanted).version)


def current(wanted):
    """Say whether nothing has changed since the environment was finished."""
    try:
        with open(stamp(), encoding="utf-8") as file:
            finished = json.load(file)
        return finished == state() and os.path.exists(inside("organizer-lab")) and usable(wanted)
    except (OSError, ValueError):
        return False


def remove(path):
    """Remove a folder, a file or a link, if it is there."""
    if os.path.islink(path) or os.path.isfile(path):
        os.remove(path)
    elif os.path.isdir(path):
        shutil.rmtree(path)


def rebuild(python):
    """Make a new environment in the place of the former one, which comes back if that fails."""
    if os.path.lexists(VENV):
        os.makedirs(os.path.dirname(BEFORE), exist_ok=True)
        remove(BEFORE)
        os.rename(VENV, BEFORE)
    try:
        install(create(python))
        finish()
    except BaseException:
        restore()
        raise
    remove(BEFORE)


def restore():
    """Put the former environment back where a run was cut short; drop it where one was finished."""
    if os.path.lexists(BEFORE) and os.path.exists(stamp()):
        remove(BEFORE)
    elif os.path.lexists(BEFORE):
        remove(VENV)
        os.rename(BEFORE, VENV)
    elif not os.path.exists(stamp()):
        remove(VENV)


def finish():
    """Write down that the environment is finished; the last thing that is done."""
    draft = stamp() + ".new"
    with open(draft, "w", encoding="utf-8") as file:
        json.dump(state(), file, indent=1)
    os.replace(draft, stamp())


def bootstrap(wanted="", fresh=False):
    """Bring the environment up to date, in the cheapest way that is safe."""
    if os.path.lexists(BEFORE):
        restore()
    if not fresh and current(wanted):
        print("The environment is up to date.")
        return
    start = time.time()
    if not fresh and usable(wanted):
        print("Bringing the environment up to date ...", flush=True)
        # An installer fetches everything before it changes anything.
        install(find_uv())
        finish()
    else:
        python = find_python(wanted)
        print("Making the environment with Python {} ...".format(python.name), flush=True)
        rebuild(python)
    print("The environment is ready ({:.0f} s).".format(time.time() - start))


def main():
    """Run from the command line; give the exit status."""
    parser = argparse.ArgumentParser(description="Make or repair the environment in .venv.")
    parser.add_argument("--python", default="", help="the Python to use (default: a fitting one)")
    parser.add_argument("--fresh", action="store_true", help="make it again from nothing")
    args = parser.parse_args()
    try:
        bootstrap(args.python, args.fresh)
    except Stop as reason:
        print("bootstrap: {}.".format(reason), file=sys.stderr)
    except OSError as error:
        print("bootstrap: {}: {}.".format(error.strerror, error.filename), file=sys.stderr)
    except KeyboardInterrupt:
        print("bootstrap: stopped; nothing was changed.", file=sys.stderr)
    else:
        return 0
    return 1


if __name__ == "__main__":
    sys.exit(main())
