/** Whatever is thrown becomes one body of wire/errors.ts; what was not meant is written to the log, without its message. */
import type { Middleware } from 'koa'
import { errorCode, isUnavailable } from '../database.ts'
import type { Log } from '../deps.ts'
import { ApiError, invalidBody, refuse } from '../errors.ts'

/** How it shows that the other side has gone before its answer was complete, or does not speak HTTP. */
const CUT = /^(ECONNRESET|ECONNABORTED|EPIPE|ERR_STREAM_PREMATURE_CLOSE|HPE_\w+)$/

export function renderErrors({ log }: { log: Log }): Middleware {
  return async (ctx, next) => {
    try {
      await next()
    } catch (error) {
      const refusal = asRefusal(error)
      if (refusal.status >= 500) log(describe(error))
      ctx.status = refusal.status
      if (refusal.retryAfterMs !== null)
        ctx.set('Retry-After', String(Math.ceil(refusal.retryAfterMs / 1000)))
      ctx.body = refusal.body
    }
  }
}

/** Takes what Koa cannot answer any more, because the answer had begun: a fault is logged, a cut connection is none. */
export function reportFault({ log }: { log: Log }): (error: unknown) => void {
  return (error) => {
    if (!CUT.test(errorCode(error))) log(describe(error))
  }
}

function asRefusal(error: unknown): ApiError {
  if (error instanceof ApiError) return error
  if (!(error instanceof Error)) return refuse('internal')
  if (isUnavailable(error)) return refuse('busy')
  // The body parser's own refusals bear a status.
  const status = 'status' in error ? error.status : null
  if (status === 400) return invalidBody()
  if (status === 413) return refuse('body_too_large')
  if (status === 415) return refuse('wrong_content_type')
  return refuse('internal')
}

/** A message may hold what was in the request; the code and the places in the source do not. */
function describe(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { event: 'fault', name: typeof error }
  const places = (error.stack ?? '').split('\n').filter((line) => line.startsWith('    at '))
  return {
    event: 'fault',
    name: error.name,
    code: errorCode(error),
    places: places.map((line) => line.trim()),
  }
}
