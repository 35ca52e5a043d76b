"""Where the page is served and who may come in: addresses, passwords, ports, other sites."""

from __future__ import annotations

import signal
import socket
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from rag.app.chat import server
from rag.app.chat.server import Address, PortTaken, read_auth, serving
from rag.app.chat.service import Service
from rag.errors import UsageError
from rag.store.archive import Archive, open_archive
from tests.fakes import HashingEmbedder

ROOT = Path(__file__).resolve().parents[4]

# ---------------------------------------------------------------- addresses


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "127.5.5.5", "::1", "[::1]", "localhost", "LOCALHOST"]
)
def test_loopback_needs_no_password(host: str) -> None:
    assert Address(host).host == host


@pytest.mark.parametrize(
    "host",
    [
        "0.0.0.0",
        "::",
        "[::]",
        "192.168.1.20",
        "10.0.0.1",
        "fe80::1",
        "8.8.8.8",
        "news.example",
        "localhost.example",
        "",
    ],
)
def test_anything_else_needs_one(host: str) -> None:
    with pytest.raises(
        UsageError, match="can be reached from other machines, so a password is needed"
    ) as caught:
        Address(host)
    assert "--auth" in caught.value.hint
    assert Address(host, auth=(("rosa", "secret"),)).auth


@pytest.mark.parametrize(
    ("host", "name"),
    [("::1", "[::1]"), ("[::1]", "[::1]"), ("127.0.0.1", "127.0.0.1"), ("localhost", "localhost")],
)
def test_a_host_is_named_as_in_a_link(host: str, name: str) -> None:
    assert Address(host).name == name


# ---------------------------------------------------------------- passwords


@pytest.mark.parametrize(
    ("given", "pairs"),
    [
        (None, ()),
        ("rosa:secret", (("rosa", "secret"),)),
        ("rosa:se:cr:et", (("rosa", "se:cr:et"),)),
        (" rosa:se cret ", (("rosa", "se cret"),)),
        ("~rosa:secret", (("~rosa", "secret"),)),
        ("rosa:" + "x" * 5000, (("rosa", "x" * 5000),)),
        ("rosa:a\0b", (("rosa", "a\0b"),)),
    ],
)
def test_names_and_passwords_are_read(
    given: str | None, pairs: tuple[tuple[str, str], ...]
) -> None:
    assert read_auth(given) == pairs


def test_a_file_holds_a_line_for_each(tmp_path: Path) -> None:
    file = tmp_path / "people"
    file.write_bytes(b"\xef\xbb\xbfrosa:secret\r\n\n  owen:pass:word  \n")
    assert read_auth(str(file)) == (("rosa", "secret"), ("owen", "pass:word"))


@pytest.mark.parametrize("given", ["", "rosa", "rosa:", ":secret", ":", "no-such-file", "."])
def test_what_names_nobody_is_refused(given: str) -> None:
    with pytest.raises(UsageError, match="--auth has no name and password") as caught:
        read_auth(given)
    assert "NAME:PASSWORD" in caught.value.hint


@pytest.mark.parametrize("content", ["", "\n\n", "rosa:secret\nowen", "rosa:secret\n:x"])
def test_a_file_with_a_line_that_names_nobody_is_refused(tmp_path: Path, content: str) -> None:
    file = tmp_path / "people"
    file.write_text(content)
    with pytest.raises(UsageError, match="--auth has no name and password"):
        read_auth(str(file))


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "people"
    file.write_bytes(b"rosa:\xff\xfe")
    with pytest.raises(UsageError, match="people cannot be read"):
        read_auth(str(file))


# ---------------------------------------------------------------- served


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Archive:
    return open_archive(
        tmp_path_factory.mktemp("served") / "archive", create=True, embedder=HashingEmbedder()
    )


@pytest.fixture(autouse=True)
def own_temporary_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What serving makes lies here, and its settings go with the test."""
    for name in (
        "GRADIO_TEMP_DIR",
        "GRADIO_ANALYTICS_ENABLED",
        "GRADIO_ANALYTICS_CACHE_FREQUENCY",
        "HF_HUB_DISABLE_TELEMETRY",
        "no_proxy",
    ):
        monkeypatch.setenv(name, "")
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


@contextmanager
def served(archive: Archive, address: Address) -> Iterator[str]:
    service = Service(archive)
    with serving(service, address) as url:
        yield url
        service.warm()
        service.warmed.wait(300)


def page_at(url: str) -> dict[str, Any]:
    """What the page at a URL says of itself, {} where there is none."""
    try:
        found: dict[str, Any] = httpx.get(f"{url}config", trust_env=False).json()
    except (httpx.TransportError, ValueError):
        return {}
    return found


def has_ipv6() -> bool:
    try:
        with socket.socket(socket.AF_INET6) as found:
            found.bind(("::1", 0))
    except OSError:
        return False
    return True


@pytest.mark.parametrize(
    ("host", "shown"),
    [
        ("127.0.0.1", "http://127.0.0.1:"),
        pytest.param(
            "::1",
            "http://[::1]:",
            marks=pytest.mark.skipif(not has_ipv6(), reason="this machine has no IPv6"),
        ),
    ],
)
def test_the_page_is_up_while_it_is_served_and_gone_after(
    archive: Archive, host: str, shown: str
) -> None:
    with served(archive, Address(host, port=0)) as url:
        assert url.startswith(shown)
        assert httpx.get(url, trust_env=False).status_code == 200
        page = page_at(url)
        assert page["title"] == "Byline"
    # Another page may take the port that is free again.
    assert page_at(url).get("app_id") != page["app_id"]


def test_uploads_lie_in_a_private_folder_that_goes_with_the_server(
    archive: Archive, own_temporary_folder: Path
) -> None:
    with served(archive, Address(port=0)) as url:
        (folder,) = own_temporary_folder.glob("byline-chat-*")
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        (path,) = httpx.post(
            f"{url}gradio_api/upload",
            files={"files": ("../../note.txt", b"A note.")},
            trust_env=False,
        ).json()
        assert Path(path).resolve().is_relative_to(folder.resolve())
        assert Path(path).read_bytes() == b"A note."
    assert list(own_temporary_folder.glob("byline-chat-*")) == []


def test_a_port_that_is_taken_is_said_in_words(
    archive: Archive, own_temporary_folder: Path
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(PortTaken) as caught, served(archive, Address(port=port)):
            pass
    assert caught.value.message.startswith(
        f"The page cannot be served at 127.0.0.1:{port}: something else is there"
    )
    assert "--port" in caught.value.hint
    assert caught.value.to_json()["error"]["code"] == "port"
    assert list(own_temporary_folder.iterdir()) == []


def test_without_the_password_nothing_is_given(archive: Archive) -> None:
    with (
        served(archive, Address(port=0, auth=(("rosa", "secret"),))) as url,
        httpx.Client(base_url=url, trust_env=False) as client,
    ):
        for path in ("config", "gradio_api/info"):
            assert client.get(path).status_code == 401
        assert (
            client.post("gradio_api/call/articles", json={"data": ["", "", 0, 100]}).status_code
            == 401
        )
        assert (
            client.post(
                "gradio_api/queue/join", json={"data": [], "fn_index": 0, "session_hash": "x"}
            ).status_code
            == 401
        )
        assert client.post("gradio_api/upload", files={"files": ("a.txt", b"a")}).status_code == 401
        assert (
            client.post("login", data={"username": "rosa", "password": "wrong"}).status_code == 400
        )
        assert client.get("config").status_code == 401
        assert (
            client.post("login", data={"username": "rosa", "password": "secret"}).status_code == 200
        )
        assert client.get("config").json()["title"] == "Byline"


def test_a_proxy_that_is_set_does_not_stand_between(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    with served(archive, Address(port=0)) as url:
        assert httpx.get(url, trust_env=False).status_code == 200


def test_another_name_for_this_machine_is_refused(archive: Archive) -> None:
    """A page of another site could point its own name here, and then read as if it were ours."""
    with served(archive, Address(port=0)) as url:
        port = httpx.URL(url).port
        given = {
            host: httpx.get(url, headers={"Host": host}, trust_env=False).status_code
            for host in (f"evil.example:{port}", "evil.example")
        }
        assert set(given.values()) == {400}
        assert (
            httpx.get(url, headers={"Host": f"localhost:{port}"}, trust_env=False).status_code
            == 200
        )


def test_at_a_proxy_the_page_has_the_name_of_the_proxy() -> None:
    assert Address(root_path="/byline").guards == []
    assert Address("0.0.0.0", auth=(("rosa", "secret"),)).guards == []


# ---------------------------------------------------------------- MCP, the end


def test_an_mcp_server_needs_its_package(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "find_spec", lambda _: None)
    up = serving(Service(archive), Address(port=0), mcp=True)
    with pytest.raises(UsageError, match="needs a package that is not installed") as caught, up:
        pass
    assert caught.value.hint == "Install it with: pip install 'byline[mcp]'"


def test_an_mcp_server_cannot_have_a_password(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "find_spec", lambda _: object())
    up = serving(Service(archive), Address(port=0, auth=(("rosa", "secret"),)), mcp=True)
    with pytest.raises(UsageError, match="--mcp and --auth do not go together"), up:
        pass


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGTERM to catch")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ending_the_process_is_like_ctrl_c(number: signal.Signals) -> None:
    """So that the folder of uploads goes, too."""
    # It says so when it has been waiting for a while.
    script = (
        "import threading\nfrom rag.app.chat import server\n"
        "threading.Timer(0.3, lambda: print('ready', flush=True)).start()\n"
        "try:\n    server.wait()\nexcept KeyboardInterrupt:\n    print('stopped', flush=True)"
    )
    waiting = subprocess.Popen(
        [sys.executable, "-c", script], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert waiting.stdout is not None
    assert waiting.stdout.readline() == "ready\n"
    waiting.send_signal(number)
    assert waiting.communicate(timeout=300)[0] == "stopped\n"
    assert waiting.returncode == 0
