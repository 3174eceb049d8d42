/**
 * What a page says to the worker. The two may be of different builds, as a worker outlives the pages and takes over from under
 * them: a message keeps its meaning for good, members are only added, and what is not known is passed over.
 * The first message is workbox-window's own, hence its name.
 */
import * as v from 'valibot'

const pageMessage = v.variant('type', [
  /** Since 0.1: the person accepted the new version, and the waiting worker takes over. */
  v.object({ type: v.literal('SKIP_WAITING') }),
])

export type PageMessage = v.InferOutput<typeof pageMessage>

/** Null for anything that this build does not know: a later page may say more. */
export function readPageMessage(value: unknown): PageMessage | null {
  const parsed = v.safeParse(pageMessage, value)
  return parsed.success ? parsed.output : null
}
