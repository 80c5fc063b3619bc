import { BaseSequencer, type TestSpecification } from 'vitest/node'

// The files that take minutes begin first: one that began last would keep a single core busy at the
// end.

const slow = ['spec/simulation/', 'spec/kafka/', 'spec/fuzz/']

export class SlowFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files)
    const isSlow = ({ moduleId }: TestSpecification) => slow.some((part) => moduleId.includes(part))
    return [...sorted.filter(isSlow), ...sorted.filter((file) => !isSlow(file))]
  }
}
