"""Start userstatus with: python app.py"""

from userstatus import eventloop

eventloop.patch()  # must come before all other imports

import sys  # noqa: E402

from userstatus.server import main  # noqa: E402

if __name__ == "__main__":
    sys.exit(main())
