// Entry of the thread that reads copies. Holds no rule.
import { serveThread } from '../serve-thread.ts'
import type { ShippedReaderReply, ShippedReaderRequest } from './shipped-messages.ts'
import { openShippedReader } from './shipped-reader.ts'

serveThread<{ readonly file: string }, ShippedReaderRequest, ShippedReaderReply>(({ file }) => {
  const reader = openShippedReader(file)
  return {
    answer: (request) => (request.type === 'find' ? reader.find(request.filter) : reader.decision(request.decisionId)),
    close: () => reader.close(),
  }
})
