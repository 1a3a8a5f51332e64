// Entry of the writer thread: opens the file, says so, then answers one message after the other. Holds no rule.
import { openJournalWriter } from './journal-writer.ts'
import { serveThread } from './serve-thread.ts'
import type { WriterOptions, WriterReply, WriterRequest } from './writer-messages.ts'

serveThread<WriterOptions, WriterRequest, WriterReply>((options) => {
  const writer = openJournalWriter(options)
  return {
    answer(request) {
      switch (request.type) {
        case 'write':
          return { type: 'write', ...writer.write(request.items, request.atMs) }
        case 'mark':
          return { type: 'mark', mark: writer.mark() }
        case 'acts':
          return { type: 'acts', acts: writer.acts(request.atMs) }
      }
    },
    close: () => writer.close(),
  }
})
