import type { CommandContext } from '../command/command.ts'
import type { AskedInput } from '../queries/run-documents.ts'
import type { InputResponse } from './answer-run.ts'
import { askFields, type FormDraft } from './ask-fields.ts'
import { requestLines, schemaOf } from './input-lines.ts'
import type { Questions } from './questions.ts'

/** The name of the model in the answer of a sampling that a person gives. */
const personAsModel = 'person'

/** The answer of a sampling as `CreateMessageResult` (MCP 2025-11-25). */
export function sampledText(text: string) {
  return { role: 'assistant', content: { type: 'text', text }, model: personAsModel }
}

type Action = InputResponse['action']

const actions: Readonly<Record<string, Action>> = {
  '': 'ACCEPT',
  y: 'ACCEPT',
  yes: 'ACCEPT',
  d: 'DECLINE',
  n: 'DECLINE',
  no: 'DECLINE',
  decline: 'DECLINE',
  c: 'CANCEL',
  cancel: 'CANCEL',
}

async function askAction(questions: Questions, prompt: string): Promise<Action | undefined> {
  for (;;) {
    const text = await questions.ask(prompt)
    if (text === undefined) return undefined
    const typed = text.trim().toLowerCase()
    const action = Object.hasOwn(actions, typed) ? actions[typed] : undefined
    if (action) return action
  }
}

const otherwise = 'd: decline, c: cancel; Ctrl-C leaves it waiting'

const invitations: Readonly<Record<AskedInput['__typename'], string>> = {
  ElicitationFormRequest: `Enter to fill it in (${otherwise}): `,
  ElicitationUrlRequest: `Enter once you have opened it (${otherwise}): `,
  SamplingRequest: `Enter to answer in its place (${otherwise}): `,
}

async function askContent(
  questions: Questions,
  { output }: Pick<CommandContext, 'output'>,
  request: AskedInput,
  draft: FormDraft | undefined,
): Promise<Pick<InputResponse, 'content'> | undefined> {
  switch (request.__typename) {
    case 'ElicitationUrlRequest':
      return {}
    case 'ElicitationFormRequest': {
      const content = await askFields(questions, output, schemaOf(request), draft)
      return content && { content }
    }
    case 'SamplingRequest': {
      const text = await questions.ask(`${output.styleNote('bold', 'Answer')}: `)
      return text === undefined ? undefined : { content: sampledText(text) }
    }
  }
}

export interface AskedRequest {
  readonly serverName: string
  readonly request: AskedInput
  /** What was answered before, and did not fit. */
  readonly draft?: FormDraft | undefined
}

/** Asks a person at the terminal for what a server asks for; undefined if the person has left. */
export async function askRequest(
  questions: Questions,
  context: Pick<CommandContext, 'output'>,
  { serverName, request, draft }: AskedRequest,
): Promise<InputResponse | undefined> {
  const { output } = context
  const { key } = request
  if (!draft) {
    const [heading = '', ...lines] = requestLines(serverName, request)
    output.note([output.styleNote('bold', heading), ...lines].join('\n'))
    const action = await askAction(questions, invitations[request.__typename])
    if (action !== 'ACCEPT') return action && { key, action }
  }
  const answered = await askContent(questions, context, request, draft)
  return answered && { key, action: 'ACCEPT', ...answered }
}
