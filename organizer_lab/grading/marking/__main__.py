"""Mark one answer: question on the command line, values as JSON on standard input.

Exit status 0 is right, 3 is not right (the reason on standard output), anything else is a fault:
1 and 2 are what Python itself ends with when it cannot even start the marking.
"""

import json
import sys

from organizer_lab.grading.marking import Wrong, judge

NOT_RIGHT = 3


def main() -> int:
    """Mark the answer, and give the exit status."""
    try:
        judge(sys.argv[1], json.load(sys.stdin))
    except Wrong as wrong:
        print(wrong)
        return NOT_RIGHT
    return 0


if __name__ == "__main__":
    sys.exit(main())
