import { expect, it } from 'vitest'
import { plainWords } from './plain-words.ts'

it.each([
  ['Opens an **issue** in a *repository*', 'Opens an issue in a repository'],
  [
    '# Search issues\nFinds issues by `words`, **labels** and __state__.',
    'Search issues Finds issues by words, labels and state.',
  ],
  ['- Deletes a repository\n- and ***everything*** in it', 'Deletes a repository · and everything in it'],
  ['Use it for:\n* bugs\n  + small ones\n* [ ] features', 'Use it for: · bugs · small ones · features'],
  [
    'See [the guide](https://example.com/guide "Guide") or <https://example.com>',
    'See the guide or https://example.com',
  ],
  ['![logo](https://example.com/a.png) A tool', 'logo A tool'],
  ['Before\n\n```json\n{"a": 1}\n```\nAfter', 'Before {"a": 1} After'],
  ['| part | pages |\n| --- | :-: |\n| asked | 1 |', 'part | pages asked | 1'],
  ['Title\n=====\n\n---\n> a ~~bold~~ quote', 'Title a bold quote'],
  ['1. first\n2. second', '1. first 2. second'],
  ['Reads __init__.py', 'Reads init.py'],
])('leaves the words of %j', (text, words) => {
  expect(plainWords(text)).toBe(words)
})

it.each([
  'Reads a_tool_name of my_module',
  'Multiplies 2 * 3 * 4',
  'Takes <b>HTML</b> & entities &amp; as they are',
  'A ratio of 3:4 -- or less',
  'Answers an array [1, 2], and ~5 more',
])('keeps %j', (text) => {
  expect(plainWords(text)).toBe(text)
})

it('keeps what is between backquotes, and what a backslash escapes', () => {
  expect(plainWords('Give `**kwargs` and `a_b_` with \\*stars\\*')).toBe('Give **kwargs and a_b_ with *stars*')
})

it('reads the beginning of a long text only, whatever its marks', () => {
  for (const hostile of ['*', '_', '[', '`', '> ', '- ', '|', '~~', '![', '**a', '_a ', '[a](']) {
    expect(plainWords(hostile.repeat(100_000)).length).toBeLessThanOrEqual(600)
  }
})
