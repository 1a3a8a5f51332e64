// Under which names the support desk's programs know each other when each runs in a container of its own: those of docker-compose.yml and of the
// certificates that are made for them.

export const GATEWAY_HOST = 'gateway.example.internal'
export const BAILIWICK_HOST = 'bailiwick.example.internal'
export const IDP_HOST = 'idp.example.internal'

/** The identity provider's own port; the gateway's two are those of gateways/. */
export const IDP_PORT = 8443
export const SERVER_PORT = 8080

export const ADDRESSES = {
  gateway: `https://${GATEWAY_HOST}:8443`,
  bailiwick: `https://${BAILIWICK_HOST}:8444`,
  idp: `https://${IDP_HOST}:${IDP_PORT}`,
} as const
