/** One line and one count for each request: what kind, how it ended, how long it took; nothing of what was in it. */
import type { Middleware } from 'koa'
import type { Deps } from '../deps.ts'
import { isApiPath } from './api-path.ts'

/** The route's pattern stands for the path, so that no name or id is written. */
export function logRequests({ log, clock, metrics }: Pick<Deps, 'log' | 'clock' | 'metrics'>): Middleware {
  return async (ctx, next) => {
    const startedAt = clock()
    await next()
    const { method, status } = ctx
    const route = routeOf(ctx)
    const ms = clock() - startedAt
    log({ event: 'request', at: new Date(startedAt).toISOString(), method, route, status, ms })
    metrics.noteRequest({ method, route, status, seconds: ms / 1000 })
  }
}

function routeOf(ctx: { path: string; _matchedRoute?: unknown }): string {
  if (typeof ctx._matchedRoute === 'string') return ctx._matchedRoute
  return isApiPath(ctx.path) ? 'unknown' : 'file'
}
