import type { Context } from 'koa'
import type { Deps } from '../deps.ts'
import type { LiveStream } from '../live/hub.ts'
import { type EventStream, openEventStream, STREAM_HEADERS } from '../live/sse.ts'
import type { StreamEvent } from '../wire/stream.ts'
import type { Handlers } from './call.ts'
import { describeConversations } from './conversations.ts'

/** The live stream. */
export function streamRoutes(deps: Deps): Pick<Handlers, 'stream'> {
  return {
    async stream({ ctx, account, session }) {
      await openStream(deps, ctx, { account, session: session.keyHash })
      return null
    },
  }
}

/**
 * Joins the hub first and reads the conversations then, so that nothing falls between the two; what happens meanwhile is
 * held back until `hello` has been sent.
 */
async function openStream(
  deps: Deps,
  ctx: Context,
  { account, session }: { account: number; session: Buffer },
): Promise<void> {
  const { hub } = deps
  const stream = createHeldStream({ account, session })
  const leave = (): void => {
    if (hub.remove(stream)) tellPresence(deps, account)
  }
  const isFirst = hub.add(stream)
  try {
    const conversations = await describeConversations(deps, account)
    ctx.status = 200
    ctx.set(STREAM_HEADERS)
    ctx.respond = false
    stream.release(openEventStream(ctx.res, leave), { type: 'hello', now: deps.clock(), conversations })
  } catch (error) {
    leave()
    throw error
  }
  if (isFirst) tellPresence(deps, account)
}

function createHeldStream(of: { account: number; session: Buffer }) {
  let open: EventStream | null = null
  let isEnded = false
  const held: StreamEvent[] = []
  const stream: LiveStream & { release(to: EventStream, hello: StreamEvent): void } = {
    ...of,
    send(event) {
      if (open) open.send(event)
      else held.push(event)
    },
    end() {
      isEnded = true
      open?.end()
    },
    release(to, hello) {
      open = to
      for (const event of [hello, ...held.splice(0)]) to.send(event)
      if (isEnded) to.end()
    },
  }
  return stream
}

function tellPresence(deps: Deps, account: number): void {
  // Nobody waits for it, and losing it costs nothing but a dot of the wrong colour.
  deps.presence.settle(account).catch(() => deps.log({ event: 'presence_untold' }))
}
