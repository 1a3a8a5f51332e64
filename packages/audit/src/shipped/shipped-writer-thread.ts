// Entry of the thread that writes copies. Holds no rule.
import { serveThread } from '../serve-thread.ts'
import type { ShippedWriterReply, ShippedWriterRequest } from './shipped-messages.ts'
import { openShippedWriter } from './shipped-writer.ts'
import type { ShippedWriterOptions } from './shipped-writer.ts'

serveThread<ShippedWriterOptions, ShippedWriterRequest, ShippedWriterReply>((options) => {
  const writer = openShippedWriter(options)
  return {
    answer({ node, bytes, wantsRecords }) {
      const { receipt, fresh } = writer.take(node, bytes)
      return { receipt, fresh: wantsRecords ? fresh.map(({ seq, body, hash }) => ({ seq, body, hash })) : [] }
    },
    close: () => writer.close(),
  }
})
