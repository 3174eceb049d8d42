/** What a page says to the worker. The first message is workbox-window's own, hence its name. */
import * as v from 'valibot'

const pageMessage = v.variant('type', [
  /** The person accepted the new version: the waiting worker takes over. */
  v.strictObject({ type: v.literal('SKIP_WAITING') }),
])

export type PageMessage = v.InferOutput<typeof pageMessage>

/** Null for anything that is not ours: pages of this origin may get messages in by other scripts' mistakes. */
export function readPageMessage(value: unknown): PageMessage | null {
  const parsed = v.safeParse(pageMessage, value)
  return parsed.success ? parsed.output : null
}
