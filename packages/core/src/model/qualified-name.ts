import { createHash } from 'node:crypto'

const maxLength = 64
const hashLength = 12

// No "__" inside and no "_" at the ends, so that "__" between two such parts can be read in one way only.
const plainServer = /^[A-Za-z][A-Za-z0-9-]*(_[A-Za-z0-9-]+)*$/
const plainTool = /^[A-Za-z0-9-][A-Za-z0-9_-]*$/
const looksHashed = new RegExp(`__[0-9a-f]{${hashLength}}$`)

/**
 * Server and tool name in one, for model APIs (`^[A-Za-z_][A-Za-z0-9_-]{0,63}$`): "github__create_issue". If the names do
 * not fit, or could be read as another pair, a hash of both replaces the lost part. So no two tools of a registry share a
 * qualified name.
 */
export function qualifiedName(serverName: string, toolName: string): string {
  const plain = `${serverName}__${toolName}`
  if (
    plain.length <= maxLength &&
    plainServer.test(serverName) &&
    plainTool.test(toolName) &&
    !looksHashed.test(plain)
  ) {
    return plain
  }
  const hash = createHash('sha256')
    .update(JSON.stringify([serverName, toolName]))
    .digest('hex')
    .slice(0, hashLength)
  const room = maxLength - hashLength - 2
  const readable = `${slug(serverName).slice(0, 20)}__${slug(toolName)}`.replace(/^(?![A-Za-z])/, '_').slice(0, room)
  return `${readable}__${hash}`
}

function slug(name: string): string {
  return name.replace(/[^A-Za-z0-9-]+/g, '_')
}
