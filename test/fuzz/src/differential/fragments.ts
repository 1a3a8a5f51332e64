// Pieces of source text that parsers are known to disagree about, and their harmless neighbours. Lists of one line are cut at the broken bar.

const cut = (text: string): readonly string[] => text.split('¦')

export const NUMBERS: readonly string[] = [
  '0¦-0¦0.0¦-0.0¦0e0¦-0e5¦1¦-1¦1.0¦1e2¦1E+2¦100e-2¦10.50¦1e-7¦0.1¦0.30000000000000004¦1.7976931348623157e308¦3.9999999999999996',
  '9007199254740991¦9007199254740992¦9007199254740993¦-9007199254740991¦-9007199254740993¦9007199254740991.0¦9007199254740990.5',
  '18446744073709551615¦18446744073709551616¦9223372036854775807¦9223372036854775808¦1e15¦1e16¦1e21¦1e22¦1e23¦1e308¦1e309¦-1e400',
  '5e-324¦4e-324¦2e-324¦1e-400¦2.2250738585072011e-308¦2.2250738585072014e-308¦0.1000000000000000055511151231257827¦4000.0000000000001',
  '123456789012345678¦1234567890.12345678¦0.000001¦1e-5¦3.0000000000000001¦12345678901234567e-10¦0.12345678901234567¦1e1000000000',
  '01¦+1¦.5¦1.¦1e¦1e+¦0x10¦1_000¦1,5¦--1¦NaN¦Infinity¦-Infinity¦nan¦1n¦1f¦\u0661¦0b1¦1e5.5¦1e-1000000000',
].flatMap(cut)

export const STRINGS: readonly string[] = [
  '""¦"a"¦"refund_status"¦"\\u0061"¦"\\u0000"¦"a\\u0000b"¦"\\/"¦"\\b\\f\\n\\r\\t"¦"\\""¦"\\\\"¦"\\ud83d\\ude00"¦"\u{1f600}"',
  '"\\ud83d"¦"\\ude00"¦"\\ude00\\ud83d"¦"\\ud83d\\u0061"¦"\\uD83D\\uDE0"¦"\\x41"¦"\\u00g0"¦"\\U0041"¦"\\u{41}"¦"\\v"¦"\\\'"¦"\\0"',
  '"\u2028\u2029"¦"\u0085"¦"\u00e9"¦"e\u0301"¦"\ufb01"¦"\uff41"¦"\u200b"¦"\u202e"¦"\ufeff"¦"\ufffd"¦"\u0130\u0131"¦"\u017f\u212a"',
  '"\t"¦"\n"¦"\u0001"¦"\u007f"¦\'a\'¦`a`¦"a¦a"¦"a" "b"¦"__proto__"¦"constructor"¦"null"¦"1e400"¦"a\\\nb"',
].flatMap(cut)

export const WORDS: readonly string[] = cut('true¦false¦null¦True¦TRUE¦None¦undefined¦nul¦nullnull¦truefalse¦')

export const SPACES: readonly string[] = cut(' ¦\t¦\r¦\n¦\r\n¦  \n\t¦\f¦\v¦\u00a0¦\u2028¦\u3000¦\ufeff¦\u0000¦/* */¦// x\n¦# x\n')
/** RFC 8259, section 2. */
export const PLAIN_SPACES: readonly string[] = cut('¦¦¦ ¦\n¦\t¦\r\n  ')

export const PROTOTYPE_KEYS: readonly string[] = cut('"__proto__"¦"\\u005f_proto__"¦"constructor"¦"prototype"¦"toString"¦"hasOwnProperty"¦"toJSON"¦"length"')

/** Members of messages and of model requests: what decides a call, and what some gateway takes for it. */
export const MEMBERS: readonly string[] = [
  'jsonrpc¦id¦method¦params¦result¦error¦name¦arguments¦uri¦ref¦taskId¦_meta¦protocolVersion¦task¦type¦notifications',
  'model¦tools¦functions¦function¦custom¦messages¦input¦stream¦web_search_options¦fallbacks¦models¦route¦provider¦extra_body',
  'previous_response_id¦conversation¦prompt¦mcp_servers¦server_url¦server_label¦allowed_tools¦toolConfig¦toolSpec¦tool_config¦container',
  'functionDeclarations¦function_declarations¦googleSearch¦cachedContent¦cached_content¦requests¦generateContentRequest',
  'amount_cents¦location¦days¦n¦x¦',
].flatMap(cut)

export const TAILS: readonly string[] = cut('\u0000¦ ¦\n¦{}¦,¦}¦]¦1¦null¦\u00a0¦\ufeff¦// x¦;¦\u001a¦{"method":"tools/list"}')

export const HEADER_NAMES: readonly string[] = cut(
  'mcp-method¦mcp-name¦mcp-protocol-version¦Mcp-Name¦mcp_name¦content-type¦content-encoding¦content-length¦transfer-encoding¦mcp-session-id¦x-other',
)

export const HEADER_VALUES: readonly string[] = [
  'tools/call¦tools/list¦Tools/Call¦get_weather¦serverA_echo¦=?base64?Z2V0X3dlYXRoZXI=?=¦=?base64?Z2V0X3dlYXRoZXI?=¦=?BASE64?Z2V0X3dlYXRoZXI=?=',
  '2026-07-28¦2025-11-25¦2025-03-26¦2099-01-01¦¦ ¦a, b¦application/json; charset=utf-8¦application/json; charset=utf-16¦text/plain',
  'application/json;charset=UTF-7¦gzip¦identity¦chunked¦5¦\u00e9',
].flatMap(cut)
