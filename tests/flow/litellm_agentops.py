"""litellm's AgentOps logger, pointed at a self-hosted AgentOps. For the library and for the proxy."""

import os

from litellm.integrations.agentops.agentops import AgentOps, AgentOpsConfig

agentops = AgentOps(
    AgentOpsConfig(
        endpoint=os.environ["AGENTOPS_EXPORTER_ENDPOINT"],
        auth_endpoint=os.environ["AGENTOPS_API_ENDPOINT"].rstrip("/") + "/v3/auth/token",
        api_key=os.environ["AGENTOPS_API_KEY"],
    )
)
