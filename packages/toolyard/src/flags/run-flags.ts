import { type Command, InvalidArgumentError } from 'commander'
import { UsageError } from '../base/command-error.ts'
import { integer } from '../settings/parse-setting.ts'

/** Flags that are sent with a request to an MCP server. */
export interface CallFlags {
  readonly var?: readonly Variable[]
  readonly agentId?: string
  /** In ms. */
  readonly timeout?: number
}

interface Variable {
  readonly name: string
  readonly value: string
}

const parseMs = integer(2 ** 31 - 1)

export function milliseconds(text: string): number {
  const ms = parseMs(text)
  if (!ms) throw new InvalidArgumentError('Expected milliseconds, a whole number of at least 1.')
  return ms
}

function variable(text: string, others: readonly Variable[] = []): readonly Variable[] {
  const at = text.indexOf('=')
  // Commander would quote what was given, which may be a secret.
  if (at < 1) throw new UsageError('--var: expected NAME=VALUE')
  return [...others, { name: text.slice(0, at), value: text.slice(at + 1) }]
}

/** Adds the flags of a request to `command`; `timeoutOf` names what `--timeout` ends. */
export function addCallOptions(command: Command, timeoutOf: string): Command {
  return command
    .option('--var <name=value>', 'fill {{ NAME }} in the configuration of the server; once for each', variable)
    .option('--agent-id <id>', 'sent to HTTP servers as X-Agent-Id')
    .option('--timeout <ms>', `end ${timeoutOf} after so many milliseconds`, milliseconds)
}

/** The flags as inputs of mutations. */
export function callInput({ var: variables, agentId }: CallFlags) {
  return { ...(variables ? { variables: [...variables] } : {}), ...(agentId === undefined ? {} : { agentId }) }
}
