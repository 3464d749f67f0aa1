"""`qa mcp`: the documents for agents, by the Model Context Protocol (https://modelcontextprotocol.io).

Only what lies in here imports the SDK, which comes with the extra qa[mcp].
"""
