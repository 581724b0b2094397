import type { Output } from '../output/output.ts'
import { printable } from '../output/printable.ts'
import { styleOfStatus } from '../output/status-style.ts'
import type { ServerFields } from '../queries/documents.ts'
import { oauthOf } from '../queries/oauth-fields.ts'
import { oauthAdvice } from './connect-hint.ts'
import { oauthRows } from './oauth-words.ts'

/** Prints how a server is connected by OAuth, and what its owner has to do. */
export function printAuth(output: Output, server: ServerFields): void {
  const oauth = oauthOf(server)
  const advice = oauthAdvice(server)
  if (output.isJson) {
    const { id, name, status } = server
    output.printJson({ server: { id, name, status }, auth: oauth ?? null, advice: advice ?? null })
    return
  }
  const rows: readonly (readonly [string, string | undefined])[] = [
    ['Name', printable(server.name)],
    ['Status', output.style(styleOfStatus(server.status), server.status)],
    ...(oauth ? oauthRows(oauth) : [['OAuth', 'not configured'] as const]),
    ['To do', advice],
  ]
  for (const [label, value] of rows) {
    if (value !== undefined) output.print(`${output.style('bold', label.padEnd(12))}${value}`)
  }
}
