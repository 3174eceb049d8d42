/** What a server does without being asked. */
import { endOverdue } from './commands/end-overdue.ts'
import type { Deps } from './deps.ts'
import { createSlowPoll, POLL_EVERY_MS } from './live/slow-poll.ts'
import { repeat } from './repeat.ts'

const OVERDUE_EVERY_MS = 5000
const BEAT_EVERY_MS = 5000

/** Returns what ends it. What goes wrong is a line of the log, and tried again. */
export function startChores(deps: Deps): () => void {
  const { config, log } = deps
  const chores = [
    repeat(OVERDUE_EVERY_MS, () => endOverdue(deps).catch(() => log({ event: 'overdue_not_ended' }))),
    repeat(BEAT_EVERY_MS, () => beatOnce(deps)),
  ]
  // Nobody else appends to a database of SQLite.
  if (config.databaseUrl !== null) {
    const poll = createSlowPoll(deps)
    chores.push(repeat(POLL_EVERY_MS, () => poll().catch(() => log({ event: 'poll_failed' }))))
  }
  return () => {
    for (const end of chores) end()
  }
}

/** Says that this server lives. Losing it costs dots of the wrong colour, until the next. */
export function beatOnce({ presence, log }: Pick<Deps, 'presence' | 'log'>): Promise<void> {
  return presence.beat().catch(() => log({ event: 'presence_untold' }))
}
