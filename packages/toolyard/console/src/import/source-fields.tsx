import { FileInput, SegmentedControl, Stack, Text, Textarea, TextInput } from '@mantine/core'
import { useState } from 'react'

/** Where a configuration comes from. A file is read into the text, so that it can be corrected. */
export interface SourceDraft {
  readonly kind: 'TEXT' | 'REGISTRY'
  readonly text: string
  /** Name of a server in the official registry, and its version. */
  readonly name: string
  readonly version: string
}

export const emptySource: SourceDraft = { kind: 'TEXT', text: '', name: '', version: '' }

const kinds = [
  { value: 'TEXT', label: 'Paste or file' },
  { value: 'REGISTRY', label: 'Official registry' },
] as const

/** Larger files are no configuration of a client, in bytes. */
const maxFile = 32 * 1024 * 1024

const example =
  '{\n  "mcpServers": {\n    "everything": { "command": "npx", "args": ["-y", "@modelcontextprotocol/server-everything"] }\n  }\n}'

interface SourceFieldsProps {
  readonly draft: SourceDraft
  readonly change: (part: Partial<SourceDraft>) => void
  readonly error: string | undefined
}

function TextSource({ draft, change, error }: SourceFieldsProps) {
  const [problem, setProblem] = useState<string>()
  const read = async (file: File | null) => {
    if (!file) return
    if (file.size > maxFile) {
      setProblem(`${file.name.slice(0, 100)} has ${file.size.toLocaleString('en')} bytes; expected a configuration`)
      return
    }
    setProblem(undefined)
    change({ text: await file.text() })
  }
  return (
    <>
      <FileInput
        label="File"
        description="Such as claude_desktop_config.json, .mcp.json, .vscode/mcp.json or config.toml. It is read into the field below"
        placeholder="Choose a file"
        onChange={(file) => {
          read(file).catch((fault: unknown) => setProblem(fault instanceof Error ? fault.message : String(fault)))
        }}
        error={problem}
        maw="34rem"
      />
      <Textarea
        label="Configuration"
        description="From Claude, Cursor, Windsurf, VS Code, Zed, Codex, Gemini, Continue, Goose, the official registry or Letta. You see a preview before anything is written."
        placeholder={example}
        value={draft.text}
        onChange={({ currentTarget: { value } }) => change({ text: value })}
        error={error}
        autosize
        minRows={8}
        maxRows={20}
        classNames={{ input: 'mono' }}
        spellCheck={false}
        required
      />
    </>
  )
}

function RegistrySource({ draft, change, error }: SourceFieldsProps) {
  return (
    <>
      <TextInput
        label="Name in the registry"
        description="As the official registry of MCP servers has it"
        placeholder="io.github.owner/server"
        value={draft.name}
        onChange={({ currentTarget }) => change({ name: currentTarget.value })}
        error={error}
        spellCheck={false}
        required
        maw="34rem"
      />
      <TextInput
        label="Version"
        placeholder="latest"
        value={draft.version}
        onChange={({ currentTarget }) => change({ version: currentTarget.value })}
        spellCheck={false}
        maw="14rem"
      />
      <Text size="sm" className="quiet">
        The server that you use asks the registry. Nothing is written before you have seen the preview.
      </Text>
    </>
  )
}

/** The fields of an import's source. */
export function SourceFields(props: SourceFieldsProps) {
  const { draft, change } = props
  return (
    <Stack gap="md">
      <SegmentedControl
        aria-label="Import from"
        data={[...kinds]}
        value={draft.kind}
        onChange={(value) => change({ kind: kinds.find((each) => each.value === value)?.value ?? 'TEXT' })}
        style={{ alignSelf: 'flex-start' }}
      />
      {draft.kind === 'TEXT' ? <TextSource {...props} /> : <RegistrySource {...props} />}
    </Stack>
  )
}
