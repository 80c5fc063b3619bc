// What the performance guide shows as charts: each bar is a cell of bench/RESULTS.md.

import type { Bar, Chart } from './draw-chart.ts'
import { numbersOf, table } from './results.ts'

const clients = table('client | CPU s, 1')
const workloads = table('workload, 12 partitions where')
const java = table('partitions × settings')
const pipeline = table('line | CPU ns a record | × records made | × 1 partition')
const codecs = table('line | CPU ns a record | × records made | thousand records/s |')
const latency = table('`linger.ms` | the pacing timer alone')

const bar = (name: string, cell: string, isOurs = false, at = 0): Bar => {
  const value = numbersOf(cell)[at]
  if (value === undefined) throw new Error(`there is no number for ${name}`)
  return { name, value, isOurs }
}

/** Each chart, by the name of its file. */
export function charts(): Readonly<Record<string, Chart>> {
  return {
    'cpu-by-client': {
      title: 'A million records of 100 bytes on 12 partitions',
      unit: 'CPU seconds, all threads of the client',
      better: 'less',
      groups: [{ heading: '', bars: clients.rows.filter((row) => row !== 'made').map(clientBar) }],
    },
    'cpu-by-workload': {
      title: 'to-kafka beside the cheapest other client in JavaScript',
      unit: 'CPU seconds for a million records',
      better: 'less',
      groups: [
        '100 B, Node 24',
        '1 KiB, a million',
        '1 KiB, the first 200,000',
        'send(), 1000 awaited, 200,000',
      ].map((row) => ({
        heading: row,
        bars: [
          bar('to-kafka', workloads.cell(row, 'to-kafka'), true),
          peerBar(workloads.cell(row, 'cheapest peer')),
        ],
      })),
    },
    'java-rate': besideJava(
      'Records sent to one real broker',
      'thousand records a second',
      'more',
      'to-kafka, thousand records/s',
      1,
    ),
    'java-cpu': besideJava(
      'CPU time beside Java, with one real broker',
      'CPU seconds for a million records',
      'less',
      'to-kafka, CPU s per million',
      4,
    ),
    partitions: {
      title: 'What a record costs by partitions and keys',
      unit: 'CPU nanoseconds a record, without a network',
      better: 'less',
      groups: [
        {
          heading: '',
          bars: [
            '1 partition',
            '12 partitions',
            '100 partitions',
            '12 partitions, keyed',
            '100 partitions, keyed',
          ].map((row) => bar(row, pipeline.cell(row, 'CPU ns a record'), true)),
        },
      ],
    },
    compression: {
      title: 'What compression costs the client',
      unit: 'CPU nanoseconds a record of 100 bytes',
      better: 'less',
      groups: [
        {
          heading: '',
          bars: ['none', 'snappy', 'gzip'].map((codec) =>
            bar(codec, codecs.cell(`12 partitions, ${codec}`, 'CPU ns a record'), true),
          ),
        },
      ],
    },
    latency: {
      title: 'Latency of single sends, 10,000 a second',
      unit: 'milliseconds at the 99th percentile, linger.ms 0',
      better: 'less',
      groups: [
        {
          heading: '',
          bars: [
            'librdkafka',
            'to-kafka',
            'confluent, callbacks',
            'node-rdkafka',
            'platformatic',
          ].map((client) => bar(client, latency.cell('0', client), client === 'to-kafka', 1)),
        },
      ],
    },
  }
}

function clientBar(row: string): Bar {
  return bar(row.replace(/ \(\d+\)$/, ''), clients.cell(row, 'CPU s, 12'), row === 'to-kafka')
}

/** `P2 2.93 (2.51)`: the client, and its figure. */
function peerBar(cell: string): Bar {
  const peers: Readonly<Record<string, string>> = {
    P: '@platformatic/kafka 1.35',
    P2: '@platformatic/kafka 2.12',
    R: 'node-rdkafka 3.6',
  }
  const [letter = '', figure = ''] = cell.split(' ')
  return bar(peers[letter]!, figure)
}

function besideJava(
  title: string,
  unit: string,
  better: Chart['better'],
  ours: string,
  at: number,
): Chart {
  return {
    title,
    unit,
    better,
    groups: java.rows.map((row) => ({
      heading: row.replace('1 ×', '1 partition,').replace('12 ×', '12 partitions,'),
      bars: [
        bar('to-kafka', java.cell(row, ours), true),
        bar("Apache's Java producer", java.cells(row)[at + 1]!),
      ],
    })),
  }
}
