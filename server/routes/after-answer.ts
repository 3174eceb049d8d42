import type { Context } from 'koa'
import type { Deps } from '../deps.ts'
import { forThisRequest } from '../middleware/request-id.ts'

/**
 * Does what must not tell, by how long it takes, whether a name or a password was right: when the answer has gone out. What
 * goes wrong then is a line of the log, `event`.
 */
export function afterAnswer(
  ctx: Context,
  { log }: Pick<Deps, 'log'>,
  { event, work }: { event: string; work: () => Promise<void> },
): void {
  ctx.res.once(
    'close',
    forThisRequest(() => void work().catch(() => log({ event }))),
  )
}
