"""The collection as tools and resources of the Model Context Protocol, for assistants.

The official SDK is an extra of the package: whatever imports it asks `check_installed` first.
"""

from __future__ import annotations

import importlib

from alliance_qa.errors import ExtraMissingError

INSTALL = 'pip install "alliance-qa[mcp]"'


def check_installed() -> None:
    """Import the SDK.

    Raises:
        ExtraMissingError: It is not installed, or is of version 1, which does not speak the present protocol.
    """
    try:
        importlib.import_module("mcp_types")  # version 1 of the SDK has none
        importlib.import_module("mcp.server.lowlevel.server")
    except ImportError as error:
        raise ExtraMissingError(f"MCP needs the official SDK; run: {INSTALL}") from error
