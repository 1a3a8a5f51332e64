export { createTokenExchange } from './create-token-exchange.ts'
export type { TokenExchangeDeps } from './deps.ts'
