import { expect, it } from 'vitest'
import { samplingParams } from './sampling-params.ts'

it('shows the messages, the system prompt and the models that a server would like, and the rest as it is', () => {
  const text = { type: 'text', text: 'How much?' }
  const image = { type: 'image', data: 'AA==', mimeType: 'image/png' }
  const params = {
    messages: [
      { role: 'user', content: text },
      { role: 'assistant', content: [text, image] },
    ],
    systemPrompt: 'Be brief',
    maxTokens: 10,
    modelPreferences: { hints: [{ name: 'small' }, {}, 'odd'], costPriority: 1 },
    temperature: 0.5,
  }
  expect(samplingParams(params)).toEqual({
    messages: [
      { role: 'user', text: 'How much?', content: text },
      { role: 'assistant', text: 'How much?', content: text },
      { role: 'assistant', text: undefined, content: image },
    ],
    moreMessages: 0,
    systemPrompt: 'Be brief',
    maxTokens: 10,
    models: ['small'],
    rest: { temperature: 0.5 },
  })
})

it('takes whatever a server sends', () => {
  expect(samplingParams({ messages: ['text', { content: null }], systemPrompt: 1, maxTokens: 'many' })).toEqual({
    messages: [
      { role: 'unknown', text: undefined, content: 'text' },
      { role: 'unknown', text: undefined, content: null },
    ],
    moreMessages: 0,
    systemPrompt: undefined,
    maxTokens: undefined,
    models: [],
    rest: {},
  })
  const many = Array.from({ length: 250 }, () => ({ role: 'user', content: [] }))
  expect(samplingParams({ messages: many })).toMatchObject({ messages: [], moreMessages: 150 })
})
