// What the main process and the service's process say to each other. Types and guards.

export type ServiceOrder = { readonly type: 'profile' } | { readonly type: 'stop_profile'; readonly file: string }

export type ServiceEvent = { readonly type: 'ready'; readonly operatorTokenFile: string } | { readonly type: 'done' }

export function isServiceOrder(message: unknown): message is ServiceOrder {
  return typeof message === 'object' && message !== null && 'type' in message && (message.type === 'profile' || message.type === 'stop_profile')
}

export function isServiceEvent(message: unknown): message is ServiceEvent {
  return typeof message === 'object' && message !== null && 'type' in message && (message.type === 'ready' || message.type === 'done')
}
