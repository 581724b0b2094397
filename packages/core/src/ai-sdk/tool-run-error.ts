import { withoutHiddenText } from '../base/hidden-text.ts'
import type { ToolRun } from '../runs/api.ts'

function messageOf({ status, error, result, toolName, serverName }: ToolRun): string {
  if (error) return error.message
  const texts = (result?.content ?? []).flatMap((block) => (block.type === 'text' ? [block.text] : []))
  return texts.length > 0 ? texts.join('\n') : `The tool "${toolName}" of "${serverName}" ended ${status}`
}

/**
 * A run that did not succeed. The model sees the message: the tool's text, or why there is no answer. Text that users cannot
 * see is dropped, unless `hiddenText` is true.
 */
export class ToolRunError extends Error {
  override readonly name = 'ToolRunError'
  readonly run: ToolRun

  constructor(run: ToolRun, { hiddenText = false }: { readonly hiddenText?: boolean } = {}) {
    super(hiddenText ? messageOf(run) : withoutHiddenText(messageOf(run)))
    this.run = run
  }
}
