/** Says in time that the session is about to end, so that the person can go on without signing in anew. */
import type { Session } from '../../server/wire/account.ts'
import type { Api } from './api/http.ts'
import type { Live } from './contract/live.ts'
import type { SessionWarning } from './contract/status.ts'
import { createCell } from './live.ts'

const MINUTE_MS = 60_000
const IDLE_WARNING_MS = 2 * MINUTE_MS
const FIRST_WARNING_MS = 60 * MINUTE_MS
const LAST_WARNING_MS = 5 * MINUTE_MS

/** Both by this machine's clock, in milliseconds. */
interface SessionEnd {
  /** Unless the person does something before. */
  readonly endsAt: number
  /** Whatever the person does. */
  readonly endsAtLatest: number
}

/**
 * The warning that is due; null: none. Listens to every session that the server tells of, and asks it before a warning:
 * somebody may have been active in another tab.
 */
export function watchSessionEnd({
  api,
  nowMs,
}: {
  api: Api
  nowMs: () => number
}): Live<SessionWarning | null> {
  const warning = createCell<SessionWarning | null>(null)
  let timer: ReturnType<typeof setTimeout> | undefined

  function hear(session: Session): void {
    clearTimeout(timer)
    const end = readEnd(session, nowMs())
    if (end === null) return warning.set(null)
    warning.set(findWarning(end, nowMs()))
    const next = findNextLook(end, nowMs())
    if (next !== null) timer = setTimeout(() => void look(end), next - nowMs())
  }

  async function look(end: SessionEnd): Promise<void> {
    // Without the server, what was heard last still holds.
    const session = await api.call('session').catch(() => null)
    if (session === null) warning.set(findWarning(end, nowMs()))
  }

  api.onSession(hear)
  return warning
}

function readEnd({ endsAt, endsAtLatest, now }: Session, nowMs: number): SessionEnd | null {
  if (endsAt === null || endsAtLatest === null) return null
  return { endsAt: endsAt - now + nowMs, endsAtLatest: endsAtLatest - now + nowMs }
}

function findWarning({ endsAt, endsAtLatest }: SessionEnd, now: number): SessionWarning | null {
  if (now >= endsAtLatest - LAST_WARNING_MS) return { kind: 'last', endsAt: endsAtLatest }
  if (now >= endsAt - IDLE_WARNING_MS) return { kind: 'idle', endsAt }
  if (now >= endsAtLatest - FIRST_WARNING_MS) return { kind: 'first', endsAt: endsAtLatest }
  return null
}

/** When the next warning is due, as far as is known; null: no other follows. */
function findNextLook({ endsAt, endsAtLatest }: SessionEnd, now: number): number | null {
  const looks = [endsAt - IDLE_WARNING_MS, endsAtLatest - FIRST_WARNING_MS, endsAtLatest - LAST_WARNING_MS]
  const next = Math.min(...looks.filter((at) => at > now))
  return Number.isFinite(next) ? next : null
}
