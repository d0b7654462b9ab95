"""Starting, stopping, reloading, and clients that stay too long."""

from __future__ import annotations

import http.client
import queue
import signal
import socket
import threading
from contextlib import ExitStack
from pathlib import Path
from types import SimpleNamespace

import pytest

from streamgauge_http.server.gunicorn_app import CannotListen, run
from streamgauge_http.server.worker import leave_if_told_already

PATIENCE = 60
GET = b"GET %s HTTP/1.1\r\nHost: x\r\n\r\n"


def workers_of(server):
    children = Path(f"/proc/{server.pid}/task/{server.pid}/children").read_text("ascii")
    return [int(pid) for pid in children.split()]


def refuses_connections(server):
    try:
        server.connect().close()
    except ConnectionError:
        return True
    return False


def test_the_loop_is_the_one_asked_for(server, request):
    loop = request.node.callspec.params["server"]
    assert server.get("/connections").json["loop"] == loop


def test_requests_in_flight_end_on_sigterm(serve, loop, eventually):
    server = serve(loop=loop, workers=1)
    with ExitStack() as stack:
        clients = [stack.enter_context(server.connect()) for _ in range(5)]
        for client in clients:
            client.send(GET % b"/slow?seconds=1.3")
        eventually(lambda: server.get("/connections").json["slow"] == 5)
        server.signal(signal.SIGTERM)
        for client in clients:
            reply = client.reply()
            assert (reply.status, reply.headers["connection"]) == (200, "close")
            assert client.at_end()
    assert server.process.wait(20) == 0
    assert server.log == ""
    assert refuses_connections(server)


def test_connections_without_a_request_do_not_hold_up_the_stop(serve, loop):
    server = serve(loop=loop, workers=1, keepalive=1, limits={"header_timeout": 60})
    with server.connect() as fresh, server.connect() as idle:
        assert idle.send(GET % b"/echo").reply().status == 200
        server.signal(signal.SIGTERM)
        assert fresh.at_end()
        assert idle.at_end()
    assert server.process.wait(20) == 0


def test_an_answer_without_an_end_ends_with_its_worker(serve, loop, eventually):
    server = serve(loop=loop, workers=1, graceful_timeout=90)
    with ExitStack() as stack:
        clients = [stack.enter_context(server.connect()) for _ in range(3)]
        for client in clients:
            client.send(GET % b"/feed")
        eventually(lambda: server.get("/connections").json["feeds"] == 3)
        server.signal(signal.SIGTERM)
        for client in clients:
            assert client.reply().body.startswith(b"data: tick\n\n")  # whole, to its last chunk
            assert client.at_end()
    assert server.process.wait(PATIENCE) == 0
    assert server.log == ""


def test_who_takes_nothing_of_an_answer_does_not_hold_up_the_stop(serve, loop, eventually):
    server = serve(
        loop=loop, workers=1, graceful_timeout=90, limits={"linger_quiet": 0.5, "send_timeout": 900}
    )
    with server.connect() as client:
        client.send(GET % b"/large?bytes=100000000")
        assert client.file.read(15) == b"HTTP/1.1 200 OK"
        server.signal(signal.SIGTERM)
        assert server.process.wait(PATIENCE) == 0
    assert server.log == ""


def test_a_stop_right_after_the_start_is_not_missed(serve, loop, eventually):
    server = serve(loop=loop, workers=3, graceful_timeout=90)
    eventually(lambda: len(workers_of(server)) == 3)
    assert server.stop() == 0


def test_a_worker_that_was_told_to_stop_before_it_began_ends():
    told = queue.SimpleQueue()
    worker = SimpleNamespace(init_signals=lambda: told.put(signal.SIGTERM))
    with pytest.raises(SystemExit):
        leave_if_told_already(SimpleNamespace(SIG_QUEUE=told), worker)
    worker.init_signals = lambda: told.put(signal.SIGCHLD)
    leave_if_told_already(SimpleNamespace(SIG_QUEUE=told), worker)


def test_a_killed_worker_is_replaced(serve, loop, eventually):
    server = serve(loop=loop, workers=1)
    first = server.get("/echo").json["pid"]
    server.signal(signal.SIGKILL, first)
    second = server.get("/echo").json["pid"]  # waits in the listening socket meanwhile
    assert workers_of(server) == [second]
    assert second != first


def test_workers_end_with_their_arbiter(serve, loop, eventually):
    server = serve(loop=loop, workers=2, graceful_timeout=90)
    eventually(lambda: len(workers_of(server)) == 2)
    with server.connect() as client:
        client.send(GET % b"/slow?seconds=90")
        eventually(lambda: server.get("/echo").status == 200)
        server.signal(signal.SIGKILL)
        with pytest.raises((EOFError, ConnectionError)):
            client.reply()
        eventually(lambda: refuses_connections(server))


def test_a_reload_under_load_loses_no_request(serve, loop, eventually):
    server = serve(loop=loop, workers=2)
    eventually(lambda: len(workers_of(server)) == 2)
    stop = threading.Event()
    statuses, pids, errors = [], set(), []

    def load(reconnect):
        client = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
        while not stop.is_set():
            try:
                client.request("GET", "/slow?seconds=0.01")
                response = client.getresponse()
                statuses.append(response.status)
                pids.add(response.read())
            except (OSError, http.client.HTTPException) as error:
                errors.append(error)
            if reconnect:
                client.close()
        client.close()

    threads = [threading.Thread(target=load, args=(i % 2 == 0,)) for i in range(8)]
    for thread in threads:
        thread.start()
    for _ in range(2):
        before = set(workers_of(server))
        server.signal(signal.SIGHUP)
        eventually(lambda: not before & set(workers_of(server)))  # noqa: B023
    stop.set()
    for thread in threads:
        thread.join()
    assert errors == []
    assert set(statuses) == {200}
    assert len(pids) >= 2  # the load did meet old and new workers


def test_a_taken_port_is_an_error_at_once():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(CannotListen, match=f"127.0.0.1 port {port}: Address already in use"):
            run(dict, port=port)


def test_an_address_of_another_machine_is_an_error():
    with pytest.raises(CannotListen, match=r"192\.0\.2\.1 port 0: Cannot assign"):
        run(dict, host="192.0.2.1", port=0)
    with pytest.raises(CannotListen, match=r"no-such-host\.invalid port 0: "):
        run(dict, host="no-such-host.invalid", port=0)


def test_a_taken_port_ends_the_process(serve, server):
    second = serve(port=server.port)
    assert second.process.returncode == 1
    assert second.log == (
        f"error: cannot listen on 127.0.0.1 port {server.port}: Address already in use\n"
    )


def test_an_application_that_cannot_start_ends_the_process(serve, tmp_path):
    broken = tmp_path / "broken.py"
    broken.write_text("def create():\n    raise ValueError('no database')\n")
    server = serve(f"{broken}:create", workers=1)
    assert server.process.wait(20) == 3
    assert "ValueError: no database" in server.log


def test_ipv6(serve):
    if not socket.has_ipv6:
        pytest.skip("no IPv6 here")
    server = serve(host="::1", workers=1)
    with socket.create_connection(("::1", server.port)) as sock:
        sock.sendall(GET % b"/echo")
        assert sock.recv(100).startswith(b"HTTP/1.1 200")


def test_a_client_that_does_not_read_is_cut_off(serve, loop, eventually):
    server = serve(loop=loop, workers=1, limits={"send_timeout": 0.5})
    files = server.get("/connections").json["open_files"]
    with server.connect() as client:
        client.send(GET % b"/large?bytes=30000000")
        eventually(lambda: server.get("/connections").json["open_files"] == files)
        assert len(client.reply().body) < 30_000_000


def test_a_client_that_reads_slowly_is_not_cut_off(serve, loop):
    server = serve(loop=loop, workers=1, limits={"send_timeout": 0.6})
    with server.connect() as client:
        client.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65_536)
        client.send(GET % b"/large?bytes=30000000")
        pause = threading.Event()
        received = 0
        for _ in range(10):
            received += len(client.file.read(2_900_000))
            pause.wait(0.15)
        assert received == 10 * 2_900_000
        assert client.file.read(100_000)


@pytest.mark.parametrize("leave", ["close", "half_close", "half_close at once"])
def test_a_live_feed_ends_with_its_client(server, leave, eventually):
    with server.connect() as client:
        client.send(GET % b"/feed")
        if leave == "half_close at once":
            client.half_close()
        assert client.file.readline() == b"HTTP/1.1 200 OK\r\n"
        if leave == "half_close":
            assert server.get("/connections").json["feeds"] == 1
            client.half_close()
        if leave != "close":
            eventually(lambda: server.get("/connections").json["feeds"] == 0)
    eventually(lambda: server.get("/connections").json["feeds"] == 0)
