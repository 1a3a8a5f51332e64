# The official Python MCP client, driven by lines of JSON on stdin: {"op": "connect" | "call" | "list" | "notify" | "close", ...}; after "close" comes the
# next "connect". One line comes back for each: what an application using the client would have seen. Runs on mcp 1.x and 2.x; judges nothing.
import json
import sys
from contextlib import asynccontextmanager

import anyio
import mcp

MODERN = hasattr(mcp.client, "Client")
ANSWER_WITHIN_S = 4


def http_client(headers):
    if MODERN:
        import httpx2 as httpx
    else:
        import httpx
    return httpx.AsyncClient(headers=headers, timeout=httpx.Timeout(30, read=60))


@asynccontextmanager
async def session(url, headers, mode):
    from mcp.client.streamable_http import streamable_http_client

    async with http_client(headers) as client:
        if MODERN:
            async with mcp.client.Client(streamable_http_client(url, http_client=client), mode=mode) as connected:
                yield connected
        else:
            async with streamable_http_client(url, http_client=client) as (read, write, _):
                async with mcp.ClientSession(read, write) as connected:
                    await connected.initialize()
                    yield connected


def flag(result, *names):
    return any(getattr(result, name, False) is True for name in names)


def of_result(result):
    texts = [part.text for part in getattr(result, "content", []) if getattr(part, "type", "") == "text"]
    kind = "tool_error" if flag(result, "is_error", "isError") else "result"
    return {"kind": kind, "text": "\n".join(texts), "data": getattr(result, "meta", None)}


def of_error(error):
    # Task groups wrap what went wrong, sometimes several times.
    while isinstance(error, BaseExceptionGroup) and error.exceptions:
        error = error.exceptions[0]
    told = getattr(error, "error", None)
    if told is None:
        return {"kind": "thrown", "text": f"{type(error).__name__}: {error}"}
    return {"kind": "thrown", "text": told.message, "code": told.code, "data": told.data}


async def run(connected, command):
    op = command["op"]
    if op == "call":
        return of_result(await connected.call_tool(command["tool"], command["arguments"]))
    if op == "list":
        listed = await connected.list_tools()
        return {"kind": "result", "text": " ".join(tool.name for tool in listed.tools)}
    if op == "notify":
        await connected.send_roots_list_changed()
        return {"kind": "result", "text": ""}
    raise ValueError(op)


def say(told):
    print(json.dumps(told), flush=True)


async def next_command():
    line = await anyio.to_thread.run_sync(sys.stdin.readline, abandon_on_cancel=True)
    return json.loads(line) if line else {"op": "close"}


async def serve(command):
    # `waiting`: a command was read and not answered yet. Whatever ends the session meanwhile is its answer.
    waiting = True
    try:
        async with session(command["url"], command["headers"], command.get("mode", "auto")) as connected:
            say({"kind": "result", "text": "connected"})
            waiting = False
            while True:
                command = await next_command()
                waiting = True
                if command["op"] == "close":
                    break
                try:
                    with anyio.fail_after(ANSWER_WITHIN_S):
                        told = await run(connected, command)
                except TimeoutError:
                    told = {"kind": "nothing", "text": ""}
                except Exception as error:
                    told = of_error(error)
                say(told)
                waiting = False
        say({"kind": "result", "text": "closed"})
        return
    except BaseException as error:
        ended = of_error(error)
    if waiting:
        say(ended)
    while command["op"] != "close":
        command = await next_command()
        say({"kind": "dead", "text": ""})


async def main():
    # One session after another, until stdin ends.
    while (command := await next_command())["op"] == "connect":
        await serve(command)


anyio.run(main)
