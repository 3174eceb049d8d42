/** Runs one seed from the beginning to the end and says what became of it. */
import { hash } from 'node:crypto'
import { Story } from './story.ts'
import { present } from './virtual-globals.ts'

export interface Outcome {
  readonly seed: number
  readonly temper: string
  readonly steps: number
  readonly tasks: number
  readonly seals: number
  readonly messages: number
  /** In the log at the end. */
  readonly entries: number
  readonly virtualMs: number
  /** Of the trace and of all entries: the same seed, the same text. */
  readonly fingerprint: string
  /** Null: every promise was kept. */
  readonly fault: string | null
  readonly trace: readonly string[]
}

export async function runSeed(seed: number): Promise<Outcome> {
  const story = new Story(seed)
  const noteRejection = (error: unknown): void => {
    if (present.time.owner?.isAlive !== false)
      story.witness.note(`nobody caught ${error instanceof Error ? error.stack : String(error)}`)
  }
  process.on('unhandledRejection', noteRejection)
  let fault: string | null = null
  try {
    await story.run()
  } catch (error) {
    fault =
      error instanceof Error ? (error.name === 'Broken' ? error.message : String(error.stack)) : String(error)
  } finally {
    process.off('unhandledRejection', noteRejection)
    for (const browser of story.browsers) browser.crash()
  }
  const log = story.server
    .entries(11, 22)
    .map(({ seq, acceptedAt, envelope }) => `${seq} ${acceptedAt} ${envelope}`)
  return {
    seed,
    temper: story.temper,
    steps: story.steps,
    tasks: present.time.taskCount,
    seals: story.witness.sealCount,
    messages: story.witness.written.length,
    entries: log.length,
    virtualMs: performance.now(),
    fingerprint: hash('sha256', [...story.trace, ...log, present.time.taskCount].join('\n'), 'hex').slice(
      0,
      16,
    ),
    fault,
    trace: story.trace,
  }
}
