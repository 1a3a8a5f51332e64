"""A log of LiteLLM's, to a file: what its guardrails noted of each request, one JSON line each."""

import json
import os

from litellm.integrations.custom_logger import CustomLogger


class Notes(CustomLogger):
    def write(self, kwargs):
        payload = kwargs.get("standard_logging_object") or {}
        noted = payload.get("guardrail_information") or []
        with open(os.environ["GUARDRAIL_LOG"], "a", encoding="utf-8") as file:
            file.write(json.dumps(noted) + "\n")

    async def async_log_success_event(self, kwargs, response_obj, start_time, end_time):
        self.write(kwargs)

    async def async_log_failure_event(self, kwargs, response_obj, start_time, end_time):
        self.write(kwargs)


notes = Notes()
