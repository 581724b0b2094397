import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

const folder = fileURLToPath(new URL('../../packages/toolyard/console/src/', import.meta.url))
/** Where colours, spaces and sizes have their names. */
const tokenFiles = new Set(['app/tokens.css', 'app/theme.ts'])

const files = globSync('**/*.{css,ts,tsx}', { cwd: folder })
  .filter((file) => !tokenFiles.has(file) && !file.includes('.test.'))
  .map((file) => ({ file, text: readFileSync(join(folder, file), 'utf8') }))

/** Each place of a pattern, with its file. */
function placesOf(pattern: RegExp, ending: RegExp): readonly string[] {
  return files
    .filter(({ file }) => ending.test(file))
    .flatMap(({ file, text }) =>
      text.split('\n').flatMap((line, index) => (pattern.test(line) ? [`${file}:${index + 1} ${line.trim()}`] : [])),
    )
}

const colour =
  /(?<![\w&#(.])#[\da-f]{3,8}\b(?!\()|\b(?:rgba?|hsla?|hwb|lab|lch|oklch|oklab|color|color-mix|light-dark)\(/i
const shade = /--mantine-color-(?:\w+-\d|black|white|error|dimmed|body|placeholder|text)\b/
const named =
  /(?:colou?r|background|border[\w-]*|fill|stroke|outline)\s*:\s*[^;]*(?<![-\w])(?:white|black|red|green|blue|gray|grey|orange|yellow|teal)\b/i
const space = /^\s*(?:padding|margin|gap)[\w-]*:[^;]*(?<![\w.-])-?(?:\d*\.)?\d*[1-9]\d*(?:rem|px|em)\b/
/** Mantine's properties of spaces, sizes of type and corners. Its named sizes are tokens, too. */
const property =
  /\b(?:[mp][tblrxyse]?|gap|rowGap|columnGap|spacing|verticalSpacing|horizontalSpacing|fz|lh|radius|bdrs)=(?:\{\s*-?(?:\d*\.)?\d*[1-9]|\{?["'`]-?(?:\d*\.)?\d*[1-9]\d*(?:rem|px|em)?["'`])/
/** As a member of `style`. */
const member = /\b(?:padding|margin|gap|rowGap|columnGap|fontSize|borderRadius)\w*:\s*["'`]?-?(?:\d*\.)?\d*[1-9]/
const type = /^\s*font-size:(?!\s*(?:var\(|inherit))/

it('the console names its colours in its tokens alone', () => {
  expect(placesOf(colour, /./)).toEqual([])
  expect(placesOf(shade, /./)).toEqual([])
  expect(placesOf(named, /\.css$/)).toEqual([])
})

it('the styles of the console take spaces and sizes of type from its tokens', () => {
  expect(placesOf(space, /\.css$/)).toEqual([])
  expect(placesOf(type, /\.css$/)).toEqual([])
})

it('the components of the console take spaces, sizes of type and corners from its tokens, or by name', () => {
  expect(placesOf(property, /\.tsx$/)).toEqual([])
  expect(placesOf(member, /\.tsx$/)).toEqual([])
})

it.each([
  ['<Text mt={4}>', property, true],
  ['<Stack gap={0} p="xs">', property, false],
  ['<Text fz="13px">', property, true],
  ['<Stack gap="var(--space-2)" pt="sm">', property, false],
  ['<Image radius={8} />', property, true],
  ["style={{ padding: '4px' }}", member, true],
  ["style={{ padding: 'var(--space-4)', maxWidth: '26rem' }}", member, false],
])('what %s names is seen as it is', (text, pattern, isFound) => {
  expect(pattern.test(text)).toBe(isFound)
})

it('every name that a style uses is there, and every token is used', () => {
  const tokens = [...readFileSync(join(folder, 'app/tokens.css'), 'utf8').matchAll(/^\s*(--[\w-]+):/gm)].map(
    ([, name]) => name,
  )
  const used = new Set(files.flatMap(({ text }) => [...text.matchAll(/var\((--[\w-]+)/g)].map(([, name]) => name)))
  const own = [...used].filter((name) => !name?.startsWith('--mantine-'))
  expect(own.filter((name) => !tokens.includes(name))).toEqual([])
  expect(tokens.filter((name) => !used.has(name))).toEqual([])
})
