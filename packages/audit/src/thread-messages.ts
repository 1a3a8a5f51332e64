// The envelope around what the event loop and a thread of ours tell each other.

export type ToThread<Request> = { readonly n: number; readonly request: Request } | { readonly close: true }

export type FromThread<Reply> =
  | { readonly type: 'ready' }
  | { readonly type: 'reply'; readonly n: number; readonly reply: Reply }
  /** What was thrown, by code: an Error does not survive the way between threads with its class. */
  | { readonly type: 'failed'; readonly n: number | undefined; readonly code: string; readonly problem: string }
