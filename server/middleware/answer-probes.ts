/** Two addresses for whoever runs the server: does it live, and can it serve? They say nothing else. */
import { setTimeout as delay } from 'node:timers/promises'
import type { Middleware } from 'koa'
import type { Deps } from '../deps.ts'
import { isMigrated } from '../migrate.ts'

/** A database that takes longer is not ready. */
const ANSWER_WITHIN_MS = 1000

/**
 * `/healthz`: 200 as long as the process answers; it waits for nothing, so that a database that is away restarts no server.
 * `/readyz`: 200 when the database answers with every migration done, 503 otherwise. Without the bus of several servers news
 * are late and nothing is lost, so the server stays ready and says so.
 */
export function answerProbes({ db, bus }: Pick<Deps, 'db' | 'bus'>): Middleware {
  return async (ctx, next) => {
    if (ctx.path !== '/healthz' && ctx.path !== '/readyz') return next()
    const isGood = ctx.path === '/healthz' || (await isReady(db))
    ctx.status = isGood ? 200 : 503
    ctx.set('Cache-Control', 'no-store')
    ctx.type = 'text'
    ctx.body = isGood ? (ctx.path === '/healthz' || bus.isWhole() ? 'ok\n' : 'ok, bus away\n') : 'not ready\n'
  }
}

async function isReady(db: Deps['db']): Promise<boolean> {
  const timeout = new AbortController()
  const late = delay(ANSWER_WITHIN_MS, false, { signal: timeout.signal }).catch(() => false)
  try {
    return await Promise.race([isMigrated(db).catch(() => false), late])
  } finally {
    timeout.abort()
  }
}
