// An MCP server over stdio, of both eras of the protocol: one tool is destructive, one asks which branch to release.
import { acceptedContent, inputRequired, McpServer, type McpServerFactory } from '@modelcontextprotocol/server'
import { serveStdio } from '@modelcontextprotocol/server/stdio'
import { z } from 'zod'

const release = z.object({
  branch: z.enum(['main', 'next']).describe('The branch to release'),
  notify: z.boolean().default(true),
})
const text = (said: string) => ({ content: [{ type: 'text' as const, text: said }] })

const factory: McpServerFactory = () => {
  const server = new McpServer({ name: 'repository', version: '1.0.0' })
  server.registerTool(
    'delete_branch',
    { inputSchema: z.object({ name: z.string() }), annotations: { destructiveHint: true } },
    async ({ name }) => text(`${name} is deleted`),
  )
  server.registerTool('release', { annotations: { destructiveHint: false } }, async ({ mcpReq }) => {
    const answered = acceptedContent(mcpReq.inputResponses, 'branch', release)
    if (answered)
      return text(`${answered.branch} is released${answered.notify ? ', and subscribers are notified' : ''}`)
    if (mcpReq.inputResponses !== undefined) return text('nothing is released')
    const branch = inputRequired.elicit({ message: 'Release which branch?', requestedSchema: release })
    return inputRequired({ inputRequests: { branch } })
  })
  return server
}

serveStdio(factory, { legacy: 'serve' })
