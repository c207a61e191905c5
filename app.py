"""Start userstatus with: python app.py"""

from userstatus import eventloop

eventloop.patch()  # before anything else is imported

import sys  # noqa: E402

from userstatus.server import main  # noqa: E402

if __name__ == "__main__":
    sys.exit(main())
