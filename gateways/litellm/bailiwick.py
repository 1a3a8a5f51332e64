"""Bailiwick for LiteLLM's proxy: carries questions to Bailiwick and applies the answers. Holds no rule.

`custom_auth` runs on every request. It takes the agent's runtime token as the only credential and asks about a model call with the body as it
came; of an MCP request it asks whether the task is alive. `BailiwickGuardrail` takes out the tools a model call may not go on with, and asks
about each MCP tool before it is called or listed. Anything that is not an explicit allow is refused: no answer, a late one, another status.
"""

import base64
import json
import os
import sys
import uuid
from collections import OrderedDict

import httpx
from fastapi import HTTPException, Request
from litellm.integrations.custom_guardrail import CustomGuardrail
from litellm.proxy._types import ProxyException, UserAPIKeyAuth

URL = os.environ["BAILIWICK_URL"].rstrip("/")
MODELS = os.environ["BAILIWICK_MODELS"]
# LiteLLM's name of an MCP server -> Bailiwick's resource: "payments=payments,desk=tickets".
SERVERS = dict(pair.split("=", 1) for pair in os.environ.get("BAILIWICK_MCP", "").split(",") if pair)
KEY_FILE = os.environ["BAILIWICK_KEY_FILE"]
TIMEOUT_SECONDS = 1.0
MCP_VERSION = "2025-06-18"
MAX_SEEN = 20_000
# What hooks are not given otherwise, by an id that travels with the authenticated caller. Tokens stay here: LiteLLM logs what it is given.
# LiteLLM loads this file once per name it is given (custom_auth, the guardrail): both copies must see one.
SEEN = sys.modules.setdefault("bailiwick_seen", OrderedDict())
UNAVAILABLE = {"effect": "deny", "reason": "state_unavailable", "message": "The decision could not be made."}
BAD_TOKEN = ("token_", "proof_", "wrong_resource")

with open(KEY_FILE, encoding="ascii") as file:
    CLIENT = httpx.AsyncClient(
        timeout=TIMEOUT_SECONDS, trust_env=False, headers={"x-bailiwick-gateway-key": file.read().strip()}
    )


async def ask(resource, token, **question):
    """The answer of /v1/decide; a deny where there is none."""
    if resource is None:
        return {"effect": "deny", "reason": "resource_unknown", "message": "The resource of this call is not known here."}
    try:
        response = await CLIENT.post(f"{URL}/v1/decide", json={"resource": resource, "token": token, **question})
        answer = response.json()
    except (httpx.HTTPError, ValueError):
        return UNAVAILABLE
    if not isinstance(answer, dict):
        return UNAVAILABLE
    return answer if response.status_code == 200 or answer.get("effect") == "deny" else UNAVAILABLE


def is_allowed(answer):
    return answer.get("effect") == "allow"


def told(answer):
    """What the caller reads of a refusal: the reason, what may help, and the decision to quote."""
    parts = [str(answer.get("message", UNAVAILABLE["message"]))]
    if answer.get("remediation") is not None:
        parts.append("Remediation: " + json.dumps(answer["remediation"]))
    return "\n".join([*parts, f"Decision: {answer.get('decision_id', 'none')}"])


def refuse(answer):
    detail = {name: answer[name] for name in ("reason", "decision_id", "remediation") if name in answer}
    return HTTPException(status_code=403, detail={"error": told(answer), **detail})


def bearer(request):
    values = request.headers.getlist("authorization")
    return values[0][7:].strip() if len(values) == 1 and values[0][:7].lower() == "bearer " else ""


def mcp_resource(path):
    """The one resource an MCP path is about: /mcp/<server>, /<server>/mcp, or /mcp where there is one server. None for every other MCP path."""
    parts = [part for part in path.split("/") if part]
    names = [part for part in parts if part != "mcp"]
    if len(names) == 1 and len(parts) == 2:
        return SERVERS.get(names[0])
    return next(iter(SERVERS.values())) if not names and len(SERVERS) == 1 else None


async def custom_auth(request: Request, api_key: str) -> UserAPIKeyAuth:
    token = bearer(request)
    path = request.url.path
    seen = {"token": token}
    if "mcp" in path.split("/"):
        answer = await ask(mcp_resource(path), token, mcp={"method": "ping", "version": MCP_VERSION})
    else:
        body = await request.body()
        target = path + (f"?{request.url.query}" if request.url.query else "")
        headers = [[name, value] for name, value in request.headers.items() if name != "authorization"]
        http = {"method": request.method, "path": target, "headers": headers, "body_base64": base64.b64encode(body).decode()}
        answer = await ask(MODELS, token, http=http, can_drop_tools=True)
        seen["model"] = json.loads(body).get("model") if is_allowed(answer) else None
    if not is_allowed(answer):
        code = 401 if str(answer.get("reason", "")).startswith(BAD_TOKEN) else 403
        raise ProxyException(message=told(answer), type=str(answer.get("reason")), param=None, code=code)
    seen["answer"] = answer
    request_id = uuid.uuid4().hex
    SEEN[request_id] = seen
    while len(SEEN) > MAX_SEEN:
        SEEN.popitem(last=False)
    task = answer.get("task", {}).get("id", "unknown")
    return UserAPIKeyAuth(api_key=task, user_id=task, metadata={"bailiwick": request_id})


def name_of(tool):
    for part in (tool.get("function"), tool.get("custom"), tool):
        if isinstance(part, dict) and isinstance(part.get("name"), str):
            return part["name"]
    return None


class BailiwickGuardrail(CustomGuardrail):
    async def async_pre_call_hook(self, user_api_key_dict, cache, data, call_type):
        metadata = getattr(user_api_key_dict, "metadata", None) or {}
        seen = SEEN.get(metadata.get("bailiwick"))
        if seen is None:
            raise refuse(UNAVAILABLE)
        if call_type == "call_mcp_tool":
            return await self.call_tool(seen, data)
        if call_type == "list_mcp_tools":
            return await self.list_tool(seen, data)
        return self.drop_tools(seen, data)

    async def call_tool(self, seen, data):
        params = {"name": data.get("mcp_tool_name"), "arguments": data.get("mcp_arguments") or {}}
        mcp = {"method": "tools/call", "version": MCP_VERSION, "params": params}
        answer = await ask(SERVERS.get(data.get("mcp_server_name")), seen["token"], mcp=mcp)
        self.note(data, answer, {"tool": params["name"]})
        if not is_allowed(answer):
            raise refuse(answer)
        return data

    async def list_tool(self, seen, data):
        name = data.get("mcp_tool_name")
        mcp = {"method": "tools/list", "version": MCP_VERSION, "listed": [name]}
        answer = await ask(SERVERS.get(data.get("mcp_server_name")), seen["token"], mcp=mcp)
        if not is_allowed(answer) or name not in answer.get("kept", []):
            raise refuse({**answer, "message": "This tool is not available to this task."})
        return data

    def drop_tools(self, seen, data):
        answer = seen["answer"]
        if seen.get("model") is None or data.get("model") != seen["model"]:
            raise refuse(UNAVAILABLE)
        if "kept" in answer:
            for member in ("tools", "functions"):
                if data.get(member):
                    data[member] = [tool for tool in data[member] if name_of(tool) in answer["kept"]]
                    if not data[member]:
                        del data[member]
        allowed = [name_of(tool) for member in ("tools", "functions") for tool in data.get(member) or []]
        self.note(data, answer, {"allowed_tools": allowed, "dropped_tools": answer.get("dropped", [])})
        return data

    def note(self, data, answer, more):
        """One line of LiteLLM's own log for each decision: joined with Bailiwick's record by the decision id."""
        said = {name: answer[name] for name in ("decision_id", "effect", "reason") if name in answer}
        status = "success" if is_allowed(answer) else "guardrail_intervened"
        self.add_standard_logging_guardrail_information_to_request_data(
            guardrail_json_response={**said, **more}, request_data=data, guardrail_status=status
        )
