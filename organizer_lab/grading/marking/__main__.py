"""Mark one answer: question on the command line, values as JSON on standard input.

Exit status 0 is right, 1 is not right (the reason on standard output), anything else is a fault.
"""

import json
import sys

from organizer_lab.grading.marking import Wrong, judge

if __name__ == "__main__":
    try:
        judge(sys.argv[1], json.load(sys.stdin))
    except Wrong as wrong:
        print(wrong)
        sys.exit(1)
    except Exception:
        import traceback

        traceback.print_exc()
        sys.exit(2)
