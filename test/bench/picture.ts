import type { Layer } from './layers.ts'

/** What is drawn of one profile. */
export interface Bar {
  readonly name: string
  readonly microseconds: number
  /** Each layer with its part, from 0 to 1. */
  readonly parts: readonly (readonly [Layer, number])[]
}

/** Dark enough for white text, and apart from each other also without colours. */
const colours: Readonly<Record<Layer, string>> = {
  'HTTP with the client': '#1f4e79',
  GraphQL: '#8e3a80',
  'the run and its checks': '#2e6b3a',
  storage: '#9a5b00',
  'the session with the server': '#0f6e7a',
  'garbage collection': '#5c5c5c',
  'Node.js itself': '#33415c',
}

const width = 720
const left = 16
const barWidth = width - 2 * left
const barHeight = 34
const rowHeight = 70
const legendHeight = 26
/** Least part that has room for its figure. */
const smallestLabel = 0.06

const escaped = (text: string) => text.replace(/&/g, '&amp;').replace(/</g, '&lt;')
const percent = (part: number) => `${Math.round(part * 100)} %`
const fixed = (value: number) => Number(value.toFixed(1))

function drawBar({ name, microseconds, parts }: Bar, top: number): string {
  const lines = [
    `<text x="${left}" y="${top + 18}" font-weight="700">${escaped(name)}: ${Math.round(microseconds)} µs of CPU a run</text>`,
  ]
  let x = left
  for (const [layer, part] of parts) {
    const length = part * barWidth
    if (length < 0.5) continue
    const y = top + 26
    lines.push(
      `<rect x="${fixed(x)}" y="${y}" width="${fixed(length)}" height="${barHeight}" fill="${colours[layer]}" stroke="#ffffff"/>`,
    )
    if (part >= smallestLabel) {
      lines.push(
        `<text x="${fixed(x + length / 2)}" y="${y + 22}" fill="#ffffff" text-anchor="middle">${percent(part)}</text>`,
      )
    }
    x += length
  }
  return lines.join('\n')
}

function drawLegend(layers: readonly Layer[], top: number): string {
  return layers
    .map((layer, index) => {
      const x = left + (index % 2) * (barWidth / 2)
      const y = top + Math.floor(index / 2) * legendHeight
      return `<rect x="${x}" y="${y}" width="16" height="16" fill="${colours[layer]}"/><text x="${x + 24}" y="${y + 13}">${escaped(layer)}</text>`
    })
    .join('\n')
}

function describe(bars: readonly Bar[]): string {
  return bars
    .map(({ name, parts }) => `${name}: ${parts.map(([layer, part]) => `${layer} ${percent(part)}`).join(', ')}.`)
    .join(' ')
}

/** Draws bars of equal length, each divided by its parts. It brings its own background, for dark and light pages. */
export function drawBars(bars: readonly Bar[], layers: readonly Layer[]): string {
  const legendTop = bars.length * rowHeight + 24
  const height = legendTop + Math.ceil(layers.length / 2) * legendHeight + 8
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" aria-labelledby="title description" font-family="system-ui, sans-serif" font-size="15" fill="#16263a">
<title id="title">Where the CPU time of a run goes</title>
<desc id="description">${escaped(describe(bars))}</desc>
<rect width="${width}" height="${height}" rx="12" fill="#ffffff"/>
${bars.map((bar, index) => drawBar(bar, 8 + index * rowHeight)).join('\n')}
${drawLegend(layers, legendTop)}
</svg>
`
}
