"""The whole surface of the first generation's client against the Bay of SHIPYARD_ENDPOINT and SHIPYARD_TOKEN.

Each coroutine below is one check. The last line of standard output is JSON: name of the check -> null, or its traceback.
Nothing of the client is replaced; a profile hook notes which of its functions were called.
"""

import asyncio
import inspect
import json
import os
import sys
import tempfile
import traceback
import uuid

import shipyard
from shipyard import ShipyardClient, Spec

PACKAGE_DIR = os.path.dirname(shipyard.__file__)


async def raises(text, awaitable):
    """The client knows one exception; what it says begins with what it did, the status and the body."""
    try:
        await awaitable
    except Exception as raised:
        assert text in str(raised), raised
        return
    raise AssertionError(f"nothing was raised, expected {text}")


async def data_of(awaitable):
    """The whole envelope is given back; this is the ship's part of it."""
    answer = await awaitable
    assert answer["success"] is True and answer["error"] is None, answer
    return answer["data"]


async def new_ship(client, **options):
    return await client.create_ship(ttl=3600, session_id=str(uuid.uuid4()), **options)


async def creates_and_finds(client):
    session_id = str(uuid.uuid4())
    spec = Spec(cpus=1.0, memory="512m")
    ship = await client.create_ship(ttl=3600, spec=spec, max_session_num=10, session_id=session_id)
    assert ship.status == 1 and 0 < ship.ttl <= 3600, (ship.status, ship.ttl)
    assert ship.container_id and ship.created_at.year >= 2026
    assert (ship.max_session_num, ship.current_session_num) == (1, 1)
    assert ship.ip_address is None or ":" in ship.ip_address, ship.ip_address
    again = await client.create_ship(ttl=60, session_id=session_id)
    assert again.id == ship.id
    other = await client.create_ship(ttl=60, max_session_num=10)
    assert other.id != ship.id
    found = await client.get_ship(ship.id)
    assert found["id"] == ship.id and found["status"] == 1, found
    assert await client.get_ship(str(uuid.uuid4())) is None


async def prolongs_and_reads_logs(client):
    ship = await new_ship(client)
    extended = await ship.extend_ttl(600)
    assert 3600 < extended["ttl"] <= 4200, extended
    assert (await client.extend_ship_ttl(ship.id, 600))["ttl"] > 4200
    assert isinstance(await ship.get_logs(), str)
    assert await client.get_ship_logs(str(uuid.uuid4())) == ""
    await raises("Failed to extend TTL: 404", client.extend_ship_ttl(str(uuid.uuid4()), 600))
    await raises("Failed to extend TTL: 422", ship.extend_ttl(0))


async def runs_python(client):
    ship = await new_ship(client)
    first = await data_of(ship.python.exec("x = 20\nprint('hello')\nx + 1"))
    assert first["success"] and first["output"]["text"] == "hello\n21", first
    assert first["code"].startswith("x = 20") and first["kernel_id"], first
    second = await data_of(ship.python.exec("x + 22", kernel_id="any", timeout=60))
    assert second["output"]["text"] == "42", second
    silent = await data_of(ship.python.exec("x + 22", silent=True))
    assert silent["success"] and silent["output"] == {"text": "", "images": []}, silent
    failed = await data_of(ship.python.exec("1/0"))
    assert not failed["success"] and "ZeroDivisionError" in failed["error"], failed
    slow = await data_of(ship.python.exec("import time\ntime.sleep(60)", timeout=1))
    assert not slow["success"] and slow["error"] == "Code execution timed out after 1 seconds", slow
    assert (await data_of(ship.python.exec("x")))["output"]["text"] == "20"


async def runs_commands(client):
    ship = await new_ship(client)
    done = await data_of(ship.shell.exec("whoami; echo $A; echo oops >&2; exit 3", env={"A": "b"}))
    assert not done["success"] and done["return_code"] == 3, done
    assert done["stdout"] == "shipyard\nb" and done["stderr"] == "oops", done
    assert done["command"].startswith("whoami") and done["execution_time_ms"] >= 0, done
    assert (await data_of(ship.shell.exec("mkdir -p d")))["success"]
    assert (await data_of(ship.shell.exec("pwd", cwd="d")))["stdout"] == "/workspace/d"
    outside = await data_of(ship.shell.exec("pwd", cwd="/etc"))
    assert outside["return_code"] == -1 and outside["error"].startswith("403: Access denied"), outside
    slow = await data_of(ship.shell.exec("echo begun; sleep 60", timeout=1))
    assert slow["return_code"] == -1 and slow["error"] == "Command timed out", slow
    assert slow["command"] and slow["execution_time_ms"] > 0, slow
    left = await data_of(ship.shell.exec("echo $$ >pid; exec sleep 600", background=True))
    assert left["success"] and left["pid"] > 0 and len(left["process_id"]) == 8, left
    alive = "until [ -s pid ]; do sleep 0.1; done; kill -0 $(cat pid) && kill $(cat pid) && echo alive"
    assert (await data_of(ship.shell.exec(alive)))["stdout"] == "alive"


async def handles_files(client):
    ship = await new_ship(client)
    fs = ship.fs
    made = await data_of(fs.create_file("a/run.sh", "one\ntwo\n", mode=0o755))
    assert made["path"] == "/workspace/a/run.sh", made
    assert (await data_of(ship.shell.exec("stat -c %a a/run.sh")))["stdout"] == "755"
    added = await data_of(fs.write_file("a/run.sh", "three\n", mode="a"))
    assert added["size"] == 14, added
    part = await data_of(fs.read_file("/workspace/a/run.sh", offset=2, limit=1))
    assert part["content"] == "two\n" and part["size"] == 14, part
    assert (await data_of(fs.edit_file("a/run.sh", "t", "T", replace_all=True)))["replacements"] == 2
    assert (await data_of(fs.read_file("a/run.sh", encoding="utf-8")))["content"] == "one\nTwo\nThree\n"
    await data_of(fs.write_file("latin", "é", encoding="latin-1"))
    assert (await data_of(fs.read_file("latin", encoding="latin-1")))["content"] == "é"
    await data_of(fs.create_file(".hidden"))
    shown = await data_of(fs.list_dir())
    assert [entry["name"] for entry in shown["files"]] == ["a", "latin"] and shown["current_path"] == "/workspace", shown
    everything = await data_of(fs.list_dir("/workspace", show_hidden=True))
    assert ".hidden" in [entry["name"] for entry in everything["files"]], everything
    await data_of(fs.delete_file("a"))
    failed = "Failed to execute operation: 400"
    await raises(f"{failed} " + '{"detail":"Ship returned 404:', fs.read_file("a/run.sh"))
    await raises('Ship returned 403: {\\"detail\\":\\"Access denied', fs.read_file("../x"))
    await raises("Ship returned 400", fs.edit_file("latin", "no such text", "x", encoding="latin-1"))
    await raises("Ship returned 400", fs.edit_file("latin", "é", "é", encoding="latin-1"))


async def moves_files(client):
    ship = await new_ship(client)
    with tempfile.TemporaryDirectory() as directory:
        os.chdir(directory)
        sent = os.urandom(300_000)
        with open("sent.bin", "wb") as file:
            file.write(sent)
        answer = await ship.upload_file("sent.bin")
        assert answer["success"] is True and answer["file_path"] == "/workspace/sent.bin", answer
        await client.upload_file(ship.id, "sent.bin", ship._session_id, "deep/er/copy.bin")
        await ship.download_file("deep/er/copy.bin")
        await client.download_file(ship.id, "/workspace/sent.bin", ship._session_id, "back.bin")
        for name in ("copy.bin", "back.bin"):
            with open(name, "rb") as file:
                assert file.read() == sent
        await raises("Failed to download file: 404", ship.download_file("none"))
        await raises("Failed to download file: 403", ship.download_file("/etc/passwd"))
        await raises("Failed to download file: 400", ship.download_file("deep"))
        await raises("Failed to upload file: 403", ship.upload_file("sent.bin", "../x"))
        await raises("Failed to upload file: 403", client.upload_file(ship.id, "sent.bin", "stranger", "x"))
        await raises("Failed to upload file: 404", client.upload_file("none", "sent.bin", "stranger", "x"))
        os.chdir("/")


async def keeps_sessions_apart(client):
    ship = await new_ship(client)
    stranger = shipyard.shell.ShellComponent(client, ship.id, "stranger")
    await raises("Session does not have access to this ship", stranger.exec("true"))
    nowhere = shipyard.shell.ShellComponent(client, str(uuid.uuid4()), "stranger")
    await raises("Ship not found or not running", nowhere.exec("true"))


async def tells_errors(client):
    await raises("Failed to create ship: 422", client.create_ship(ttl=0))
    await raises("Failed to create ship: 500", client.create_ship(ttl=60, spec=Spec(memory="lots")))
    async with ShipyardClient(os.environ["SHIPYARD_ENDPOINT"] + "/", "wrong") as wrong:
        await raises("Failed to create ship: 401", wrong.create_ship(ttl=60))
        await raises("Failed to get ship: 401", wrong.get_ship("any"))
        await raises("Failed to get logs: 401", wrong.get_ship_logs("any"))


CHECKS = (
    creates_and_finds,
    prolongs_and_reads_logs,
    runs_python,
    runs_commands,
    handles_files,
    moves_files,
    keeps_sessions_apart,
    tells_errors,
)

called = set()


def note_call(frame, event, argument):
    if event == "call" and frame.f_code.co_filename.startswith(PACKAGE_DIR):
        called.add(frame.f_code)


def public_functions():
    for module in [module for name, module in sys.modules.items() if name.startswith("shipyard.")]:
        for owner in [one for _, one in inspect.getmembers(module, inspect.isclass) if one.__module__ == module.__name__]:
            for name, member in vars(owner).items():
                function = member.fget if isinstance(member, property) else member
                if inspect.isfunction(function) and not name.startswith("_"):
                    yield f"{owner.__name__}.{name}", function.__code__
        for name, function in inspect.getmembers(module, inspect.isfunction):
            if function.__module__ == module.__name__ and not name.startswith("_"):
                yield name, function.__code__


async def main():
    results = {}
    async with ShipyardClient() as client:
        for check in CHECKS:
            try:
                await asyncio.wait_for(check(client), 120)
                results[check.__name__] = None
            except Exception:
                results[check.__name__] = traceback.format_exc()
        helper = await shipyard.create_session_ship(ttl=60)
        assert helper.status == 1
        await helper._client.close()
    uncalled = sorted(name for name, code in public_functions() if code not in called)
    results["the_whole_surface"] = f"never called: {', '.join(uncalled)}" if uncalled else None
    print(json.dumps(results))


sys.setprofile(note_call)
asyncio.run(main())
