// What MCP 2026-07-28 asks of whoever receives a request over streamable HTTP, as far as it concerns somebody who stands between client and server and reads the
// body. A test cites a row as "(MCP 7)" in its name; test/mcp-validation.test.ts fails when a row is neither cited nor said to be somebody else's.
// https://modelcontextprotocol.io/specification/2026-07-28

const TRANSPORT = 'basic/transports/streamable-http'

export interface Requirement {
  readonly says: string
  /** Page and section below the specification's address. */
  readonly from: string
  /** Why no test cites it: whose it is, or what is done instead. */
  readonly notOurs?: string
}

export const MCP_VALIDATION: Readonly<Record<number, Requirement>> = {
  1: {
    says: 'MCP-Protocol-Version and the body’s _meta must agree, or the request is refused with 400 and -32020',
    from: `${TRANSPORT}#protocol-version-header`,
  },
  2: { says: 'a missing MCP-Protocol-Version is refused with 400 and -32020 where the body declares the revision', from: `${TRANSPORT}#server-validation` },
  3: { says: 'without the header and without a declaration a request is one of 2025-03-26', from: `${TRANSPORT}#protocol-version-header` },
  4: { says: 'a missing Mcp-Method is refused with 400 and -32020', from: `${TRANSPORT}#server-validation` },
  5: {
    says: 'a missing Mcp-Name is refused with 400 and -32020 for tools/call, resources/read and prompts/get',
    from: `${TRANSPORT}#standard-request-headers`,
  },
  6: { says: 'a missing Mcp-Name is refused for tasks/get, tasks/update and tasks/cancel', from: 'seps/2663-tasks-extension' },
  7: { says: 'a header that differs from the body is refused with 400 and -32020', from: `${TRANSPORT}#server-validation` },
  8: { says: 'an encoded Mcp-Name is decoded before it is compared', from: `${TRANSPORT}#value-encoding` },
  9: {
    says: 'the markers of the encoding count only as they are written, and a value that looks encoded is taken for encoded',
    from: `${TRANSPORT}#value-encoding`,
  },
  10: { says: 'a header value with characters that may not be there is refused', from: `${TRANSPORT}#server-validation` },
  11: { says: 'header names are compared without case, their values with case', from: `${TRANSPORT}#case-sensitivity` },
  12: { says: 'an Mcp-Param header that is not known is forwarded and otherwise ignored', from: `${TRANSPORT}#server-behavior-for-custom-headers` },
  13: {
    says: 'an Mcp-Param header of a parameter marked x-mcp-header must agree with the argument',
    from: `${TRANSPORT}#server-behavior-for-custom-headers`,
    notOurs: 'nothing here is decided by an Mcp-Param header, so it is forwarded unread; the server that marked the parameter compares',
  },
  14: { says: 'who decides by mirrored headers alone does so only for revisions that demand their validation', from: `${TRANSPORT}#server-validation` },
  15: { says: 'a failed validation has an HTTP error status, also from an intermediary', from: `${TRANSPORT}#server-validation` },
  16: { says: 'the body is a single request or notification', from: `${TRANSPORT}#sending-messages` },
  17: { says: 'a client sends no responses', from: `${TRANSPORT}#sending-messages` },
  18: { says: 'GET and DELETE are answered with 405', from: `${TRANSPORT}#earlier-streamable-http-revisions` },
  19: { says: 'Mcp-Session-Id and Last-Event-ID are ignored', from: `${TRANSPORT}#earlier-streamable-http-revisions` },
  20: { says: 'a revision that is not known is refused with 400', from: `${TRANSPORT}#protocol-version-header` },
  21: {
    says: 'the refusal of an unknown revision is -32022 and lists those that are supported',
    from: 'basic/versioning#protocol-version-negotiation',
    notOurs: 'which revisions the server supports is not known here, and a wrong list would send the client round in circles: 400 and -32600',
  },
  22: {
    says: 'an unknown method is refused with 404 and -32601',
    from: `${TRANSPORT}#protocol-version-header`,
    notOurs: 'the code is the same, the status is 200: what is unknown here may be known to the server, and 404 tells clients that there is none',
  },
  23: { says: 'an id is a string or an integer, never null', from: 'basic/index#requests' },
  24: { says: 'an error carries the id of its request, and none where it could not be read', from: 'basic/index#error-responses' },
  25: { says: 'of the codes reserved for the specification only -32020 is used, and of those that are gone none', from: 'basic/index#error-codes' },
  26: { says: 'a notification is not answered', from: 'basic/index#notifications' },
  27: { says: 'a result has a resultType', from: 'basic/index#result-responses' },
  28: {
    says: 'a request without clientCapabilities in its _meta is refused with 400 and -32602',
    from: 'basic/index#meta',
    notOurs: 'nothing here depends on capabilities; the server refuses it',
  },
  29: {
    says: 'the Origin header is validated',
    from: `${TRANSPORT}#security--endpoint`,
    notOurs: 'a protection of servers a browser can reach: the gateway’s or the server’s, which know their origins; without a token nothing passes here',
  },
}
