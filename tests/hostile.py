"""A corpus of hostile code: what learners could try against the grading of week 1.

Each piece is put into the first answer cell of an empty sheet, or into the one that is named. No
piece knows a right answer, so none may get a point, nor read or change anything outside.
"""

from __future__ import annotations

# Attempts to get points without answers, in one cell of a sheet that is otherwise not answered.
FORGED: dict[str, str] = {
    "equal to everything": """
class Any(float):
    def __eq__(self, other): return True
    def __sub__(self, other): return Any(0)
    def __rsub__(self, other): return Any(0)
    def __abs__(self): return Any(0)
    def __le__(self, other): return True
    def __gt__(self, other): return False
country, language = "TZA", "sw"
anomaly_2024 = mean_2015_2024 = co2_change = Any(0)
""",
    "patched check and judge": """
import sys, types
import organizer_lab.check as c
c.answer = c.reply = lambda *a, **k: (True, [])
fake = types.ModuleType("organizer_lab.grading")
fake.judge = types.SimpleNamespace(mark=lambda *a, **k: None)
sys.modules["organizer_lab.grading"] = fake
sys.modules["organizer_lab.grading.judge"] = fake.judge
""",
    "input transformer": """
ip = get_ipython()
ip.input_transformers_cleanup.append(lambda lines: ["pass\\n"])
""",
    "syntax tree transformer": """
import ast
class Away(ast.NodeTransformer):
    def visit_Raise(self, node): return ast.Pass()
    def visit_Assert(self, node): return ast.Pass()
    def visit_Expr(self, node): return ast.Pass()
get_ipython().ast_transformers.append(Away())
""",
    "patched run_cell": """
import types
from IPython.core.interactiveshell import ExecutionInfo, ExecutionResult
def nothing(self, raw_cell, *a, **k):
    return ExecutionResult(ExecutionInfo(raw_cell, False, False, True, None))
type(get_ipython()).run_cell = nothing
""",
    "no error is shown": """
get_ipython().set_custom_exc((BaseException,), lambda *a, **k: None)
get_ipython()._showtraceback = lambda *a, **k: None
get_ipython().showtraceback = lambda *a, **k: None
""",
    "no error is raised": """
import builtins
class Never(Exception):
    def __new__(cls, *a, **k): raise SystemExit(0)
builtins.AssertionError = Never
NotRight = Never
""",
    "leave before the test": "import os\nos._exit(0)",
    "leave by the system": "raise SystemExit(0)",
    "crash": "import ctypes\nctypes.string_at(0)",
    "shadow modules": """
for name in ("csv", "json", "re", "organizer_lab", "pandas", "answers", "importlib"):
    with open(name + ".py", "w") as file:
        file.write("def judge(*a, **k): pass\\ndef of(*a, **k): return {}\\n")
import sys
for name in [n for n in sys.modules if n.startswith(("csv", "json", "organizer_lab.data"))]:
    del sys.modules[name]
""",
    "changed tables": """
from organizer_lab import data
import pandas as pd
data.load = lambda name: pd.DataFrame({"iso3": ["TZA"], "year": [2024], "value": [0]})
data.value = lambda *a, **k: 0.0
country, language = "TZA", "sw"
anomaly_2024 = mean_2015_2024 = co2_change = 0.0
""",
    "answers that are no numbers": """
country, language = "TZA", "sw"
anomaly_2024 = mean_2015_2024 = co2_change = float("nan")
baselines = {}
""",
    "the copy says what it likes": """
import sys
sys.modules["answers"].of = lambda *a, **k: {
    "country": "TZA", "language": "sw", "anomaly_2024": float("nan"), "why_missing": "",
    "mean_2015_2024": float("inf"), "co2_change": 1e400, "baselines": {},
    "card": {"part": "TopicCard"}}
""",
    "forged messages": """
import os, json, struct
for cell in range(40):
    text = json.dumps({"cell": cell, "outputs": [
        {"output_type": "execute_result", "data": {"text/plain": "2.0"}}],
        "answers": {"country": "TZA", "anomaly_2024": True}}).encode()
    os.write(3, struct.pack("!I", len(text)) + text)
os._exit(0)
""",
    "rubbish on the channel": """
import os
os.write(3, b"\\xff\\xff\\xff\\xff" + b"x" * 1000)
os._exit(0)
""",
    "very deep answers": """
deep = []
for _ in range(5000):
    deep = [deep]
country = language = anomaly_2024 = mean_2015_2024 = co2_change = baselines = deep
""",
    "very long answers": """
country = language = "x" * 5_000_000
anomaly_2024 = 10 ** 4000
mean_2015_2024 = co2_change = [0] * 900_000
""",
    "outputs without end": """
from IPython.display import publish_display_data
deep = {}
for _ in range(400):
    deep = {"a": deep}
publish_display_data({"application/json": deep, "text/plain": "deep"})
for _ in range(3000):
    publish_display_data({"text/plain": "many"})
""",
    "an object that raises": """
class Bad:
    def __getattribute__(self, name): raise RuntimeError("no")
    def __class_getitem__(cls, item): raise RuntimeError("no")
country = language = anomaly_2024 = mean_2015_2024 = co2_change = baselines = card = Bad()
""",
}

# Attempts to read or change what lies outside, each of which must end in an error.
REACHING: dict[str, str] = {
    "read the users": "open('/etc/passwd').read()",
    "read the gradebook": "open({course!r} + '/gradebook.db', 'rb').read()",
    "list the course": "__import__('os').listdir({course!r} + '/source')",
    "read another submission": "open({course!r} + '/submitted/right/week-1/week-1.ipynb').read()",
    "read the marking": "import organizer_lab.grading.marking",
    "read the processes": "__import__('os').listdir('/proc')",
    "read a home": "open(__import__('os').path.expanduser('~root') + '/.bashrc').read()",
    "write a library": "open(__import__('pandas').__file__, 'a')",
    "write the tables": "open(str(__import__('organizer_lab.data').data.folder() / 'x'), 'w')",
    "write anywhere": "open('/left-behind', 'w')",
    "open a socket": "import socket\nsocket.create_connection(('127.0.0.1', 9), 1)",
    "ask for a name": "import socket\nsocket.getaddrinfo('meta.wikimedia.org', 80)",
    "start a program": "import subprocess\nsubprocess.run(['id'], check=True)",
    "start a shell": "assert __import__('os').system('true') == 0",
    "make a process": "import os\nos.fork()",
    "end the grader": "import os\nos.kill(os.getppid(), 9)",
    "end everything": "import os\nos.kill(-1, 9)",
    "trace a process": "import ctypes\nassert ctypes.CDLL(None).ptrace(16, 1, 0, 0) == 0",
    "leave the namespace": "import ctypes\nassert ctypes.CDLL(None).unshare(0x10000000) == 0",
    "mount": "import ctypes\nassert ctypes.CDLL(None).mount(b'x', b'/dev', b'tmpfs', 0, None) == 0",
    "take the memory": "held = bytearray(6_000_000_000)",
    "fill the disk": "open('big', 'wb').write(b'0' * 40_000_000)",
    "fill the folder": "for n in range(20):\n    open(str(n), 'wb').write(b'0' * 15_000_000)",
    "share memory": "import mmap\nheld = mmap.mmap(-1, 3_000_000_000)",
    "share a device": (
        "import mmap, os\nheld = mmap.mmap(os.open('/dev/zero', os.O_RDWR), 3_000_000_000)"
    ),
    "stop the grader by a pipe": """
import fcntl, os
reader, writer = os.pipe()
fcntl.fcntl(reader, fcntl.F_SETOWN, os.getppid())
fcntl.fcntl(reader, 10, 19)
fcntl.fcntl(reader, fcntl.F_SETFL, os.O_ASYNC)
os.write(writer, b"x")
""",
    "stop the grader by half a word": """
import ctypes, os
reader, writer = os.pipe()
assert ctypes.CDLL(None).fcntl(reader, ctypes.c_ulong(8 | 1 << 32), os.getppid()) == 0
""",
    "stop the grader by a call": """
import array, fcntl, os, socket
one, two = socket.socketpair()
fcntl.ioctl(one, 0x8901, array.array("i", [os.getppid()]))
""",
    "slow the next one down": "import os\nos.sched_setaffinity(os.getppid(), {0})",
    "raise a limit": "import resource as r\nr.setrlimit(r.RLIMIT_DATA, (-1, -1))",
}
