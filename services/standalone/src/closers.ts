// What was opened is closed in reverse order, also when opening stops half-way. One part that fails to close does not keep the others open.

export interface Closers {
  /** Remembers how to close what was just opened, and hands it through. */
  add<T>(opened: T, close: (opened: T) => Promise<void>): T
  closeAll(): Promise<void>
}

export function createClosers(onFailure: (error: unknown) => void): Closers {
  const stack: (() => Promise<void>)[] = []
  return {
    add: (opened, close) => {
      stack.push(() => close(opened))
      return opened
    },
    closeAll: async () => {
      for (let close = stack.pop(); close !== undefined; close = stack.pop()) {
        try {
          await close()
        } catch (error) {
          onFailure(error)
        }
      }
    },
  }
}
