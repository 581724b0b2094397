import { Anchor, Text, TextInput } from '@mantine/core'
import { useState } from 'react'
import type { ServerDraft } from './server-draft.ts'
import { splitCommand } from './split-command.ts'

type CommandDraft = Pick<ServerDraft, 'command' | 'args' | 'env'>

interface CommandFieldProps {
  readonly draft: CommandDraft
  readonly change: (part: Partial<CommandDraft>) => void
  readonly error: string | undefined
}

/** The field of the command. A whole command line is split into command, args and variables, which can be undone. */
export function CommandField({ draft, change, error }: CommandFieldProps) {
  const [initial] = useState(draft.command)
  const [before, setBefore] = useState<CommandDraft>()
  /** A line that the user wants as one command. */
  const [whole, setWhole] = useState<string>()

  const split = () => {
    const { command, args, env } = draft
    if (command === initial || command === whole) return
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
          if (event.key !== 'Enter' || splitCommand(draft.command) === undefined) return
          // Shows what will run before it is saved.
          if (draft.command !== initial && draft.command !== whole) event.preventDefault()
          split()
        }}
        error={error}
        spellCheck={false}
        data-field="command"
      />
      {before && (
        <Text size="xs" className="quiet" role="status" mt={4}>
          Split into command, args{draft.env.length > before.env.length && ' and variables'}.{' '}
          <Anchor component="button" type="button" size="xs" onClick={undo}>
            Undo
          </Anchor>
        </Text>
      )}
    </div>
  )
}
