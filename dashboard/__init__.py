"""The dashboard: all that is neither a page nor AgentOps' protocol. See docs/ARCHITECTURE.md."""
