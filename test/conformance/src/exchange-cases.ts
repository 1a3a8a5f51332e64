// What other token services learned the hard way, as cases every exchange of ours must pass: Keycloak (K), ThunderID (T), ZeroID (Z), Authorizer (A),
// dex (D). A test cites a case as "(case 7)" in its name; test/exchange-cases.test.ts fails when a case is neither cited nor said to be not built.

export interface ExchangeCase {
  readonly says: string
  readonly from: string
  /** Why no test cites it. */
  readonly notBuilt?: string
}

export const EXCHANGE_CASES: Readonly<Record<number, ExchangeCase>> = {
  1: { says: 'a subject token of an unsupported type is refused as invalid_request', from: 'K' },
  2: { says: 'an unsupported requested type is refused as invalid_request, and recorded', from: 'K' },
  3: { says: 'a subject token made for somebody else is refused', from: 'K' },
  4: { says: 'a public client is refused as invalid_client', from: 'K' },
  5: { says: 'a client that may not exchange is refused as unauthorized_client', from: 'K' },
  6: { says: 'an unknown or forbidden audience is refused as invalid_target', from: 'K' },
  7: { says: 'a scope that is not allowed is refused as invalid_scope; the audience filters scopes', from: 'K' },
  8: { says: 'no refresh token is ever issued', from: 'K' },
  9: { says: 'no other kind of token comes out in the place of the access token', from: 'K' },
  10: { says: 'introspection is inactive once what the token rests on has gone', from: 'K' },
  11: { says: 'a revoked root ends the whole chain, other clients included', from: 'K' },
  12: { says: 'over several hops the actors keep their order and the subject stays', from: 'K' },
  13: { says: 'depth is capped and off by default; an empty list means none', from: 'K' },
  14: { says: 'an actor that is in the chain already is refused', from: 'K' },
  15: { says: 'permission withdrawn in the middle of a chain counts at the next hop', from: 'K' },
  16: { says: 'a person never continues an agent chain; delegation needs to be configured', from: 'K' },
  17: { says: "another client's actor token is refused", from: 'K' },
  18: { says: 'may_act that does not name the actor is refused; with act it is refused always; it is never copied', from: 'K' },
  19: { says: 'a token with act or may_act never comes out clean', from: 'K' },
  20: { says: 'a descendant of a revoked root is refused', from: 'K' },
  21: { says: 'ID-JAG: type, audience, client and token are bound', from: 'K', notBuilt: 'the ID-JAG grant is not offered' },
  22: { says: 'an actor token type alone, and a resource that is no URI, are refused', from: 'T' },
  23: { says: 'several resources in one call are refused as invalid_target', from: 'T A' },
  24: { says: 'an id_token or a JWT without typ is no access token', from: 'T' },
  25: { says: 'a state store that fails refuses, at every read', from: 'T' },
  26: { says: 'a bound subject token without its proof is refused', from: 'T' },
  27: { says: 'scope is the intersection of all who have a say; an empty ceiling grants nothing', from: 'A Z' },
  28: { says: 'no token outlives what it came from', from: 'Z' },
  29: { says: 'the task id survives every hop', from: 'Z' },
  30: { says: 'a disabled account ends delegated tokens', from: 'A' },
  31: { says: 'a token for one resource is refused at another, whatever its aud looks like', from: 'A' },
  32: { says: 'naming the user does not get round the agent', from: 'A' },
  33: { says: 'a missing token or type is refused; the types that pass do', from: 'D' },
  34: { says: 'revoking the unknown is 200 and repeatable; inactive says nothing else', from: 'Z' },
  35: { says: 'a critical signal cascades, once', from: 'Z', notBuilt: 'no security event receiver yet' },
  36: { says: 'a JWT-SVID with iss, without jti and used again is accepted', from: 'K' },
}
