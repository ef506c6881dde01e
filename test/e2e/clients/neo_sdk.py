"""The whole surface of the published client against the Bay of BAY_ENDPOINT and BAY_TOKEN.

Each coroutine below is one check. The last line of standard output is JSON: name of the check -> null, or its traceback.
Nothing of the client is replaced; a profile hook notes which of its functions were called.
"""

import asyncio
import inspect
import json
import os
import sys
import traceback

import shipyard_neo
from shipyard_neo import (
    BayClient,
    BayError,
    CargoFileNotFoundError,
    ConflictError,
    InvalidPathError,
    NotFoundError,
    SandboxExpiredError,
    SandboxStatus,
    SandboxTTLInfiniteError,
    UnauthorizedError,
    ValidationError,
)

PACKAGE_DIR = os.path.dirname(shipyard_neo.__file__)
PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="


async def raises(error, awaitable):
    """What was raised; its own class, not one that it inherits from."""
    try:
        await awaitable
    except BayError as raised:
        assert type(raised) is error, f"{type(raised).__name__} instead of {error.__name__}: {raised.message}"
        return raised
    raise AssertionError(f"{error.__name__} was not raised")


async def settings(client):
    for missing, name in (("endpoint_url", "BAY_ENDPOINT"), ("access_token", "BAY_TOKEN")):
        kept = os.environ.pop(name)
        try:
            BayClient()
        except ValueError as error:
            assert missing in str(error)
        else:
            raise AssertionError(f"there is a client without {missing}")
        finally:
            os.environ[name] = kept
    async with BayClient(os.environ["BAY_ENDPOINT"], os.environ["BAY_TOKEN"], timeout=60.0, max_retries=0) as own:
        assert (await own.http.get("/health"))["status"] == "ok"


async def profiles(client):
    brief = {profile.id: profile for profile in (await client.list_profiles()).items}
    detailed = {profile.id: profile for profile in (await client.list_profiles(detail=True)).items}
    assert {"python", "shell", "filesystem"} <= set(brief["python-default"].capabilities)
    assert brief["python-default"].idle_timeout > 0 and brief["python-default"].containers is None
    assert [one.runtime_type for one in detailed["python-default"].containers] == ["ship"]


async def creates_gets_and_lists(client):
    sandbox = await client.create_sandbox(ttl=600)
    assert sandbox.id.startswith("sandbox-") and sandbox.cargo_id.startswith("ws-")
    assert sandbox.status is SandboxStatus.IDLE and sandbox.profile == "python-default"
    assert sandbox.created_at.tzinfo is None and 599 <= (sandbox.expires_at - sandbox.created_at).total_seconds() <= 601
    assert sandbox.idle_expires_at is None and "python" in sandbox.capabilities
    await sandbox.shell.exec("true")
    await sandbox.refresh()
    assert sandbox.status is SandboxStatus.READY and sandbox.idle_expires_at is not None
    assert (await client.get_sandbox(sandbox.id)).created_at == sandbox.created_at
    page = await client.list_sandboxes(status=SandboxStatus.READY)
    assert sandbox.id in [item.id for item in page.items]
    assert sandbox.id not in [item.id for item in (await client.list_sandboxes(status="idle")).items]
    await sandbox.delete()


async def pages_through_lists(client):
    made = [(await client.create_sandbox()).id for _ in range(3)]
    seen, cursor = [], None
    while True:
        page = await client.list_sandboxes(limit=2, cursor=cursor)
        seen += [item.id for item in page.items]
        cursor = page.next_cursor
        if not cursor:
            break
    assert set(made) <= set(seen) and len(seen) == len(set(seen))
    for id in made:
        await (await client.get_sandbox(id)).delete()


async def repeats_safely(client):
    first = await client.create_sandbox(ttl=600, idempotency_key="sdk-create")
    again = await client.create_sandbox(ttl=600, idempotency_key="sdk-create")
    assert again.id == first.id and again.created_at == first.created_at
    await raises(ConflictError, client.create_sandbox(ttl=601, idempotency_key="sdk-create"))
    await raises(ConflictError, client.create_sandbox(idempotency_key="not a key"))
    await first.extend_ttl(60, idempotency_key="sdk-extend")
    extended = first.expires_at
    await first.extend_ttl(60, idempotency_key="sdk-extend")
    assert first.expires_at == extended
    await first.delete()


async def keeps_life_times(client):
    sandbox = await client.create_sandbox(ttl=600)
    before = sandbox.expires_at
    await sandbox.extend_ttl(300)
    assert (sandbox.expires_at - before).total_seconds() == 300
    await sandbox.keepalive()
    await sandbox.refresh()
    assert sandbox.status is SandboxStatus.IDLE
    await raises(ValidationError, sandbox.extend_ttl(10**12))
    eternal = await client.create_sandbox(ttl=0)
    assert eternal.expires_at is None
    await raises(SandboxTTLInfiniteError, eternal.extend_ttl(60))
    brief = await client.create_sandbox(ttl=1)
    while brief.status is not SandboxStatus.EXPIRED:
        await asyncio.sleep(0.1)
        try:
            await brief.refresh()
        except NotFoundError:
            break
    else:
        await raises(SandboxExpiredError, brief.extend_ttl(60))
    for one in (sandbox, eternal):
        await one.delete()


async def runs_python(client):
    sandbox = await client.create_sandbox()
    result = await sandbox.python.exec("x = 6 * 7\nprint(x)", include_code=True, description="a product", tags="b,a")
    assert result.success and result.output == "42" and result.error is None
    assert result.code == "x = 6 * 7\nprint(x)" and result.execution_id.startswith("exec-")
    assert result.execution_time_ms >= 0 and result.data["execution_count"] == 1
    assert (await sandbox.python.exec("x + 1")).output == "43"
    failed = await sandbox.python.exec("1 / 0")
    assert not failed.success and "ZeroDivisionError" in failed.error
    image = f"from IPython.display import Image, display\nimport base64\ndisplay(Image(base64.b64decode('{PNG}')))"
    images = (await sandbox.python.exec(image)).data["output"]["images"]
    assert [list(one) for one in images] == [["image/png"]] and images[0]["image/png"].strip() == PNG
    slow = await sandbox.python.exec("import time; time.sleep(60)", timeout=1)
    assert not slow.success and slow.error
    assert (await sandbox.python.exec("x")).output == "42"
    outputs = await asyncio.gather(*[sandbox.python.exec(f"print({n})") for n in range(4)])
    assert [one.output for one in outputs] == ["0", "1", "2", "3"]
    await sandbox.delete()


async def runs_commands(client):
    sandbox = await client.create_sandbox()
    result = await sandbox.shell.exec("echo out; echo err >&2; exit 3", include_code=True, description="d", tags="t")
    assert (result.success, result.exit_code, result.output) == (False, 3, "out") and "err" in result.error
    assert result.command == "echo out; echo err >&2; exit 3" and result.execution_id.startswith("exec-")
    await sandbox.shell.exec("mkdir -p sub/dir")
    assert (await sandbox.shell.exec("pwd", cwd="sub/dir")).output == "/workspace/sub/dir"
    slow = await sandbox.shell.exec("sleep 60", timeout=1)
    assert (slow.success, slow.exit_code) == (False, -1)
    error = await raises(InvalidPathError, sandbox.shell.exec("true", cwd="../up"))
    assert error.details == {"field": "cwd", "reason": "path_traversal"}
    await sandbox.delete()


async def keeps_history(client):
    sandbox = await client.create_sandbox()
    python = await sandbox.python.exec("print(1)", description="one", tags="b, a")
    shell = await sandbox.shell.exec("exit 3")
    history = await sandbox.get_execution_history()
    assert history.total == 2 and [one.id for one in history.entries] == [shell.execution_id, python.execution_id]
    only = await sandbox.get_execution_history(exec_type="python", success_only=True, limit=1, offset=0, tags="a")
    assert [one.id for one in only.entries] == [python.execution_id] and only.total == 1
    entry = await sandbox.get_execution(python.execution_id)
    assert (entry.exec_type, entry.code, entry.success, entry.output) == ("python", "print(1)", True, "1")
    assert (entry.description, entry.tags, entry.notes) == ("one", "a,b", None)
    last = await sandbox.get_last_execution()
    assert last.id == shell.execution_id and not last.success
    assert (await sandbox.get_last_execution(exec_type="python")).id == python.execution_id
    noted = await sandbox.annotate_execution(python.execution_id, description="first", tags="", notes="quick")
    assert (noted.description, noted.tags, noted.notes) == ("first", None, "quick")
    assert (await sandbox.get_execution_history(has_notes=True, has_description=True)).total == 1
    await raises(NotFoundError, sandbox.get_execution("exec-000000000000"))
    await sandbox.delete()


async def handles_files(client):
    sandbox = await client.create_sandbox()
    files = sandbox.filesystem
    await files.write_file("deep/er/text.txt", "grüß 世界\n")
    assert await files.read_file("deep/er/text.txt") == "grüß 世界\n"
    [entry] = await files.list_dir("deep/er")
    assert (entry.name, entry.is_dir, entry.size) == ("text.txt", False, 14)
    assert [(one.name, one.is_dir, one.size) for one in await files.list_dir()] == [("deep", True, None)]
    content = bytes(range(256)) * 1024
    await files.upload("deep/naïve \"name\".bin", content)
    assert await files.download("deep/naïve \"name\".bin") == content
    await files.delete("deep/er/text.txt")
    for missing in (files.read_file, files.download, files.delete, files.list_dir):
        await raises(CargoFileNotFoundError, missing("deep/er/text.txt"))
    for path in ("/etc/passwd", "../up", "a\0b"):
        await raises(InvalidPathError, files.read_file(path))
    await raises(InvalidPathError, files.write_file("../up", ""))
    await raises(InvalidPathError, files.upload("../up", b""))
    await files.delete("deep")
    assert await files.list_dir(".") == []
    await sandbox.delete()


async def stops_and_resumes(client):
    sandbox = await client.create_sandbox()
    await sandbox.python.exec("kept = 1; open('kept.txt', 'w').write('kept')")
    await sandbox.stop()
    await sandbox.stop()
    await sandbox.refresh()
    assert sandbox.status is SandboxStatus.IDLE and sandbox.idle_expires_at is None
    assert "NameError" in (await sandbox.python.exec("kept")).error
    assert await sandbox.filesystem.read_file("kept.txt") == "kept"
    await sandbox.delete()


async def shares_cargos(client):
    cargo = await client.cargos.create(size_limit_mb=64, idempotency_key="sdk-cargo")
    assert (await client.cargos.create(size_limit_mb=64, idempotency_key="sdk-cargo")).id == cargo.id
    assert not cargo.managed and cargo.managed_by_sandbox_id is None and cargo.backend == "docker_volume"
    assert cargo.size_limit_mb == 64 and (await client.cargos.get(cargo.id)).created_at == cargo.created_at
    other = await client.cargos.create()
    page = await client.cargos.list(limit=1)
    rest = await client.cargos.list(limit=1, cursor=page.next_cursor)
    assert [one.id for one in page.items + rest.items] == [other.id, cargo.id]
    first = await client.create_sandbox(cargo_id=cargo.id)
    second = await client.create_sandbox(cargo_id=cargo.id)
    await first.filesystem.write_file("shared.txt", "shared")
    assert await second.filesystem.read_file("shared.txt") == "shared"
    in_use = await raises(ConflictError, client.cargos.delete(cargo.id))
    assert sorted(in_use.details["active_sandbox_ids"]) == sorted([first.id, second.id])
    await first.delete()
    await second.delete()
    own = await client.create_sandbox()
    [managed] = [one for one in (await client.cargos.list(managed=True)).items if one.id == own.cargo_id]
    assert managed.managed and managed.managed_by_sandbox_id == own.id and managed.size_limit_mb > 0
    await raises(ConflictError, client.cargos.delete(own.cargo_id))
    await own.delete()
    for one in (cargo, other):
        await client.cargos.delete(one.id)
        await raises(NotFoundError, client.cargos.get(one.id))


async def deletes(client):
    sandbox = await client.create_sandbox()
    await sandbox.delete()
    await sandbox.delete()
    await raises(NotFoundError, sandbox.refresh())
    await raises(NotFoundError, sandbox.python.exec("1"))
    await raises(NotFoundError, client.get_sandbox("sandbox-000000000000"))


async def tells_errors_apart(client):
    await raises(ValidationError, client.create_sandbox(profile="no-such-profile"))
    await raises(NotFoundError, client.create_sandbox(cargo_id="ws-000000000000"))
    # A 422: the client finds the error's code in Bay's envelope.
    wrong = await raises(ValidationError, client.list_sandboxes(limit=201))
    assert wrong.details["errors"][0]["path"] == "query.limit"
    async with BayClient(access_token="wrong") as stranger:
        await raises(UnauthorizedError, stranger.list_profiles())


async def knows_no_browser_and_no_skills(client):
    """Routes that Bay does not serve: the client says that they are not found."""
    sandbox = await client.create_sandbox()
    skills = client.skills
    for call in (
        sandbox.browser.exec("open about:blank"),
        sandbox.browser.exec_batch(["open about:blank"]),
        sandbox.browser.run_skill("greet"),
        skills.create_payload(payload={"commands": ["open about:blank"]}),
        skills.get_payload("blob:blob-0123456789ab"),
        skills.create_candidate(skill_key="greet", source_execution_ids=["exec-0123456789ab"]),
        skills.list_candidates(status="draft", skill_key="greet"),
        skills.get_candidate("sc-0123456789ab"),
        skills.evaluate_candidate("sc-0123456789ab", passed=True),
        skills.promote_candidate("sc-0123456789ab"),
        skills.list_releases(skill_key="greet"),
        skills.delete_release("sr-0123456789ab", reason="none"),
        skills.delete_candidate("sc-0123456789ab"),
        skills.rollback_release("sr-0123456789ab"),
        skills.get_release_health("sr-0123456789ab"),
    ):
        await raises(NotFoundError, call)
    await sandbox.delete()


CHECKS = (
    settings,
    profiles,
    creates_gets_and_lists,
    pages_through_lists,
    repeats_safely,
    keeps_life_times,
    runs_python,
    runs_commands,
    keeps_history,
    handles_files,
    stops_and_resumes,
    shares_cargos,
    deletes,
    tells_errors_apart,
    knows_no_browser_and_no_skills,
)

called = set()


def note_call(frame, event, argument):
    if event == "call" and frame.f_code.co_filename.startswith(PACKAGE_DIR):
        called.add(frame.f_code)


def public_functions():
    for module in [module for name, module in sys.modules.items() if name.startswith("shipyard_neo.")]:
        for owner in [one for _, one in inspect.getmembers(module, inspect.isclass) if one.__module__ == module.__name__]:
            for name, member in vars(owner).items():
                function = member.fget if isinstance(member, property) else member
                if inspect.isfunction(function) and not name.startswith("_"):
                    yield f"{owner.__name__}.{name}", function.__code__


async def main():
    results = {}
    async with BayClient() as client:
        for check in CHECKS:
            try:
                await asyncio.wait_for(check(client), 120)
                results[check.__name__] = None
            except Exception:
                results[check.__name__] = traceback.format_exc()
    uncalled = sorted(name for name, code in public_functions() if code not in called)
    results["the_whole_surface"] = f"never called: {', '.join(uncalled)}" if uncalled else None
    print(json.dumps(results))


sys.setprofile(note_call)
asyncio.run(main())
