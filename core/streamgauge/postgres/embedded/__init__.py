"""A real PostgreSQL that comes up by itself when no DATABASE_URL is set.

    user process ──(unix socket, held open)──> keeper ──(parent of)──> postgres
    user process ──(unix socket, held open)──┘                            ^
         └────────────────(libpq, unix socket)────────────────────────────┘

The first user starts the keeper, later users join it, and each holds a connection to it for as
long as it needs the server. The kernel closes that connection even on kill -9. When the last user
is gone the keeper stops postgres and ends; when postgres dies by itself the keeper starts it
again; when the keeper dies the kernel stops postgres, and `kept` starts both again. There is no TCP
port, and the data stays.

    with EmbeddedPostgres.acquire() as postgres:
        psycopg.connect(postgres.url)

`STREAMGAUGE_PG_BINDIR` names a folder with `initdb` and `postgres` to use before all others.
"""

from streamgauge.postgres.embedded.binaries import Binaries, find_binaries
from streamgauge.postgres.embedded.handle import EmbeddedPostgres
from streamgauge.postgres.embedded.watch import kept

__all__ = ["Binaries", "EmbeddedPostgres", "find_binaries", "kept"]
