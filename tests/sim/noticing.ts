/** Which of a server's lies the browsers have noticed, by the lines that they leave in the history. */
import type { MessageRow } from '../../pwa/client/history/database.ts'
import type { Browser } from './browser.ts'
import type { Manipulation, ManipulationKind } from './hostile-server.ts'

export interface Noticed {
  readonly kind: ManipulationKind
  /** Null: it costs time, and changes nothing that could be shown. */
  readonly isNoticed: boolean | null
}

const HARMLESS: readonly ManipulationKind[] = [
  'gap in a page',
  'time falls in a page',
  'page from elsewhere',
  'wrong marks',
  'wrong token',
  'refused without a reason',
]
const ALARMS: readonly string[] = ['log-differs', 'messages-missing']

/** Call it when the two had time to write to each other after the lies. */
export function whoNoticed(manipulations: readonly Manipulation[], browsers: readonly Browser[]): Noticed[] {
  const histories = browsers.map((browser) => ({ browser, rows: browser.rows('messages') }))
  const isAlarmed = histories.some(({ rows }) =>
    rows.some((row) => row.kind === 'notice' && ALARMS.includes(row.text)),
  )
  const isRefused = ({ victim, seq }: Manipulation): boolean =>
    histories.some(
      ({ browser, rows }) => browser.account.id === victim && rows.some((row) => stands(row, seq)),
    )
  return manipulations.map((manipulation) => ({
    kind: manipulation.kind,
    isNoticed: HARMLESS.includes(manipulation.kind) ? null : isAlarmed || isRefused(manipulation),
  }))
}

/**
 * A single message that was dropped must show in the numbers of those that follow it under the same keys, whatever else tells
 * of it. Returns whether it should have and did not.
 */
export function isGapUnnoticed(
  manipulations: readonly Manipulation[],
  browsers: readonly Browser[],
): boolean {
  const [dropped, another] = manipulations
  if (!dropped || another || dropped.kind !== 'dropped' || dropped.keys === null) return false
  const { keys, seq, victim } = dropped
  return browsers.some((browser) => {
    const rows = browser.account.id === victim ? browser.rows('messages') : []
    const isFollowing = ({ kind, sender, seal, position }: MessageRow): boolean =>
      kind === 'text' && sender !== victim && seal?.keys === keys && position >= seq
    return rows.some(isFollowing) && !rows.some(({ text }) => text === 'messages-missing')
  })
}

const stands = (row: MessageRow, seq: number): boolean => row.kind === 'unreadable' && row.position === seq
