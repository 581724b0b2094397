import { Button } from '@mantine/core'
import { useState } from 'react'

interface BlockActionsProps {
  /** What the block is, in the names of its buttons. */
  readonly name: string
  readonly text?: string
  /** Answers the file to save. */
  readonly file?: () => { readonly name: string; readonly content: Blob }
}

type Copied = 'NO' | 'YES' | 'FAILED'
type Saved = 'NO' | 'FAILED'
const words = { NO: 'Copy', YES: 'Copied', FAILED: 'Copying failed' } as const

function save({ name, content }: { readonly name: string; readonly content: Blob }): void {
  const url = URL.createObjectURL(content)
  const link = document.createElement('a')
  link.href = url
  link.download = name
  link.click()
  // The browser has begun to read it.
  setTimeout(() => URL.revokeObjectURL(url), 10_000)
}

/** Copies a block, or saves it as a file. */
export function BlockActions({ name, text, file }: BlockActionsProps) {
  const [copied, setCopied] = useState<Copied>('NO')
  const [saved, setSaved] = useState<Saved>('NO')
  const download = (make: NonNullable<BlockActionsProps['file']>) => {
    try {
      save(make())
    } catch {
      // The server sent no valid Base64.
      setSaved('FAILED')
    }
  }
  const copy = async (content: string) => {
    try {
      await navigator.clipboard.writeText(content)
      setCopied('YES')
    } catch {
      // Browsers give the clipboard only to pages of HTTPS or of this machine.
      setCopied('FAILED')
    }
  }
  return (
    <div className="block-actions">
      {text !== undefined && (
        <Button
          size="compact-xs"
          variant="subtle"
          color="gray"
          aria-label={`Copy ${name}`}
          onClick={() => void copy(text)}
          onBlur={() => setCopied('NO')}
        >
          <span aria-live="polite">{words[copied]}</span>
        </Button>
      )}
      {file && (
        <Button
          size="compact-xs"
          variant="subtle"
          color="gray"
          aria-label={`Download ${name}`}
          onClick={() => download(file)}
        >
          {saved === 'NO' ? 'Download' : 'Cannot be decoded'}
        </Button>
      )}
    </div>
  )
}
