// Bar charts as SVG, for a screen as narrow as a phone's. Light and dark follow the reader's
// system. charts.ts provides the numbers, from bench/RESULTS.md.

export interface Bar {
  readonly name: string
  readonly value: number
  /** The bar that the reader looks for. */
  readonly isOurs: boolean
}

export interface Chart {
  readonly title: string
  /** The unit of the numbers. */
  readonly unit: string
  /** Whether longer bars are better, or shorter ones. */
  readonly better: 'more' | 'less'
  /** Bars that are compared with each other, under a heading; the heading may be empty. */
  readonly groups: readonly { readonly heading: string; readonly bars: readonly Bar[] }[]
}

/** Drawn at this width, and never wider: a phone shows it without shrinking the text. */
const width = 380
const headingHeight = 26
const nameHeight = 18
const barHeight = 16
const rowHeight = nameHeight + barHeight + 8
/** Left of the number behind the longest bar. */
const longest = width - 62

const style = `
    text { fill: #24292f; font: 13px system-ui, sans-serif }
    .title, .heading { font-weight: 600 }
    .unit { fill: #57606a; font-size: 12px }
    .other { fill: #8c959f }
    .ours { fill: #0969da }
    @media (prefers-color-scheme: dark) {
      text { fill: #e6edf3 }
      .unit { fill: #9198a1 }
      .other { fill: #6e7681 }
      .ours { fill: #4493f8 }
    }`

/** The chart as a complete file. */
export function drawnChart({ title, unit, better, groups }: Chart): string {
  const max = Math.max(...groups.flatMap(({ bars }) => bars.map(({ value }) => value)))
  const parts: string[] = []
  const words = [
    ...lines(title).map((line) => ['title', line]),
    ['unit', `${unit}; ${better} is better`],
  ]
  let y = 4
  for (const [kind, line] of words) {
    y += 18
    parts.push(`  <text class="${kind}" x="0" y="${y}">${escaped(line!)}</text>`)
  }
  y += 10
  for (const { heading, bars } of groups) {
    if (heading !== '') {
      parts.push(`  <text class="heading" x="0" y="${y + 18}">${escaped(heading)}</text>`)
      y += headingHeight
    }
    for (const bar of bars) {
      parts.push(drawnBar(bar, y, max))
      y += rowHeight
    }
    y += 6
  }
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${y}" viewBox="0 0 ${width} ${y}" role="img">
  <title>${escaped(title)}</title>
  <style>${style}
  </style>
${parts.join('\n')}
</svg>
`
}

function drawnBar({ name, value, isOurs }: Bar, y: number, max: number): string {
  const length = lengthOf(value, max)
  const top = y + nameHeight
  return (
    `  <text x="0" y="${y + 13}">${escaped(name)}</text>` +
    `<rect class="${isOurs ? 'ours' : 'other'}" x="0" y="${top}" width="${length.toFixed(1)}" height="${barHeight}" rx="2"/>` +
    `<text class="value" x="${(length + 6).toFixed(1)}" y="${top + 13}">${value.toLocaleString('en')}</text>`
  )
}

/** All bars of a chart begin at zero and share a scale. */
export const lengthOf = (value: number, max: number): number => (value / max) * longest

/** A title in lines that fit. */
function lines(title: string): string[] {
  const found = ['']
  for (const word of title.split(' ')) {
    const line = `${found.at(-1)} ${word}`.trim()
    if (line.length > 50) found.push(word)
    else found[found.length - 1] = line
  }
  return found
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
