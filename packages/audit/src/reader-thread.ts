// Entry of the reader thread. Holds no rule.
import { openJournalReader } from './journal-reader.ts'
import type { ReaderOptions, ReaderReply, ReaderRequest } from './reader-messages.ts'
import { serveThread } from './serve-thread.ts'

serveThread<ReaderOptions, ReaderRequest, ReaderReply>(({ file }) => {
  const reader = openJournalReader(file)
  return {
    answer: (request) => (request.type === 'find' ? reader.find(request.filter) : reader.decision(request.decisionId)),
    close: () => reader.close(),
  }
})
