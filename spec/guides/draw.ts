// Marble diagrams as SVG: lines of marks over time, with the operator between them. Light and dark
// follow the reader's system. diagrams.ts provides the events, from a run.

/** The event on a line, in a frame. */
export interface Mark {
  readonly frame: number
  readonly kind: 'next' | 'error' | 'complete' | 'unsubscribe'
  /** The text in the marble. */
  readonly text: string
}

export interface Line {
  readonly label: string
  readonly marks: readonly Mark[]
}

/** A diagram: the input, the operator, and the output. */
export interface Diagram {
  /** For readers who cannot see it. */
  readonly title: string
  readonly operator: string
  readonly above: readonly Line[]
  readonly below: readonly Line[]
}

const width = 720
const left = 130
const right = 40
const rowHeight = 64
const radius = 15
/** Marbles of one frame, and of the next few, are drawn side by side. */
const apart = 2 * radius + 4

const style = `
    .line, .end { stroke: #57606a; stroke-width: 1.5 }
    .marble { stroke: #24292f; stroke-width: 1.2 }
    text { fill: #24292f; font: 13px system-ui, sans-serif }
    .inside { text-anchor: middle; font-size: 12px; fill: #1b1f24 }
    .frame { text-anchor: middle; font-size: 10px; fill: #57606a }
    .box { fill: none; stroke: #57606a; stroke-width: 1.2 }
    .operator { text-anchor: middle; font-family: ui-monospace, monospace }
    .cross { stroke: #cf222e; stroke-width: 2.5 }
    .caret { fill: none; stroke: #57606a; stroke-width: 2 }
    @media (prefers-color-scheme: dark) {
      .line, .end, .box, .caret { stroke: #8b949e }
      .marble { stroke: #c9d1d9 }
      text { fill: #e6edf3 }
      .frame { fill: #8b949e }
      .cross { stroke: #ff7b72 }
    }`

const colours = ['#a5d8ff', '#ffd8a8', '#b2f2bb', '#eebefa', '#ffec99', '#ffc9c9']

/** The diagram as a complete file. */
export function drawn({ title, operator, above, below }: Diagram): string {
  const places = placesOf([...above, ...below])
  const height = (above.length + below.length + 1) * rowHeight + 16
  const rows = [
    ...above.map((line, at) => drawnLine(line, (at + 0.5) * rowHeight, places)),
    box(operator, above.length * rowHeight + 8),
    ...below.map((line, at) => drawnLine(line, (above.length + at + 1.5) * rowHeight, places)),
  ]
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img">
  <title>${escaped(title)}</title>
  <style>${style}
  </style>
${rows.join('\n')}
</svg>
`
}

/** The position of each frame: in order, with room for its marbles, the gaps shortened. */
function placesOf(lines: readonly Line[]): ReadonlyMap<number, number> {
  const marks = lines.flatMap((line) => line.marks)
  const frames = [...new Set(marks.map((mark) => mark.frame))].sort((one, other) => one - other)
  const widths = frames.map((frame) =>
    Math.max(
      ...lines.map((line) => line.marks.filter((mark) => mark.frame === frame).length * apart),
    ),
  )
  const gaps = frames.map((frame, at) => (at === 0 ? 0 : Math.sqrt(frame - frames[at - 1]!)))
  const marbles = widths.reduce((sum, each) => sum + each, 0)
  const room = width - left - right - marbles - radius
  const unit =
    room /
    Math.max(
      1,
      gaps.reduce((sum, each) => sum + each, 0),
    )

  const places = new Map<number, number>()
  let x = left + radius
  frames.forEach((frame, at) => {
    x += gaps[at]! * unit
    places.set(frame, x)
    x += widths[at]!
  })
  return places
}

function drawnLine(line: Line, y: number, places: ReadonlyMap<number, number>): string {
  const taken = new Map<number, number>()
  const marks = line.marks.map((mark) => {
    const before = taken.get(mark.frame) ?? 0
    taken.set(mark.frame, before + 1)
    return { mark, x: places.get(mark.frame)! + before * apart, isFirst: before === 0 }
  })
  return [
    `  <text x="8" y="${y + 4}">${escaped(line.label)}</text>`,
    `  <path class="line" d="M${left} ${y}H${width - right}m-7 -5l7 5l-7 5" fill="none"/>`,
    ...marks.map(({ mark, x, isFirst }) => {
      const when = isFirst
        ? `<text class="frame" x="${at(x)}" y="${y + 29}">${mark.frame}</text>`
        : ''
      return `  ${shape(mark, x, y)}${when}`
    }),
  ].join('\n')
}

function shape({ kind, text }: Mark, x: number, y: number): string {
  switch (kind) {
    case 'next':
      return (
        `<circle class="marble" cx="${at(x)}" cy="${y}" r="${radius}" fill="${colourOf(text)}"/>` +
        `<text class="inside" x="${at(x)}" y="${y + 4}">${escaped(text)}</text>`
      )
    case 'complete':
      return `<path class="end" d="M${at(x)} ${y - 16}V${y + 16}"/>`
    case 'error':
      return `<path class="cross" d="M${at(x - 8)} ${y - 8}l16 16m0 -16l-16 16"/>`
    case 'unsubscribe':
      return `<path class="caret" d="M${at(x - 7)} ${y + 14}l7 -14l7 14"/>`
  }
}

function box(operator: string, y: number): string {
  return (
    `  <rect class="box" x="8" y="${y}" width="${width - 16}" height="${rowHeight - 16}" rx="6"/>` +
    `<text class="operator" x="${width / 2}" y="${y + 29}">${escaped(operator)}</text>`
  )
}

/** One colour for each letter, so that a record and its result match. */
function colourOf(text: string): string {
  return colours[(text.codePointAt(0) ?? 0) % colours.length]!
}

const at = (x: number): string => x.toFixed(1)

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
