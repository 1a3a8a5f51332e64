// Entry of the reader thread. Holds no rule.
import { openJournalReader } from './journal-reader.ts'
import type { ReaderOptions, ReaderReply, ReaderRequest } from './reader-messages.ts'
import { serveThread } from './serve-thread.ts'

serveThread<ReaderOptions, ReaderRequest, ReaderReply>(({ file }) => {
  const reader = openJournalReader(file)
  return {
    answer: (request) => {
      switch (request.type) {
        case 'find':
          return reader.find(request.filter)
        case 'decision':
          return reader.decision(request.decisionId)
        case 'after':
          return reader.after(request.seq, request)
      }
    },
    close: () => reader.close(),
  }
})
