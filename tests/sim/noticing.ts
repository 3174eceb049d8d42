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

const stands = (row: MessageRow, seq: number): boolean => row.kind === 'unreadable' && row.position === seq
