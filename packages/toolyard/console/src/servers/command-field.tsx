import { Anchor, Text, TextInput } from '@mantine/core'
import { useState } from 'react'
import type { ServerDraft } from './server-draft.ts'
import { splitCommand } from './split-command.ts'

type CommandDraft = Pick<ServerDraft, 'command' | 'args' | 'env'>

const address = /^\s*https?:\/\/\S+\s*$/i

interface CommandFieldProps {
  readonly draft: CommandDraft
  readonly change: (part: Partial<CommandDraft>) => void
  /** An http or https address was entered as the command. */
  readonly onAddress: (address: string) => void
  readonly error: string | undefined
}

/** The field of the command. A whole command line is split into command, args and variables, which can be undone. */
export function CommandField({ draft, change, onAddress, error }: CommandFieldProps) {
  const [initial] = useState(draft.command)
  const [before, setBefore] = useState<CommandDraft>()
  /** A line that the user wants as one command. */
  const [whole, setWhole] = useState<string>()

  const split = () => {
    const { command, args, env } = draft
    if (command === initial || command === whole) return
    if (address.test(command)) return onAddress(command.trim())
    const line = splitCommand(command)
    if (!line) return
    setBefore({ command, args, env })
    const lastKey = Math.max(0, ...env.map(({ key }) => key))
    change({
      command: line.command,
      args: [...line.args, ...(args === '' ? [] : [args])].join('\n'),
      env: [
        ...env,
        ...line.env.map((each, index) => ({
          ...each,
          key: lastKey + index + 1,
          from: 'literal' as const,
          stored: undefined,
        })),
      ],
    })
  }
  const undo = () => {
    if (!before) return
    change(before)
    setWhole(before.command)
    setBefore(undefined)
  }
  return (
    <div>
      <TextInput
        label="Command"
        description="A whole command line is split into command and args"
        placeholder="npx -y @modelcontextprotocol/server-everything"
        required
        value={draft.command}
        onChange={({ currentTarget }) => change({ command: currentTarget.value })}
        onBlur={split}
        onKeyDown={(event) => {
          if (event.key !== 'Enter') return
          if (splitCommand(draft.command) === undefined && !address.test(draft.command)) return
          // Shows what will run before it is saved.
          if (draft.command !== initial && draft.command !== whole) event.preventDefault()
          split()
        }}
        error={error}
        spellCheck={false}
        data-field="command"
      />
      {before && (
        <Text size="xs" className="quiet" role="status" mt="var(--space-2)">
          Split into command, args{draft.env.length > before.env.length && ' and variables'}.{' '}
          <Anchor component="button" type="button" size="xs" onClick={undo}>
            Undo
          </Anchor>
        </Text>
      )}
    </div>
  )
}
