// The four MCP servers of the support desk and what they know. State lives as long as the process.
import { McpServer } from '@modelcontextprotocol/server'
import { z } from 'zod'
import type { CountCall } from './upstream.ts'

const TICKETS = new Map([
  [
    'T-1042',
    { ticket_id: 'T-1042', customer_id: 'C-77', subject: 'Charged twice for the June invoice', status: 'open', notes: ['Customer asks for 40.00 back.'] },
  ],
  [
    'T-2001',
    { ticket_id: 'T-2001', customer_id: 'C-12', subject: 'Wants a refund for last year', status: 'open', notes: ['Another customer, another agent.'] },
  ],
])
const CUSTOMERS = new Map([
  ['C-77', { customer_id: 'C-77', name: 'Greta Green', plan: 'team' }],
  ['C-12', { customer_id: 'C-12', name: 'Henri Hall', plan: 'free' }],
])

function text(value: unknown): { content: { type: 'text'; text: string }[] } {
  return { content: [{ type: 'text', text: typeof value === 'string' ? value : JSON.stringify(value) }] }
}

export function ticketsServer(count: CountCall): McpServer {
  const server = new McpServer({ name: 'tickets', version: '1.0.0' })
  server.registerTool('ticket_get', { description: 'Reads one ticket.', inputSchema: z.object({ ticket_id: z.string() }) }, ({ ticket_id }) => {
    count('ticket_get')
    return text(TICKETS.get(ticket_id) ?? `no ticket ${ticket_id}`)
  })
  server.registerTool(
    'ticket_update',
    {
      description: 'Changes status or priority, or adds a note.',
      inputSchema: z.object({ ticket_id: z.string(), status: z.string().optional(), priority: z.string().optional(), note: z.string().optional() }),
    },
    ({ ticket_id, status, note }) => {
      count('ticket_update')
      const ticket = TICKETS.get(ticket_id)
      if (ticket === undefined) return text(`no ticket ${ticket_id}`)
      if (status !== undefined) ticket.status = status
      if (note !== undefined) ticket.notes.push(note)
      return text(`${ticket_id} updated`)
    },
  )
  server.registerTool(
    'ticket_comment',
    { description: 'Answers the customer on the ticket.', inputSchema: z.object({ ticket_id: z.string(), text: z.string() }) },
    ({ ticket_id }) => {
      count('ticket_comment')
      return text(`commented on ${ticket_id}`)
    },
  )
  return server
}

export function crmServer(count: CountCall): McpServer {
  const server = new McpServer({ name: 'crm', version: '1.0.0' })
  server.registerTool('customer_get', { description: 'Reads one customer.', inputSchema: z.object({ customer_id: z.string() }) }, ({ customer_id }) => {
    count('customer_get')
    return text(CUSTOMERS.get(customer_id) ?? `no customer ${customer_id}`)
  })
  return server
}

export function paymentsServer(count: CountCall): McpServer {
  const server = new McpServer({ name: 'payments', version: '1.0.0' })
  server.registerTool(
    'refund_issue',
    {
      description: 'Pays money back to the customer of a ticket.',
      inputSchema: z.object({ ticket_id: z.string(), amount_cents: z.number().int(), reason: z.string().optional() }),
    },
    ({ ticket_id, amount_cents }) => {
      count('refund_issue')
      return text({ refund_id: `R-${ticket_id}-${amount_cents}`, ticket_id, amount_cents, status: 'paid' })
    },
  )
  server.registerTool('refund_status', { description: 'Tells how a refund stands.', inputSchema: z.object({ refund_id: z.string() }) }, ({ refund_id }) => {
    count('refund_status')
    return text({ refund_id, status: 'paid' })
  })
  return server
}

export function payrollServer(count: CountCall): McpServer {
  const server = new McpServer({ name: 'payroll', version: '1.0.0' })
  server.registerTool('payroll_list', { description: 'Lists salaries.', inputSchema: z.object({}) }, () => {
    count('payroll_list')
    return text('nobody here should ever see this')
  })
  return server
}
