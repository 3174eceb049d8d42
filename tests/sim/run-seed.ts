/** Runs one seed from the beginning to the end and says what became of it. */
import { hash } from 'node:crypto'
import type { NewEntryRow } from '../../server/stores/entries.ts'
import { parseEnvelope } from '../../server/wire/envelope.ts'
import { sum, type Figures } from './figures.ts'
import type { Options } from './options.ts'
import { Story } from './story.ts'
import { present } from './virtual-globals.ts'
import { Broken, type Witness } from './witness.ts'

export interface Outcome {
  readonly seed: number
  /** Its temper. */
  readonly story: string
  readonly figures: Figures
  /** Of the trace and of all entries: the same seed, the same text. */
  readonly fingerprint: string
  /** Null: every promise was kept. */
  readonly fault: string | null
  readonly trace: readonly string[]
}

/** `script`: what happens instead of what chance says. */
export async function runSeed(
  seed: number,
  options: Options,
  script?: (story: Story) => Promise<void>,
): Promise<Outcome> {
  const story = new Story(seed, options)
  const noteRejection = (error: unknown): void => {
    if (present.time.owner?.isAlive !== false)
      story.witness.note(`nobody caught ${error instanceof Error ? error.stack : String(error)}`)
  }
  process.on('unhandledRejection', noteRejection)
  let fault: string | null = null
  try {
    await story.run(script)
  } catch (error) {
    fault = error instanceof Broken ? error.message : String(error instanceof Error ? error.stack : error)
  } finally {
    process.off('unhandledRejection', noteRejection)
    for (const browser of story.browsers) browser.crash()
  }
  const log = story.server
    .entries(11, 22)
    .map(({ seq, acceptedAt, envelope }) => `${seq} ${acceptedAt} ${envelope}`)
  const told = [...story.trace, ...log, present.time.taskCount].join('\n')
  return {
    seed,
    story: story.temper,
    figures: figuresOf(story, log.length),
    fingerprint: hash('sha256', told, 'hex').slice(0, 16),
    fault,
    trace: story.trace,
  }
}

function countKinds(entries: readonly NewEntryRow[], witness: Witness): Figures {
  const steps = entries.map(({ envelope }) => parseEnvelope(envelope))
  return {
    'exchanges: two-way': steps.filter((one) => one?.type === 'ECDH' && one.step === 'answer').length,
    'exchanges: one-way': steps.filter((one) => one?.type === 'ECDH' && one.step === 'prekey').length,
    refreshes: steps.filter((one) => one?.type === 'change').length,
    'messages sent again': entries.filter((entry) => witness.isCopy(entry)).length,
  }
}

function figuresOf(
  { temper, steps, witness, server, noticed, isHeardAgain }: Story,
  entries: number,
): Figures {
  const lies = noticed.map(({ kind, isNoticed }) => ({
    [`lied: ${kind}`]: 1,
    ...(isNoticed !== null && { [`noticed: ${kind}`]: Number(isNoticed) }),
  }))
  return lies.reduce<Figures>(sum, {
    [`stories: ${temper}`]: 1,
    ...(temper === 'hostile' && { 'stories: hostile, read each other again': Number(isHeardAgain) }),
    steps,
    tasks: present.time.taskCount,
    messages: witness.written.length,
    seals: witness.sealCount,
    entries,
    ...countKinds(server.entries(11, 22), witness),
    virtualMinutes: Math.round(performance.now() / 60_000),
  })
}
