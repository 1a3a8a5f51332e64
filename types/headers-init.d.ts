// @modelcontextprotocol/sdk 1.x names this type of the DOM library in its declarations; @types/node has the thing but not the name.
type HeadersInit = NonNullable<RequestInit['headers']>
